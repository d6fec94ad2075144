package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.api.WantedLock;
import java.util.Arrays;
import java.util.List;
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
     * @param owner who inside the session waits, 0 if it takes no part in the search for deadlocks
     * @param persistent whether it outlives its session as an orphan
     * @param parent the lock of the same session under which it is asked for, 0 for a root lock
     */
    record Acquire(
            int lockspace,
            ResourceName resource,
            LockMode mode,
            LockRequest.Queue queue,
            boolean listens,
            long owner,
            boolean persistent,
            long parent)
            implements Operation {}

    /** Takes over an orphan on a resource, in that very mode. */
    record Adopt(int lockspace, ResourceName resource, LockMode mode, boolean listens) implements Operation {}

    /**
     * Asks for several new root locks in one step; none waits.
     *
     * @param all all or none, rather than as many as can be granted
     */
    record AcquireMany(int lockspace, List<WantedLock> wanted, boolean all) implements Operation {}

    /**
     * Asks for another mode of a held lock.
     *
     * @param value what to leave as value block when converting down from PW or EX; null leaves it as it is
     * @param owner who inside the session waits, 0 if it takes no part in the search for deadlocks
     * @param demote whether a conversion deadlock demotes the lock to NL rather than to refuse the conversion
     */
    record Convert(
            long lock,
            LockMode mode,
            LockRequest.Queue queue,
            @Nullable ValueBlock value,
            long owner,
            boolean demote) implements Operation {}

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
     *
     * @param all its sub-locks first; otherwise a lock with sub-locks is not released
     */
    record Release(long lock, @Nullable ValueBlock value, boolean all) implements Operation {}

    /** Takes a lock, with its sub-locks, from whoever holds it with that token. */
    record BreakLock(long lock, long token) implements Operation {}

    /**
     * Locks or unlocks a range of bytes by the rules of fcntl(2).
     *
     * @param kind null unlocks
     */
    record SetRange(
            int lockspace,
            ResourceName resource,
            long owner,
            ByteRange range,
            RangeLocks.@Nullable Kind kind,
            boolean waits)
            implements Operation {}

    /** Records that an ended session is cut off, and releases what it holds until then. */
    record DeclareFenced(long ended) implements Operation {}

    /** Records that what a fenced session left half done in a lockspace is mended, and releases what it holds there. */
    record DeclareRecovered(long ended, String lockspace) implements Operation {}

    /** Ends the session and releases all that it holds, whatever the policy. */
    record EndSession() implements Operation {}

    /** Carries out a registry transaction. */
    record Commit(Transaction transaction) implements Operation {}

    /** What came is not an operation; refused with the reason. It takes its place in the sequence like any other. */
    record Malformed(String reason) implements Operation {}

    /** What came is not for this client to ask; refused with the reason. It takes its place in the sequence like any other. */
    record NotAllowed(String reason) implements Operation {}

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

    /** Lists the lockspaces. */
    record ListLockspaces() implements Read {}

    /**
     * Lists who waits for whom.
     *
     * @param lockspace empty for all
     */
    record ListWaits(String lockspace) implements Read {}

    /** Lists the cycles of requests that wait for each other. */
    record FindDeadlocks() implements Read {}

    /** Finds a range lock of another owner that stands against this one. */
    record TestRange(int lockspace, ResourceName resource, long owner, ByteRange range, RangeLocks.Kind kind)
            implements Read {}

    /** Lists the range locks held on a resource. */
    record ListRanges(int lockspace, ResourceName resource) implements Read {}

    /** Lists the sessions. */
    record ListSessions() implements Read {}

    /** Reads the registry changes under the prefix from a revision on, as the start of a watch. */
    record Watch(String prefix, long from) implements Read {}
}
