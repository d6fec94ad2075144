package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.ValueBlock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a session can ask for. */
public sealed interface Operation {

    /** Does not change the state, so it may be done again when its answer was lost, and its answer is not kept. */
    sealed interface Read extends Operation {}

    /** Makes a lockspace or finds it. */
    record OpenLockspace(String name, SessionEndPolicy policy) implements Operation {}

    /**
     * Asks for a new lock.
     *
     * @param listens whether the holder wants to be told when the lock blocks somebody
     */
    record Acquire(int lockspace, ResourceName resource, LockMode mode, LockRequest.Queue queue, boolean listens)
            implements Operation {}

    /**
     * Asks for another mode of a held lock.
     *
     * @param value what to leave as value block when converting down from PW or EX; null leaves it as it is
     */
    record Convert(
            long lock,
            LockMode mode,
            LockRequest.Queue queue,
            @Nullable ValueBlock value) implements Operation {}

    /**
     * Ends the wait of an earlier request of the same session; does nothing if it no longer waits.
     *
     * @param sequence of the request
     * @param timedOut whether the request ends as timed out rather than as cancelled
     */
    record Cancel(long sequence, boolean timedOut) implements Operation {}

    /**
     * Gives up a lock; a conversion that still waits is cancelled. A lock id is never used twice, so a release that arrives
     * late cannot hit a later lock on the same resource.
     */
    record Release(long lock, @Nullable ValueBlock value) implements Operation {}

    /** Records that an ended session can do no more harm, and releases what it still holds. */
    record DeclareFenced(long ended) implements Operation {}

    /** Ends the session and releases all that it holds, whatever the policy. */
    record EndSession() implements Operation {}

    /** Carries out a registry transaction. */
    record Commit(Transaction transaction) implements Operation {}

    /** What came is not an operation; refused with the reason. It takes its place in the sequence like any other. */
    record Malformed(String reason) implements Operation {}

    /** Reads one registry entry. */
    record Get(String key) implements Read {}

    /** Reads the registry entries whose keys begin with the prefix. */
    record Range(String prefix) implements Read {}

    /** Lists the locks on resources whose names begin with the prefix. */
    record ListLocks(int lockspace, byte[] prefix) implements Read {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof ListLocks that && lockspace == that.lockspace && Arrays.equals(prefix, that.prefix);
        }

        @Override
        public int hashCode() {
            return lockspace * 31 + Arrays.hashCode(prefix);
        }
    }

    /** Lists the sessions. */
    record ListSessions() implements Read {}

    /** Reads the registry changes under the prefix from a revision on, as the start of a watch. */
    record Watch(String prefix, long from) implements Read {}
}
