package dev.quoin.dlm.api;

import java.util.List;

/** How a lock request ended. Every request ends in exactly one of these. */
public sealed interface LockOutcome {

    /** The lock is held in the mode asked for. */
    record Granted(Held held) implements LockOutcome {}

    /**
     * Not granted and not waiting: NOQUEUE, and others hold incompatible modes or wait before us; or a limit of the lock manager
     * is reached, as the reason then says.
     */
    record Denied(String reason) implements LockOutcome {}

    /**
     * Waiting would never end, and this request was chosen to break the cycle.
     *
     * @param cycle who waits for whom, each blocker being of the owner of the next waiter; the first waiter is this request
     */
    record Deadlock(List<LockWait> cycle) implements LockOutcome {
        public Deadlock {
            cycle = List.copyOf(cycle);
        }
    }

    /** The wait time is over; nothing new is held. A conversion keeps its old mode. */
    record TimedOut() implements LockOutcome {}

    /** The caller cancelled; nothing new is held. A conversion keeps its old mode. */
    record Cancelled() implements LockOutcome {}

    /** The session has ended, and all that it held with it. */
    record SessionLost(String reason) implements LockOutcome {}

    /** No leader with a majority could be reached in time; the request was not carried out. */
    record NoQuorum(String reason) implements LockOutcome {}

    /**
     * The answer was lost: the request may or may not have been carried out. If it turns out later that a new lock was granted,
     * the client releases it; a conversion that was carried out shows in {@link Held#mode()}. The session's end settles it.
     */
    record Indeterminate(String reason) implements LockOutcome {}

    /**
     * The held lock, for callers to whom anything else is a failure.
     *
     * @throws LockNotGrantedException naming the outcome
     */
    default Held orThrow() throws LockNotGrantedException {
        if (this instanceof Granted(Held held)) {
            return held;
        }
        throw new LockNotGrantedException(this);
    }
}
