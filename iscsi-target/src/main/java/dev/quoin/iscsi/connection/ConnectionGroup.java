package dev.quoin.iscsi.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The connections of a session. Session's thread only. */
final class ConnectionGroup {

    private final List<Connection> connections = new ArrayList<>();

    int size() {
        return connections.size();
    }

    Connection get(int index) {
        return connections.get(index);
    }

    void add(Connection connection) {
        connections.add(connection);
    }

    void remove(Connection connection) {
        connections.remove(connection);
    }

    /** The connection of a CID, or null. */
    @Nullable Connection find(int id) {
        for (Connection each : connections) {
            if (each.id() == id) {
                return each;
            }
        }
        return null;
    }

    /** Begins to close all: they answer what runs and read nothing more. */
    void close() {
        connections.forEach(Connection::close);
    }

    /**
     * Makes what a connection sends next come after all that the others have handed to their outputs (response fence, RFC 7143
     * 4.2.2.3.3): each of the others asks its initiator for an echo.
     *
     * @return completes when all have echoed, or have ended
     */
    CompletableFuture<Void> fence(int id) {
        return CompletableFuture.allOf(connections.stream()
                .filter(each -> each.id() != id)
                .map(Connection::echo)
                .toArray(CompletableFuture[]::new));
    }
}
