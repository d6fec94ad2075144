package dev.quoin.iscsi.unit;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where persistent reservations are kept, and agreed on by all targets that serve a unit: once a change is answered, none of them acts by what
 * was before it. Any thread may use it; nothing blocks.
 */
public interface ReservationStore {

    /** Joins those who serve a unit. */
    Membership join(String unit, Member member);

    /** One of those who serve a unit. Called by one thread at a time. */
    interface Member {
        /**
         * From now on this is in force.
         *
         * @param image null if nothing was ever kept
         * @return completes when nothing that it forbids is under way at this member any more; fails if it cannot be read. It must not wait
         *     for a change that a member asks for
         */
        CompletableFuture<Void> enforce(byte @Nullable [] image);

        /** Nobody served the unit: what is to be kept in place of what {@link #enforce} was told; null to leave it. */
        byte @Nullable [] afterPowerLoss();
    }

    /** The place of a {@link Member} among the others. */
    interface Membership {
        /** Completes when the member knows what is in force; fails if it cannot. The unit must not be served before. */
        CompletableFuture<Void> joined();

        /** Whether what the member was last told is surely in force still: if not, nothing may reach the unit through it. Cheap. */
        boolean isCurrent();

        /** Whether no other member acts by anything older than what this one was last told. Cheap. */
        boolean isSettled();

        /**
         * Changes what is kept.
         *
         * @param decide called when nobody else can change it and this member was told the last change; gives null to leave it. It must not
         *     wait for anything
         * @return completes when the change is durable and all members act by it; fails with a {@link dev.quoin.device.DeviceException} if
         *     that is not certain
         */
        CompletableFuture<Void> change(Supplier<byte @Nullable []> decide);

        /** The member serves the unit no more: none of its commands can reach it. Idempotent. */
        void leave();
    }

    /** Keeps them as long as the process lives, for all targets that are given this same store. */
    static ReservationStore inMemory() {
        return new MemoryReservations();
    }
}
