package dev.quoin.raid;

import java.time.Duration;

/**
 * How fast rebuild and scrub of an array may go together, and how they make room for requests.
 *
 * <p>Counted are bytes of one member: those that a rebuild writes to it, those that a scrub reads from each; what was never
 * written costs nothing. While more than one in a hundred reads and writes of users takes longer than the bound, the
 * work gets slower, down to the minimum; when they are fast again, it gets faster, up to the maximum.
 *
 * @param minBytesPerSecond positive; as md's {@code speed_limit_min}
 * @param maxBytesPerSecond not below the minimum, {@link #UNLIMITED} for as fast as it goes; as md's {@code speed_limit_max}
 * @param latencyBound positive; at most {@link #LATENCY_MAX}
 */
public record WorkLimits(long minBytesPerSecond, long maxBytesPerSecond, Duration latencyBound) {

    /** As a maximum: none. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** The longest bound of latency. */
    public static final Duration LATENCY_MAX = Duration.ofMinutes(1);

    /** Makes room for requests that take longer than 100 ms, but does not go slower than 4 MiB/s. */
    public static final WorkLimits DEFAULT = new WorkLimits(4L << 20, UNLIMITED, Duration.ofMillis(100));

    public WorkLimits {
        if (minBytesPerSecond <= 0) {
            throw new IllegalArgumentException(
                    "a minimum of " + minBytesPerSecond + " bytes a second found, 1 or more expected");
        }
        if (maxBytesPerSecond < minBytesPerSecond) {
            throw new IllegalArgumentException("a maximum of " + maxBytesPerSecond
                    + " bytes a second found, at least the minimum of " + minBytesPerSecond + " expected");
        }
        if (!latencyBound.isPositive() || latencyBound.compareTo(LATENCY_MAX) > 0) {
            throw new IllegalArgumentException("a latency bound of " + latencyBound.toMillis()
                    + " ms found, more than 0 and at most " + LATENCY_MAX.toMillis() + " ms expected");
        }
    }
}
