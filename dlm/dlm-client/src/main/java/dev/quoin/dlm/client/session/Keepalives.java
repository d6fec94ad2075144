package dev.quoin.dlm.client.session;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The lease by the local monotonic clock. It runs from the sending of the last keepalive that was confirmed, so it is over here
 * before it can be over at the servers. Guarded by the session's lock, but for {@link #isLeaseOver}.
 *
 * <p>A keepalive goes over the stream that the session is attached to and over every other way to the leader; whichever confirmation comes
 * first counts for the lease. That of the stream counts for the stream as well.
 */
final class Keepalives {

    /** Before the least of these the lack of an answer says nothing; after the most it says enough. */
    private static final long OVERDUE_NANOS_MIN = TimeUnit.SECONDS.toNanos(1);

    private static final long OVERDUE_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

    /** The most that are remembered: older ones would renew little. */
    private static final int REMEMBERED_MAX = 64;

    private record Sent(long number, long nanos) {}

    private final SessionTerms terms;
    private final ArrayDeque<Sent> unconfirmed = new ArrayDeque<>();
    private final ArrayDeque<Sent> onStream = new ArrayDeque<>();
    private volatile long validUntilNanos;
    private long number;
    private long lastNanos;
    private boolean urgent;

    /** Whether the last one has not gone over the stream. */
    private boolean owed;

    Keepalives(SessionTerms terms, long openedNanos) {
        this.terms = terms;
        validUntilNanos = openedNanos + terms.validNanos();
        lastNanos = openedNanos;
    }

    /** Whether the lease will be over then. Any thread may ask. */
    boolean isLeaseOver(long then) {
        return terms.expires() && then - validUntilNanos >= 0;
    }

    /**
     * Whether the next one should go out.
     *
     * @param busy whether requests wait for answers, and want to know sooner whether the leader is there
     */
    boolean isDue(long now, boolean busy) {
        return terms.expires()
                && (urgent || now - lastNanos >= (busy ? terms.busyKeepaliveNanos() : terms.keepaliveNanos()));
    }

    private void number(long now, boolean busy) {
        if (isDue(now, busy)) {
            urgent = false;
            owed = true;
            lastNanos = now;
            unconfirmed.add(new Sent(++number, now));
            if (unconfirmed.size() > REMEMBERED_MAX) {
                unconfirmed.remove();
            }
        }
    }

    /** The number of the keepalive to send now over the stream, or 0. */
    long takeForStream(long now, boolean busy) {
        number(now, busy);
        if (!owed) {
            return 0;
        }
        owed = false;
        onStream.add(new Sent(number, now));
        return number;
    }

    /** The number of the keepalive to send now over another way, over which {@code last} was the last one; or 0. */
    long takeBeside(long last, long now, boolean busy) {
        number(now, busy);
        return number > last ? number : 0;
    }

    /** It was confirmed, over whatever way. */
    void confirmed(long confirmed) {
        while (!unconfirmed.isEmpty() && unconfirmed.getFirst().number <= confirmed) {
            validUntilNanos = unconfirmed.removeFirst().nanos + terms.validNanos();
        }
    }

    /** It was confirmed over the stream. */
    void confirmedByStream(long confirmed) {
        confirmed(confirmed);
        while (!onStream.isEmpty() && onStream.getFirst().number <= confirmed) {
            onStream.removeFirst();
        }
    }

    /** Whether the oldest one under way over the stream should have been confirmed long ago. */
    boolean isOverdue(long now) {
        return !onStream.isEmpty()
                && now - onStream.getFirst().nanos
                        >= Math.clamp(terms.keepaliveNanos(), OVERDUE_NANOS_MIN, OVERDUE_NANOS_MAX);
    }

    /** Those under way over the stream will not be confirmed by it; the next one goes out at once. */
    void disconnected() {
        onStream.clear();
        urgent = true;
    }
}
