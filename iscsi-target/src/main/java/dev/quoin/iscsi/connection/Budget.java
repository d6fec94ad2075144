package dev.quoin.iscsi.connection;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes the commands of one connection hold in buffers. Any thread gives back; the connection's thread takes.
 *
 * <p>One command always gets what it asks for, so that a limit below the longest transfer stops nobody.
 */
final class Budget {

    private final long limit;
    private final Runnable wake;
    private final AtomicLong held = new AtomicLong();
    private volatile boolean waiting;

    /**
     * A budget of which nothing is taken.
     *
     * @param wake called by any thread when bytes came back after {@link #hold} had refused
     */
    Budget(long limit, Runnable wake) {
        this.limit = limit;
        this.wake = wake;
    }

    /** Takes bytes; false if there are not enough, and then the wake-up will follow. */
    boolean hold(long bytes) {
        if (take(bytes)) {
            return true;
        }
        waiting = true;
        // Between the two looks all may have come back without a wake-up.
        return take(bytes);
    }

    /** Takes bytes in any case: for the one command for which all others wait. */
    void force(long bytes) {
        held.addAndGet(bytes);
    }

    private boolean take(long bytes) {
        long before = held.getAndAdd(bytes);
        if (before != 0 && before + bytes > limit) {
            held.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Gives bytes back. */
    void release(long bytes) {
        if (bytes > 0) {
            held.addAndGet(-bytes);
            if (waiting) {
                waiting = false;
                wake.run();
            }
        }
    }
}
