package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.api.ValueBlock;
import java.util.List;

/** How an operation ended. */
public sealed interface Result {

    /** The lock is held in the mode asked for. */
    record Granted(long lock, long token, ValueBlock value) implements Result {}

    /** Not granted and not waiting. */
    record Denied(String reason) implements Result {}

    /** Not granted: waiting would never end. */
    record Deadlock(List<String> cycle) implements Result {}

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
