package dev.quoin.iscsi.reservation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a PERSISTENT RESERVE OUT asks for (SPC-4 6.16), its parameter list read. */
public sealed interface PrOrder {

    /**
     * REGISTER, or REGISTER AND IGNORE EXISTING KEY.
     *
     * @param key the key that the nexus is registered with, 0 if it is not
     * @param newKey the key from now on, 0 to end the registration
     * @param ignoreKey whether {@code key} is not looked at
     * @param allPorts the relative identifiers of all ports of the target if it is for all of them (ALL_TG_PT); empty if it is for the
     *     port that it came through
     * @param others further initiator ports to register (SPEC_I_PT)
     */
    record Register(
            long key,
            long newKey,
            boolean ignoreKey,
            boolean survivesPowerLoss,
            List<Integer> allPorts,
            List<Nexus> others)
            implements PrOrder {
        public Register {
            allPorts = List.copyOf(allPorts);
            others = List.copyOf(others);
        }
    }

    /** RESERVE. */
    record Reserve(long key, PrType type) implements PrOrder {}

    /** RELEASE; {@code type} is null if the command named none that exists. */
    record Release(long key, @Nullable PrType type) implements PrOrder {}

    /** CLEAR. */
    record Clear(long key) implements PrOrder {}

    /**
     * PREEMPT, or PREEMPT AND ABORT.
     *
     * @param victim the key of those whose registrations end
     * @param abort whether their commands are aborted
     */
    record Preempt(long key, long victim, PrType type, boolean abort) implements PrOrder {}

    /**
     * REGISTER AND MOVE.
     *
     * @param newKey the key of the nexus that gets the reservation
     * @param unregister whether the nexus that gives it ends its registration
     */
    record Move(long key, long newKey, boolean survivesPowerLoss, boolean unregister, Nexus to) implements PrOrder {}
}
