package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What to ask for: a new lock on a resource, or a new mode for a held one.
 *
 * @param mode the mode asked for
 * @param queue whether to wait
 * @param timeout how long to wait at most; null waits until granted
 * @param value the value block to leave, when converting down from PW or EX (to the same mode, too); null leaves it as it is;
 *     anywhere else a value is an {@link IllegalArgumentException}
 * @param onBlocking told, at most once for each grant and mode that somebody else waits for, that the lock blocks that request;
 *     it stands for as long as that grant does, even if the other stops waiting; runs on a client thread, perhaps before the
 *     call that acquires the lock returns, and must not block; ignored for a conversion, which keeps the listener of its lock
 */
public record LockRequest(
        LockMode mode,
        Queue queue,
        @Nullable Duration timeout,
        @Nullable ValueBlock value,
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

    public LockRequest {
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new IllegalArgumentException("timeout " + timeout + " found, a positive duration expected");
        }
    }

    /** Waits for {@code mode} without a limit. */
    public static LockRequest of(LockMode mode) {
        return new LockRequest(mode, Queue.WAIT, null, null, null);
    }

    /** The same with another way to wait. */
    public LockRequest queue(Queue newQueue) {
        return new LockRequest(mode, newQueue, timeout, value, onBlocking);
    }

    /** The same, denied rather than made to wait. */
    public LockRequest noQueue() {
        return queue(Queue.NOQUEUE);
    }

    /** The same with a longest wait. */
    public LockRequest timeout(Duration newTimeout) {
        return new LockRequest(mode, queue, newTimeout, value, onBlocking);
    }

    /** The same with a value block to leave. */
    public LockRequest value(ValueBlock newValue) {
        return new LockRequest(mode, queue, timeout, newValue, onBlocking);
    }

    /** The same with a listener for blocking notifications. */
    public LockRequest onBlocking(Consumer<LockMode> listener) {
        return new LockRequest(mode, queue, timeout, value, listener);
    }
}
