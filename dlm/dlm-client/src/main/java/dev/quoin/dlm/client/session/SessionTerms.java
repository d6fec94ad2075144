package dev.quoin.dlm.client.session;

import java.time.Duration;

/**
 * How long a session waits for what. Internal.
 *
 * @param lease how long the servers keep the session without a keepalive
 * @param answerTimeout how long a request may wait to be sent or, if it cannot be made to wait by other locks, to be answered
 * @param expires whether the lease counts at all; in one process it does not
 */
public record SessionTerms(Duration lease, Duration answerTimeout, boolean expires) {

    /** How much earlier than the servers the client gives the session up, as a part of the lease: clocks do not run alike. */
    private static final int MARGIN_DIVISOR = 8;

    /** Keepalives in a lease. */
    private static final int KEEPALIVES = 5;

    /** From the sending of a confirmed keepalive on, in nanoseconds. */
    long validNanos() {
        return lease.toNanos() - lease.toNanos() / MARGIN_DIVISOR;
    }

    /** Between keepalives, in nanoseconds. */
    public long keepaliveNanos() {
        return lease.toNanos() / KEEPALIVES;
    }
}
