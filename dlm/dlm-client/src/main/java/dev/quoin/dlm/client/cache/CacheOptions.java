package dev.quoin.dlm.client.cache;

import java.time.Duration;

/**
 * How a cache keeps its locks.
 *
 * @param minimumHold how long a lock stays with the node after it came, whoever asks for it: long enough for some work to get done between two
 *     moves, short enough for others not to notice; zero gives it up once the first thread has used it
 * @param idle after so long without use a lock is given up by itself
 * @param keptMax the most locks that the node keeps; beyond it, those unused for longest are given up
 */
public record CacheOptions(Duration minimumHold, Duration idle, int keptMax) {

    /** A minimum hold of 10 ms, given up after 10 minutes without use, at most 100,000 locks kept. */
    public static final CacheOptions DEFAULT = new CacheOptions(Duration.ofMillis(10), Duration.ofMinutes(10), 100_000);

    /** The most resources in use and kept, together; a request for one more is denied. */
    public static final int RESOURCES_MAX = 1_000_000;

    public CacheOptions {
        if (minimumHold.isNegative()) {
            throw new IllegalArgumentException("minimum hold of " + minimumHold + " found, 0 or more expected");
        }
        if (idle.isNegative() || idle.isZero()) {
            throw new IllegalArgumentException("idle time of " + idle + " found, a positive duration expected");
        }
        if (keptMax < 1 || keptMax > RESOURCES_MAX) {
            throw new IllegalArgumentException(
                    "limit of " + keptMax + " locks kept found, 1 to " + RESOURCES_MAX + " expected");
        }
    }

    /** The same with another minimum hold. */
    public CacheOptions minimumHold(Duration newMinimumHold) {
        return new CacheOptions(newMinimumHold, idle, keptMax);
    }

    /** The same with another idle time. */
    public CacheOptions idle(Duration newIdle) {
        return new CacheOptions(minimumHold, newIdle, keptMax);
    }

    /** The same with another limit. */
    public CacheOptions keptMax(int newKeptMax) {
        return new CacheOptions(minimumHold, idle, newKeptMax);
    }
}
