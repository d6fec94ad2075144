package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The lock rules written a second time, as plainly as possible: one list of locks, everything found by looking through it, and the
 * compatibility matrix as a picture.
 */
final class NaiveModel {

    /** Rows are held, columns asked for, both in the order NL CR CW PR PW EX. */
    private static final String[] MATRIX = {"yyyyyy", "yyyyy-", "yyy---", "yy-y--", "yy----", "y-----"};

    static final class Lock {
        long id;
        long session;
        int space;
        String resource = "";

        @Nullable LockMode granted;

        @Nullable LockMode wanted;

        long request;
        long order;
        long token;
        boolean listens;

        @Nullable ValueBlock leaves;
    }

    /** What happened to a request: a word, and for a grant the lock, its token and the value. */
    record Outcome(
            String word, long lock, long token, @Nullable ValueBlock value) {
        static Outcome of(String word) {
            return new Outcome(word, 0, 0, null);
        }
    }

    final List<Lock> locks = new ArrayList<>();
    final Map<String, ValueBlock> values = new HashMap<>();
    final Map<Integer, SessionEndPolicy> policies = new HashMap<>();
    /** Session to whether it lives. */
    final Map<Long, Boolean> sessions = new TreeMap<>();

    final Map<List<Long>, Outcome> outcomes = new HashMap<>();
    private long nextLock = 1;
    private long nextToken = 1;
    private long nextOrder = 1;

    static boolean compatible(LockMode held, LockMode asked) {
        return MATRIX[held.ordinal()].charAt(asked.ordinal()) == 'y';
    }

    static String name(int space, String resource) {
        return space + "/" + resource;
    }

    private List<Lock> on(Lock lock) {
        return locks.stream()
                .filter(l -> l.space == lock.space && l.resource.equals(lock.resource))
                .sorted(Comparator.comparingLong(l -> l.order))
                .toList();
    }

    private boolean fits(Lock lock, LockMode mode) {
        return on(lock).stream().allMatch(l -> l == lock || l.granted == null || compatible(l.granted, mode));
    }

    private ValueBlock value(Lock lock) {
        return values.getOrDefault(name(lock.space, lock.resource), ValueBlock.EMPTY);
    }

    private void grant(Lock lock, LockMode mode, long request) {
        if (lock.leaves != null) {
            values.put(name(lock.space, lock.resource), lock.leaves);
        }
        lock.leaves = null;
        lock.granted = mode;
        lock.wanted = null;
        lock.request = 0;
        lock.token = nextToken++;
        outcomes.put(List.of(lock.session, request), new Outcome("granted", lock.id, lock.token, value(lock)));
    }

    void acquire(long session, long request, int space, String resource, LockMode mode, Queue queue, boolean listens) {
        if (queue == Queue.QUEUE_CONVERSION || (queue == Queue.EXPEDITE && mode != LockMode.NL)) {
            outcomes.put(List.of(session, request), Outcome.of("refused"));
            return;
        }
        Lock lock = new Lock();
        lock.id = nextLock++;
        lock.session = session;
        lock.space = space;
        lock.resource = resource;
        lock.order = nextOrder++;
        lock.listens = listens;
        boolean nobodyWaits = on(lock).stream().allMatch(l -> l.wanted == null);
        if (fits(lock, mode) && (nobodyWaits || queue == Queue.EXPEDITE)) {
            locks.add(lock);
            grant(lock, mode, request);
        } else if (queue == Queue.NOQUEUE || queue == Queue.NOQUEUE_NOTIFY) {
            outcomes.put(List.of(session, request), Outcome.of("denied"));
        } else {
            lock.wanted = mode;
            lock.request = request;
            locks.add(lock);
        }
    }

    @Nullable Lock find(long id) {
        return locks.stream().filter(l -> l.id == id).findFirst().orElse(null);
    }

