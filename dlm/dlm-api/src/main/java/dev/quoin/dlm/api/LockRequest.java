package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What to ask for: a new lock on a resource, or a new mode for a held one.
 *
 * @param mode the mode asked for
 * @param queue whether to wait
 * @param options what else is asked for
 * @param timeout how long to wait at most; null waits until granted
 * @param value the value block to leave, when converting down from PW or EX (to the same mode, too); null leaves it as it is;
 *     anywhere else a value is an {@link IllegalArgumentException}
 * @param owner who waits, for the search for deadlocks; null is the calling thread for the blocking methods and
 *     {@link LockOwner#NONE} for the others
 * @param parent the lock under which a new lock is asked for, null for a root lock; not for conversions
 * @param onBlocking told, at most once for each grant and mode that somebody else waits for, that the lock blocks that request;
 *     it stands for as long as that grant does, even if the other stops waiting; runs on a client thread, perhaps before the
 *     call that acquires the lock returns, and must not block; ignored for a conversion, which keeps the listener of its lock
 */
public record LockRequest(
        LockMode mode,
        Queue queue,
        Set<Option> options,
        @Nullable Duration timeout,
        @Nullable ValueBlock value,
        @Nullable LockOwner owner,
        @Nullable Held parent,
        @Nullable Consumer<LockMode> onBlocking) {

    /** Whether and how a request waits. */
    public enum Queue {
        /** Wait in the queue. */
        WAIT,
        /** Be denied rather than wait (NOQUEUE). */
        NOQUEUE,
        /** Be denied rather than wait, but tell the holders that they block (NOQUEUEBAST). */
        NOQUEUE_NOTIFY,
        /** A new NL lock goes past all that wait (EXPEDITE). */
        EXPEDITE,
        /** A conversion joins the end of the conversion queue even if it could be granted at once (QUECVT). */
        QUEUE_CONVERSION
    }

    /** What can be asked for besides. */
    public enum Option {
        /**
         * A new lock outlives its session: when that ends, the lock stays held as an orphan until it is adopted
         * ({@link Lockspace#adopt}) or broken (PERSISTENT).
         */
        PERSISTENT,
        /**
         * A conversion that would deadlock with another conversion gives up the mode it holds, goes on waiting in NL and is then
         * granted with {@link Held#wasDemoted()} true (CONVDEADLK).
         */
        DEMOTE_ON_DEADLOCK
    }

    public LockRequest {
        options = Set.copyOf(options);
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new IllegalArgumentException("timeout " + timeout + " found, a positive duration expected");
        }
    }

    /** Waits for {@code mode} without a limit. */
    public static LockRequest of(LockMode mode) {
        return new LockRequest(mode, Queue.WAIT, Set.of(), null, null, null, null, null);
    }

    /** The same with another way to wait. */
    public LockRequest queue(Queue newQueue) {
        return new LockRequest(mode, newQueue, options, timeout, value, owner, parent, onBlocking);
    }

    /** The same, denied rather than made to wait. */
    public LockRequest noQueue() {
        return queue(Queue.NOQUEUE);
    }

    /** The same with these options. */
    public LockRequest options(Option... newOptions) {
        return new LockRequest(mode, queue, Set.of(newOptions), timeout, value, owner, parent, onBlocking);
    }

    /** The same with a longest wait. */
    public LockRequest timeout(Duration newTimeout) {
        return new LockRequest(mode, queue, options, newTimeout, value, owner, parent, onBlocking);
    }

    /** The same with a value block to leave. */
    public LockRequest value(ValueBlock newValue) {
        return new LockRequest(mode, queue, options, timeout, newValue, owner, parent, onBlocking);
    }

    /** The same for this owner. */
    public LockRequest owner(LockOwner newOwner) {
        return new LockRequest(mode, queue, options, timeout, value, newOwner, parent, onBlocking);
    }

    /** The same as a sub-lock of {@code held}, whose mode does not matter. */
    public LockRequest under(Held held) {
        return new LockRequest(mode, queue, options, timeout, value, owner, held, onBlocking);
    }

    /** The same with a listener for blocking notifications. */
    public LockRequest onBlocking(Consumer<LockMode> listener) {
        return new LockRequest(mode, queue, options, timeout, value, owner, parent, listener);
    }
}
