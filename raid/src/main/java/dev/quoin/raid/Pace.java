package dev.quoin.raid;

/**
 * Computes when background work may go on, and how much of it at once. Pure: time is passed in, in nanoseconds that never go back.
 *
 * <p>Work is paid for after it was done: what was spent is a debt that shrinks at the rate, and nothing is begun before it is
 * gone. So over any span no more is done than the maximum allows and one step. The rate is halved after each
 * {@link #INTERVAL_NANOS} in which requests were slow, and raised by a quarter after each other one.
 */
final class Pace {

    /** How long the latency of requests is looked at before the rate is judged. */
    static final long INTERVAL_NANOS = 100_000_000;

    /** One in so many requests may be slow. */
    static final int SLOW_SHARE = 100;

    private static final double SECOND = 1e9;
    private static final double RAISE = 1.25;

    /** No device is as fast as this, in bytes a second: beyond it nothing is limited. */
    private static final double FAST = 1e12;

    private WorkLimits limits;
    private double rate;
    private double debt;
    private long settledAt;
    private long intervalBegan;
    private long spentInInterval;
    private long requests;
    private long slow;

    Pace(WorkLimits limits, long now) {
        this.limits = limits;
        this.rate = top();
        this.settledAt = now;
        this.intervalBegan = now;
    }

    WorkLimits limits() {
        return limits;
    }

    /** Puts others in force; the rate begins at their maximum. */
    void limits(WorkLimits others, long now) {
        settle(now);
        limits = others;
        rate = top();
    }

    /** The bytes a second that are allowed now; {@link WorkLimits#UNLIMITED} if nothing limits. */
    long rate() {
        return rate >= FAST ? WorkLimits.UNLIMITED : (long) rate;
    }

    /** Takes into account that requests of users were answered, some of them later than the bound. */
    void answered(long count, long slower) {
        requests += count;
        slow += slower;
    }

    /** Takes into account that work was done. */
    void spent(long bytes, long now) {
        settle(now);
        spentInInterval += bytes;
        judge(now);
        debt = rate >= FAST ? 0 : debt + bytes;
    }

    /** How long to wait before the next step, in nanoseconds; 0 if it may begin. */
    long delay(long now) {
        settle(now);
        judge(now);
        return debt <= 0 ? 0 : (long) Math.ceil(debt / rate * SECOND);
    }

    /** How many units to do in the next step: about as many as an interval allows, at least one. */
    int step(long unitBytes, int most) {
        return (int) Math.clamp(rate * INTERVAL_NANOS / SECOND / unitBytes, 1, most);
    }

    private double top() {
        return limits.maxBytesPerSecond() == WorkLimits.UNLIMITED
                ? Double.POSITIVE_INFINITY
                : (double) limits.maxBytesPerSecond();
    }

    private void settle(long now) {
        debt = rate >= FAST ? 0 : Math.max(0, debt - rate * (now - settledAt) / SECOND);
        settledAt = now;
    }

    private void judge(long now) {
        long elapsed = now - intervalBegan;
        if (elapsed < INTERVAL_NANOS) {
            return;
        }
        if (slow * SLOW_SHARE > requests) {
            // What was allowed says little if the devices could do less.
            double done = spentInInterval * SECOND / elapsed;
            double before = spentInInterval == 0 ? rate : Math.min(rate, done);
            double least = (double) limits.minBytesPerSecond();
            rate = before >= FAST ? least : Math.max(least, before / 2);
        } else {
            rate = Math.min(top(), rate * RAISE);
        }
        intervalBegan = now;
        spentInInterval = 0;
        requests = 0;
        slow = 0;
    }
}