    void convert(long session, long request, long id, LockMode mode, Queue queue, @Nullable ValueBlock value) {
        Lock lock = find(id);
        boolean down = lock != null
                && (lock.granted == LockMode.PW || lock.granted == LockMode.EX)
                && (mode == lock.granted || mode.ordinal() < lock.granted.ordinal());
        if (lock == null
                || lock.session != session
                || lock.granted == null
                || lock.wanted != null
                || queue == Queue.EXPEDITE
                || (value != null && !down)) {
            outcomes.put(List.of(session, request), Outcome.of("refused"));
            return;
        }
        List<Lock> ahead = on(lock).stream()
                .filter(l -> l.granted != null && l.wanted != null)
                .toList();
        if (fits(lock, mode) && (queue != Queue.QUEUE_CONVERSION || ahead.isEmpty())) {
            lock.leaves = value;
            grant(lock, mode, request);
            serve(lock);
        } else if (queue == Queue.NOQUEUE || queue == Queue.NOQUEUE_NOTIFY) {
            outcomes.put(List.of(session, request), Outcome.of("denied"));
        } else if (ahead.stream().anyMatch(l -> !compatible(lock.granted, l.wanted))) {
            outcomes.put(List.of(session, request), Outcome.of("deadlock"));
        } else {
            lock.wanted = mode;
            lock.request = request;
            lock.leaves = value;
            lock.order = nextOrder++;
        }
    }

    private void unwait(Lock lock, @Nullable String word) {
        if (word != null) {
            outcomes.put(List.of(lock.session, lock.request), Outcome.of(word));
        }
        lock.wanted = null;
        lock.request = 0;
        lock.leaves = null;
        if (lock.granted == null) {
            locks.remove(lock);
        }
    }

    void cancel(long session, long request, long target, boolean timedOut) {
        for (Lock lock : List.copyOf(locks)) {
            if (lock.session == session && lock.wanted != null && lock.request == target) {
                unwait(lock, timedOut ? "timed out" : "cancelled");
                serve(lock);
            }
        }
        outcomes.put(List.of(session, request), Outcome.of("done"));
    }

    void release(long session, long request, long id, @Nullable ValueBlock value) {
        Lock lock = find(id);
        if (lock == null
                || lock.session != session
                || lock.granted == null
                || (value != null && lock.granted != LockMode.PW && lock.granted != LockMode.EX)) {
            outcomes.put(List.of(session, request), Outcome.of("refused"));
            return;
        }
        if (lock.wanted != null) {
            unwait(lock, "cancelled");
        }
        if (value != null) {
            values.put(name(lock.space, lock.resource), value);
        }
        locks.remove(lock);
        outcomes.put(List.of(session, request), Outcome.of("done"));
        serve(lock);
    }

    void end(long session, boolean clean, boolean holds) {
        sessions.put(session, false);
        List<Lock> theirs = locks.stream()
                .filter(l -> l.session == session)
                .sorted(Comparator.comparingLong(l -> l.id))
                .toList();
        for (Lock lock : theirs) {
            if (lock.wanted != null) {
                unwait(lock, null);
            }
            boolean stays = holds && policies.get(lock.space) == SessionEndPolicy.HOLD_UNTIL_FENCED;
            if (lock.granted == null || stays) {
                continue;
            }
            if (!clean && (lock.granted == LockMode.PW || lock.granted == LockMode.EX)) {
                values.put(name(lock.space, lock.resource), value(lock).invalidated());
            }
            locks.remove(lock);
        }
        for (Lock lock : theirs) {
            serve(lock);
        }
        if (locks.stream().noneMatch(l -> l.session == session)) {
            sessions.remove(session);
        }
    }

    private void serve(Lock touched) {
        while (true) {
            List<Lock> waiting =
                    on(touched).stream().filter(l -> l.wanted != null).toList();
            Lock head =
                    waiting.stream().filter(l -> l.granted != null).findFirst().orElse(null);
            if (head == null) {
                head = waiting.isEmpty() ? null : waiting.getFirst();
            }
            if (head == null || !fits(head, head.wanted)) {
                break;
            }
            grant(head, head.wanted, head.request);
        }
        if (on(touched).isEmpty()) {
            values.remove(name(touched.space, touched.resource));
        }
    }
}
