package dev.quoin.dlm.raft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member of the group as its configuration in the log tells of it.
 *
 * @param id its name
 * @param address where the other members' logs reach it, host:port
 * @param clientAddresses where clients reach it, host:port each
 * @param witness votes, but gives up leadership as soon as another member can take it
 */
public record RaftMember(String id, String address, List<String> clientAddresses, boolean witness) {

    /** Ratis hands leadership to the member with the highest priority that is up to date. */
    private static final int PRIORITY = 1;

    private static final int WITNESS_PRIORITY = 0;

    private static final String SEPARATOR = ",";

    public RaftMember {
        clientAddresses = List.copyOf(clientAddresses);
    }

    int priority() {
        return witness ? WITNESS_PRIORITY : PRIORITY;
    }

    /** All client addresses in the one field that the log's configuration has for them. */
    String clientAddressField() {
        return String.join(SEPARATOR, clientAddresses);
    }

    static List<String> clientAddresses(@Nullable String field) {
        return field == null || field.isEmpty() ? List.of() : List.of(field.split(SEPARATOR));
    }

    static boolean isWitness(int priority) {
        return priority == WITNESS_PRIORITY;
    }
}
