package dev.quoin.dlm.client.session;

import java.time.Duration;

/**
 * How long a session waits for what. Internal.
 *
 * @param lease how long the servers keep the session without a keepalive
 * @param answerTimeout how long a request may wait to be sent, to be answered or, if it is made to wait by other locks, for a sign that the
 *     leader still knows of it
 * @param expires whether the lease counts at all; in one process it does not
 */
public record SessionTerms(Duration lease, Duration answerTimeout, boolean expires) {

    /** How much earlier than the servers the client gives the session up, as a part of the lease: clocks do not run alike. */
    private static final int MARGIN_DIVISOR = 8;

    /** Keepalives in a lease. */
    private static final int KEEPALIVES = 5;

    /** Keepalives in the time that a request waits for a sign of the leader. */
    private static final int ANSWER_KEEPALIVES = 4;

    /** From the sending of a confirmed keepalive on, in nanoseconds. */
    long validNanos() {
        return lease.toNanos() - lease.toNanos() / MARGIN_DIVISOR;
    }

    /** Between keepalives, in nanoseconds. */
    public long keepaliveNanos() {
        return lease.toNanos() / KEEPALIVES;
    }

    /** The same while requests wait: each of them must hear of the leader before its time is over. */
    long busyKeepaliveNanos() {
        return Math.min(keepaliveNanos(), answerTimeout.toNanos() / ANSWER_KEEPALIVES);
    }
}
