package dev.quoin.iscsi.connection;

/**
 * Finds connections whose initiator is gone: it takes nothing, or it is silent and leaves a ping unanswered. Times are of the
 * monotonic clock in nanoseconds. Belongs to the connection's thread.
 */
final class Deadlines {

    /** What is to be done. */
    enum Due {
        NOTHING,
        /** Send a ping. */
        PING,
        /** Give the connection up: a ping was not answered. */
        SILENT,
        /** Give the connection up: it takes no bytes. */
        STUCK
    }

    private final long writeDeadline;
    private final long pingAfter;
    private final long pingDeadline;
    private long heard;
    private boolean pinged;
    private boolean blocked;
    private long progress;
    private long sentBytes;

    Deadlines(ConnectionLimits limits, long now) {
        this.writeDeadline = limits.writeDeadline().toNanos();
        this.pingAfter = limits.pingAfter().toNanos();
        this.pingDeadline = limits.pingDeadline().toNanos();
        this.heard = now;
    }

    /** Something came from the initiator. */
    void heard(long now) {
        heard = now;
        pinged = false;
    }

    /** The output is, or is not, waiting for the socket, with this much sent in all. */
    void output(boolean isBlocked, long sent, long now) {
        if (!isBlocked || !blocked || sent != sentBytes) {
            progress = now;
            sentBytes = sent;
        }
        blocked = isBlocked;
    }

    /** Says what is due; a ping is said once. */
    Due due(long now) {
        if (blocked) {
            return now - progress >= writeDeadline ? Due.STUCK : Due.NOTHING;
        }
        if (!pinged && now - heard >= pingAfter) {
            pinged = true;
            return Due.PING;
        }
        return pinged && now - heard >= pingAfter + pingDeadline ? Due.SILENT : Due.NOTHING;
    }

    /** How long nothing will be due if nothing happens, in nanoseconds. */
    long quiet(long now) {
        long next = blocked ? progress + writeDeadline : heard + pingAfter + (pinged ? pingDeadline : 0);
        return Math.max(0, next - now);
    }
}
