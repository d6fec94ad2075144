package dev.quoin.iscsi.portal;

import dev.quoin.iscsi.wire.IscsiName;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whom balancing has sent to another portal a short while ago: where they come to next they are served, so that nobody is sent to
 * and fro while the loads change. May be used by any thread; one lock guards the table.
 */
public final class Redirected {

    /** How many are remembered; the one sent away first is forgotten first. */
    public static final int REMEMBERED_MAX = 4_096;

    /** How long one is remembered, in nanoseconds of the monotonic clock. */
    public static final long REMEMBERED_NANOS = 60_000_000_000L;

    /** An initiator port and what it logs in to. */
    public record Login(IscsiName initiator, long isid, String target) {}

    private final Map<Login, Long> sentAt = new LinkedHashMap<>();

    /** Whether a login may be sent elsewhere: if so it is remembered, if not it is forgotten, for it will be served. */
    public synchronized boolean maySend(Login login, long now) {
        Long before = sentAt.remove(login);
        if (before != null && now - before < REMEMBERED_NANOS) {
            return false;
        }
        if (sentAt.size() >= REMEMBERED_MAX) {
            sentAt.remove(sentAt.keySet().iterator().next());
        }
        sentAt.put(login, now);
        return true;
    }

    /** A login is served: the next one of the same initiator port may be sent elsewhere again. */
    public synchronized void served(Login login) {
        sentAt.remove(login);
    }
}
