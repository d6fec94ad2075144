package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The byte-range locks of one resource, with the rules of POSIX (fcntl(2), F_SETLK): an owner's locks never conflict with each
 * other; a new lock replaces what the owner has in that range, so ranges split, merge, upgrade and downgrade; locks of a
 * session end with it, by the policy of the lockspace.
 *
 * <p>They are apart from the moded locks on the resource of the same name. Any thread may use it.
 */
public interface RangeLocks {

    /** Shared or exclusive. */
    enum Kind {
        /** F_RDLCK: any number of owners. */
        READ,
        /** F_WRLCK: one owner. */
        WRITE
    }

    /**
     * One lock as an observer sees it.
     *
     * @param session the holder's session
     * @param node the name of the holder's node
     * @param token of the grant; the parts of a lock that was split keep theirs
     */
    record RangeInfo(ByteRange range, Kind kind, SessionId session, String node, LockOwner owner, FencingToken token) {}

    /** How a request ended. */
    sealed interface Outcome {
        /** The range is locked, or unlocked (then without a token). */
        record Granted(@Nullable FencingToken token) implements Outcome {}

        /** Another owner has it, and the request was not to wait. */
        record Denied(RangeInfo blocker) implements Outcome {}

        /** EDEADLK: to wait would be to wait for ever. Found at once, over all resources of the lock manager. */
        record Deadlock(List<RangeInfo> cycle) implements Outcome {
            public Deadlock {
                cycle = List.copyOf(cycle);
            }
        }

        /** The wait time is over. */
        record TimedOut() implements Outcome {}

        /** The caller cancelled. */
        record Cancelled() implements Outcome {}

        /** A limit is reached or the request is not as it must be; nothing was changed. */
        record Refused(DlmException.Code code, String reason) implements Outcome {}

        /** The session has ended, and all that it held with it. */
        record SessionLost(String reason) implements Outcome {}

        /** No leader with a majority could be reached in time; the request was not carried out. */
        record NoQuorum(String reason) implements Outcome {}

        /** The answer was lost: the request may or may not have been carried out. */
        record Indeterminate(String reason) implements Outcome {}
    }

    /**
     * Locks a range (F_SETLKW, F_SETLK) and waits for the outcome; an interrupt cancels the request. Blocking.
     *
     * @param owner not {@link LockOwner#NONE}
     * @param wait how long to wait at most; zero does not wait, null waits until granted
     */
    Outcome lock(LockOwner owner, ByteRange range, Kind kind, @Nullable Duration wait);

    /** The same; cancelling the future cancels the request. */
    CompletableFuture<Outcome> lockAsync(LockOwner owner, ByteRange range, Kind kind, @Nullable Duration wait);

    /** Unlocks whatever the owner has in the range (F_UNLCK). Never waits for other owners. */
    CompletableFuture<Outcome> unlockAsync(LockOwner owner, ByteRange range);

    /** A lock of another owner that stands against this one, if there is one (F_GETLK). Linearizable; blocking. */
    Optional<RangeInfo> test(LockOwner owner, ByteRange range, Kind kind) throws DlmException;

    /** All locks held on the resource, by start. Linearizable; blocking. */
    List<RangeInfo> list() throws DlmException;
}
