package dev.quoin.dlm.raft.socket;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Says whether something that goes wrong again and again is due to be logged: at first, and once a minute. Any thread may use it. */
final class Complaints {

    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int SUBJECTS_MAX = 256;

    private final Map<String, Long> last = new LinkedHashMap<>();

    /** Whether to log now. */
    synchronized boolean isDue(String subject, long nowNanos) {
        Long then = last.get(subject);
        if (then != null && nowNanos - then < QUIET_NANOS) {
            return false;
        }
        last.remove(subject);
        if (last.size() >= SUBJECTS_MAX) {
            last.remove(last.keySet().iterator().next());
        }
        last.put(subject, nowNanos);
        return true;
    }

    /** It goes right again: the next time is logged at once. */
    synchronized void settled(String subject) {
        last.remove(subject);
    }
}
