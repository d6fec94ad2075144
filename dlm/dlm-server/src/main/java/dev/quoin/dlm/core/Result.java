package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.api.ValueBlock;
import java.util.List;
import java.util.SortedMap;

/** How an operation ended. */
public sealed interface Result {

    /**
     * The lock is held in the mode asked for.
     *
     * @param demoted whether the conversion lost the mode it came from on its way
     */
    record Granted(long lock, long token, ValueBlock value, boolean demoted) implements Result {}

    /**
     * Several locks were asked for at once.
     *
     * @param each {@link Granted} or {@link Denied}, in the order asked for
     * @param refusedBy if all were asked for and none is held, the index of the one that stood in the way, else -1
     */
    record GrantedMany(List<Result> each, int refusedBy) implements Result {}

    /** Not granted and not waiting. */
    record Denied(String reason) implements Result {}

    /** Not granted: waiting would never end. */
    record Deadlock(List<LockWait> cycle) implements Result {}

    /** The range is locked; or unlocked, then with token 0. */
    record RangeGranted(long token) implements Result {}

    /** The range is not locked and not waited for. */
    record RangeDenied(RangeLocks.RangeInfo blocker) implements Result {}

    /** The range is not locked: waiting would never end (EDEADLK). */
    record RangeDeadlock(List<RangeLocks.RangeInfo> cycle) implements Result {}

    /** Range locks by start. */
    record Ranges(List<RangeLocks.RangeInfo> ranges) implements Result {}

    /** Lockspaces with their policies, by name. */
    record Lockspaces(SortedMap<String, SessionEndPolicy> lockspaces) implements Result {}

    /** Who waits for whom. */
    record Waits(List<LockWait> waits) implements Result {}

    /** The cycles among them. */
    record Deadlocks(List<List<LockWait>> cycles) implements Result {}

    /** The wait was ended by {@link Operation.Cancel} as timed out. */
    record TimedOut() implements Result {}

    /** The wait was ended by {@link Operation.Cancel}, or by the release of the lock that was being converted. */
    record Cancelled() implements Result {}

    /** Done; there is nothing more to say. */
    record Done() implements Result {}

    /** The request is not as it must be; nothing was changed. */
    record Refused(DlmException.Code code, String reason) implements Result {}

    /** The lockspace exists. */
    record LockspaceOpened(int lockspace) implements Result {}

    /** The transaction is carried out. */
    record Committed(long revision) implements Result {}

    /**
     * A guard of the transaction did not hold.
     *
     * @param guard its index
     */
    record Conflict(int guard, String found) implements Result {}

    /** Registry entries in key order. */
    record Entries(List<Registry.Entry> entries) implements Result {}

    /** Locks by resource name, granted before waiting. */
    record Locks(List<LockInfo> locks) implements Result {}

    /** Sessions by id. */
    record Sessions(List<SessionInfo> sessions) implements Result {}

    /**
     * A watch has begun.
     *
     * @param changes those since the revision asked for, or all entries if not all of those are known any more
     * @param next the revision from which on the watch is to be told
     */
    record Watched(List<Registry.Change> changes, long next) implements Result {}
}
