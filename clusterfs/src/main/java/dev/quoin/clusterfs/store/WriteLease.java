package dev.quoin.clusterfs.store;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Asks before each write whether this node's session will live long enough for the write to be done. While the answer is no the writer
 * waits: the session is either renewed or lost, and then the mount withdraws.
 *
 * <p>An answer from memory needs the same question after it was put together: a node that was stopped for a while may hold what others have
 * changed since.
 *
 * @param isValid whether the session lives long enough
 */
public record WriteLease(BooleanSupplier isValid) {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** A lease that never ends, for tools that have the device to themselves. */
    public static final WriteLease ALWAYS = new WriteLease(() -> true);

    /** Returns once the lease is valid, or with false if {@code withdrawal} comes first. */
    public boolean await(Withdrawal withdrawal) {
        while (!withdrawal.isWithdrawn()) {
            if (isValid.getAsBoolean()) {
                return true;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return false;
    }
}
