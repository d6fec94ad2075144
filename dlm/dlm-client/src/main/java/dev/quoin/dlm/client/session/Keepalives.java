package dev.quoin.dlm.client.session;

import java.util.ArrayDeque;

/**
 * The lease by the local monotonic clock. It runs from the sending of the last keepalive that was confirmed, so it is over here
 * before it can be over at the servers. Guarded by the session's lock, but for {@link #validUntilNanos}.
 */
final class Keepalives {

    private record Sent(long number, long nanos) {}

    private final SessionTerms terms;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private volatile long validUntilNanos;
    private long number;
    private long lastNanos;
    private boolean urgent;

    Keepalives(SessionTerms terms, long openedNanos) {
        this.terms = terms;
        validUntilNanos = openedNanos + terms.validNanos();
        lastNanos = openedNanos;
    }

    long validUntilNanos() {
        return validUntilNanos;
    }

    boolean isDue(long now) {
        return terms.expires() && (urgent || now - lastNanos >= terms.keepaliveNanos());
    }

    /** The number of the keepalive to send now, or 0. */
    long takeDue(long now) {
        if (!isDue(now)) {
            return 0;
        }
        urgent = false;
        lastNanos = now;
        sent.add(new Sent(++number, now));
        return number;
    }

    void confirmed(long confirmed) {
        while (!sent.isEmpty() && sent.getFirst().number <= confirmed) {
            Sent first = sent.removeFirst();
            validUntilNanos = first.nanos + terms.validNanos();
        }
    }

    /** Whether the oldest one under way should have been confirmed long ago. */
    boolean isOverdue(long now) {
        return !sent.isEmpty() && now - sent.getFirst().nanos >= terms.keepaliveNanos();
    }

    /** Those under way will not be confirmed; the next one goes out at once. */
    void disconnected() {
        sent.clear();
        urgent = true;
    }
}
