package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Effect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When each session was last heard of, at the leader. It is kept in memory only: a new leader gives every session a full lease,
 * which may be late and is never early. What has run out is proposed to the log; only there does a session end.
 */
final class Leases {

    /** After this long a session that should have ended is proposed again. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** If the checks themselves come this late, the process was stopped, and renewals wait unread. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final class Lease {
        final long nanos;
        volatile long heardNanos;
        long proposedNanos;
        boolean proposed;

        Lease(long nanos, long now) {
            this.nanos = nanos;
            heardNanos = now;
        }
    }

    /** The monotonic clock, in nanoseconds. */
    private final LongSupplier clock;

    private final Map<Long, Lease> leases = new ConcurrentHashMap<>();
    private volatile boolean leading;
    private long checkedNanos;

    Leases(LongSupplier clock) {
        this.clock = clock;
    }

    /** Begins to lead, with these sessions and their leases in milliseconds. */
    void lead(Map<Long, Long> sessions) {
        leases.clear();
        long now = clock.getAsLong();
        sessions.forEach(
                (session, millis) -> leases.put(session, new Lease(TimeUnit.MILLISECONDS.toNanos(millis), now)));
        leading = true;
    }

    void stop() {
        leading = false;
        leases.clear();
    }

    /** Follows the sessions; on the applying thread. */
    void note(Effect effect) {
        if (effect instanceof Effect.Opened opened) {
            if (leading) {
                long nanos = TimeUnit.MILLISECONDS.toNanos(opened.leaseMillis());
                leases.computeIfAbsent(opened.session(), session -> new Lease(nanos, clock.getAsLong()));
                // Its client counts from when it last asked.
                renew(opened.session());
            }
        } else if (effect instanceof Effect.SessionGone gone) {
            leases.remove(gone.session());
        }
    }

    /** The session was heard of. One that is about to be ended is not saved: its client has given it up. */
    void renew(long session) {
        Lease lease = leases.get(session);
        if (lease != null) {
            lease.heardNanos = clock.getAsLong();
        }
    }

    /** Whether the session has not ended, as far as the applying thread has come; always false unless this peer leads. */
    boolean isAlive(long session) {
        return leases.containsKey(session);
    }

    /** How long each session still lives without being heard of, in milliseconds; empty unless this peer leads. */
    Map<Long, Long> left() {
        long now = clock.getAsLong();
        Map<Long, Long> left = new HashMap<>();
        leases.forEach((session, lease) ->
                left.put(session, Math.max(0, TimeUnit.NANOSECONDS.toMillis(lease.nanos - (now - lease.heardNanos)))));
        return left;
    }

    /** The sessions that should end now; to be called some ten times a second, by one thread. */
    List<Long> expired() {
        long now = clock.getAsLong();
        boolean stalled = checkedNanos != 0 && now - checkedNanos > STALL_NANOS;
        checkedNanos = now;
        List<Long> expired = new ArrayList<>();
        if (!leading) {
            return expired;
        }
        leases.forEach((session, lease) -> {
            if (stalled) {
                lease.heardNanos = now;
            } else if (now - lease.heardNanos > lease.nanos
                    && (!lease.proposed || now - lease.proposedNanos > RETRY_NANOS)) {
                lease.proposed = true;
                lease.proposedNanos = now;
                expired.add(session);
            }
        });
        return expired;
    }
}
