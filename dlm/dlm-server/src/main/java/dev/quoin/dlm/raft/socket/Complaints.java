package dev.quoin.dlm.raft.socket;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Says whether something that goes wrong again and again is due to be logged: at first, when it has another cause than
 * before, and once a minute. Any thread may use it.
 */
final class Complaints {

    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Causes that keep changing are not logged more often than this. */
    private static final long OTHER_CAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int SUBJECTS_MAX = 256;

    private record Logged(String cause, long nanos) {}

    private final Map<String, Logged> last = new LinkedHashMap<>();

    /** Whether to log now what has no cause worth telling apart. */
    boolean isDue(String subject, long nowNanos) {
        return isDue(subject, "", nowNanos);
    }

    /** Whether to log now. */
    synchronized boolean isDue(String subject, String cause, long nowNanos) {
        Logged then = last.get(subject);
        if (then != null && nowNanos - then.nanos < (then.cause.equals(cause) ? QUIET_NANOS : OTHER_CAUSE_NANOS)) {
            return false;
        }
        last.remove(subject);
        if (last.size() >= SUBJECTS_MAX) {
            last.remove(last.keySet().iterator().next());
        }
        last.put(subject, new Logged(cause, nowNanos));
        return true;
    }

    /** It goes right again: the next time is logged at once. */
    synchronized void settled(String subject) {
        last.remove(subject);
    }
}
