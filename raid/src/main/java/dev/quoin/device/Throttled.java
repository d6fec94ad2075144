package dev.quoin.device;

import java.util.concurrent.TimeUnit;

/**
 * Whether writes to the page cache are fast now. The kernel holds a writer up when too much waits for the disk, and says so by
 * nothing but the time that the write takes.
 */
final class Throttled {

    /** A write that takes longer was held up: a copy into the cache takes some microseconds. */
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** How long to keep from it then. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private volatile boolean paused;
    private volatile long pausedAt;

    /** Whether a write may take its time now. */
    boolean isSlow(long now) {
        if (paused && now - pausedAt > PAUSE_NANOS) {
            paused = false;
        }
        return paused;
    }

    /** A write took so long. */
    void took(long nanos, long now) {
        if (nanos > SLOW_NANOS) {
            pausedAt = now;
            paused = true;
        }
    }
}
