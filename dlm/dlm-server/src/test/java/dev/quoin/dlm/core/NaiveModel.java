package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.api.WantedLock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The lock rules written a second time, as plainly as possible: one list of locks in order of their queues, everything found by looking
 * through it, the compatibility matrix as a picture, resources as texts.
 */
final class NaiveModel {

    /** Rows are held, columns asked for, both in the order NL CR CW PR PW EX. */
    private static final String[] MATRIX = {"yyyyyy", "yyyyy-", "yyy---", "yy-y--", "yy----", "y-----"};

    /** The session of a lock whose session has ended and that waits to be adopted. */
    static final long ORPHAN = 0;

    static final class Session {
        boolean alive = true;
        boolean fenced;
    }

    static final class Lock {
        long id;
        long session;
        int space;
        String path = "";

        @Nullable Lock parent;

        @Nullable LockMode granted;

        @Nullable LockMode wanted;

        long request;
        long order;
        long token;
        long owner;
        boolean listens;
        boolean persistent;
        boolean demoted;

        @Nullable ValueBlock leaves;

        boolean converts() {
            return granted != null && wanted != null;
        }

        boolean writes() {
            return granted == LockMode.PW || granted == LockMode.EX;
        }
    }

    /** What happened to a request: a word, and for a grant the lock, its token, the value and whether it was demoted. */
    record Outcome(
            String word, long lock, long token, @Nullable ValueBlock value, boolean demoted, List<Outcome> each) {
        static Outcome of(String word) {
            return new Outcome(word, 0, 0, null, false, List.of());
        }

        /** The same with the core's token. */
        Outcome with(Map<Long, Long> tokens) {
            List<Outcome> all = new ArrayList<>();
            each.forEach(one -> all.add(one.with(tokens)));
            return new Outcome(word, lock, tokens.getOrDefault(token, token), value, demoted, all);
        }
    }

    final List<Lock> locks = new ArrayList<>();
    final Map<String, ValueBlock> values = new HashMap<>();
    final Map<Integer, SessionEndPolicy> policies = new HashMap<>();
    final Map<Long, Session> sessions = new TreeMap<>();
    final NaiveRanges ranges = new NaiveRanges();
    final NaiveEndings endings = new NaiveEndings(this);

    /** Session and request to what became of it. */
    final Map<List<Long>, Outcome> outcomes = new HashMap<>();

    /** Locks that operators took from sessions that may not know of it, as session and lock. */
    final List<List<Long>> broken = new ArrayList<>();

    private long nextLock = 1;
    /** Numbers for tokens until the core's are known: they fall, so that they are no tokens. */
    private long nextToken = -1;

    private long nextOrder = 1;

    static boolean compatible(LockMode held, LockMode asked) {
        return MATRIX[held.ordinal()].charAt(asked.ordinal()) == 'y';
    }

    void answer(long session, long request, String word) {
        outcomes.put(List.of(session, request), Outcome.of(word));
    }

    @Nullable Lock find(long id) {
        for (Lock lock : locks) {
            if (lock.id == id) {
                return lock;
            }
        }
        return null;
    }

    private @Nullable Lock held(long session, long id) {
        Lock lock = find(id);
        return lock != null && lock.session == session && lock.granted != null ? lock : null;
    }

    /** All locks on a resource in the order in which they came to where they are. */
    List<Lock> on(String path) {
        List<Lock> found = new ArrayList<>();
        for (Lock lock : locks) {
            if (lock.path.equals(path)) {
                found.add(lock);
            }
        }
        found.sort((a, b) -> Long.compare(a.order, b.order));
        return found;
    }

    private List<Lock> under(Lock parent) {
        List<Lock> found = new ArrayList<>();
        for (Lock lock : locks) {
            if (lock.parent == parent) {
                found.add(lock);
            }
        }
        found.sort((a, b) -> Long.compare(a.id, b.id));
        return found;
    }

    private boolean fits(Lock lock, LockMode mode) {
        for (Lock other : on(lock.path)) {
            if (other != lock && other.granted != null && !compatible(other.granted, mode)) {
                return false;
            }
        }
        return true;
    }

    private boolean nobodyWaits(String path) {
        for (Lock lock : on(path)) {
            if (lock.wanted != null) {
                return false;
            }
        }
        return true;
    }

    ValueBlock value(Lock lock) {
        return values.getOrDefault(lock.path, ValueBlock.EMPTY);
    }

    /** Gives the lock its mode and says what its holder is told. */
    private Outcome hold(Lock lock, LockMode mode) {
        if (lock.leaves != null) {
            values.put(lock.path, lock.leaves);
        }
        lock.leaves = null;
        lock.granted = mode;
        lock.wanted = null;
        lock.request = 0;
        lock.token = nextToken--;
        lock.order = nextOrder++;
        Outcome outcome = new Outcome("granted", lock.id, lock.token, value(lock), lock.demoted, List.of());
        lock.demoted = false;
        return outcome;
    }

    private void grant(Lock lock, LockMode mode, long request) {
        outcomes.put(List.of(lock.session, request), hold(lock, mode));
    }

    private Lock make(long session, int space, String path) {
        Lock lock = new Lock();
        lock.id = nextLock++;
        lock.session = session;
        lock.space = space;
        lock.path = path;
        return lock;
    }

    private static int depth(Lock lock) {
        return lock.parent == null ? 1 : 1 + depth(lock.parent);
    }

    void acquire(long session, long request, Operation.Acquire ask) {
        Lock parent = ask.parent() == 0 ? null : held(session, ask.parent());
        boolean wrongParent = ask.parent() != 0
                && (parent == null || parent.space != ask.lockspace() || ask.persistent() || depth(parent) >= 8);
        if (wrongParent
                || !policies.containsKey(ask.lockspace())
                || ask.queue() == Queue.QUEUE_CONVERSION
                || (ask.queue() == Queue.EXPEDITE && ask.mode() != LockMode.NL)) {
            answer(session, request, "refused");
            return;
        }
        Lock lock = make(
                session,
                ask.lockspace(),
                path(ask.lockspace(), parent, ask.resource().toString()));
        lock.parent = parent;
        lock.listens = ask.listens();
        lock.owner = ask.owner();
        lock.persistent = ask.persistent();
        if (fits(lock, ask.mode()) && (nobodyWaits(lock.path) || ask.queue() == Queue.EXPEDITE)) {
            locks.add(lock);
            grant(lock, ask.mode(), request);
        } else if (ask.queue() == Queue.NOQUEUE || ask.queue() == Queue.NOQUEUE_NOTIFY) {
            answer(session, request, "denied");
        } else {
            lock.wanted = ask.mode();
            lock.request = request;
            lock.order = nextOrder++;
            locks.add(lock);
        }
    }

    static String path(int space, @Nullable Lock parent, String name) {
        return (parent == null ? Integer.toString(space) : parent.path) + "/" + name;
    }

    void acquireMany(long session, long request, Operation.AcquireMany ask) {
        long names = ask.wanted().stream().map(WantedLock::resource).distinct().count();
        if (!policies.containsKey(ask.lockspace())
                || ask.wanted().isEmpty()
                || names < ask.wanted().size()) {
            answer(session, request, "refused");
            return;
        }
        int refusedBy = -1;
        List<Boolean> free = new ArrayList<>();
        for (int i = 0; i < ask.wanted().size(); i++) {
            WantedLock wanted = ask.wanted().get(i);
            Lock probe = new Lock();
            probe.path = path(ask.lockspace(), null, wanted.resource().toString());
            free.add(fits(probe, wanted.mode()) && nobodyWaits(probe.path));
            if (!free.getLast() && refusedBy < 0) {
                refusedBy = i;
            }
        }
        List<Outcome> each = new ArrayList<>();
        for (int i = 0; i < ask.wanted().size(); i++) {
            if (!free.get(i) || (ask.all() && refusedBy >= 0)) {
                each.add(Outcome.of("denied"));
                continue;
            }
            WantedLock wanted = ask.wanted().get(i);
            Lock lock = make(
                    session,
                    ask.lockspace(),
                    path(ask.lockspace(), null, wanted.resource().toString()));
            locks.add(lock);
            each.add(hold(lock, wanted.mode()));
        }
        int index = ask.all() ? refusedBy : -1;
        outcomes.put(List.of(session, request), new Outcome("many", index, 0, null, false, each));
    }

    void convert(long session, long request, Operation.Convert ask) {
        Lock lock = held(session, ask.lock());
        boolean down = lock != null
                && lock.writes()
                && (ask.mode() == lock.granted || ask.mode().ordinal() < lock.granted.ordinal());
        if (lock == null || lock.wanted != null || ask.queue() == Queue.EXPEDITE || (ask.value() != null && !down)) {
            answer(session, request, "refused");
            return;
        }
        boolean converters = false;
        boolean deadlock = false;
        for (Lock ahead : on(lock.path)) {
            if (ahead.converts()) {
                converters = true;
                deadlock |= !compatible(lock.granted, ahead.wanted);
            }
        }
        if (fits(lock, ask.mode()) && (ask.queue() != Queue.QUEUE_CONVERSION || !converters)) {
            lock.leaves = ask.value();
            lock.owner = ask.owner();
            grant(lock, ask.mode(), request);
            serve(lock.path);
        } else if (ask.queue() == Queue.NOQUEUE || ask.queue() == Queue.NOQUEUE_NOTIFY) {
            answer(session, request, "denied");
        } else if (deadlock && !ask.demote()) {
            answer(session, request, "deadlock");
        } else {
            lock.wanted = ask.mode();
            lock.request = request;
            lock.leaves = ask.value();
            lock.owner = ask.owner();
            lock.order = nextOrder++;
            if (deadlock) {
                lock.granted = LockMode.NL;
                lock.token = nextToken--;
                lock.demoted = true;
                lock.leaves = null;
                serve(lock.path);
            }
        }
    }

    /** Ends a wait; a new lock is gone, a conversion goes back to what it holds. */
    void unwait(Lock lock, @Nullable String word) {
        if (word != null) {
            answer(lock.session, lock.request, word);
        }
        lock.wanted = null;
        lock.request = 0;
        lock.leaves = null;
        lock.demoted = false;
        if (lock.granted == null) {
            locks.remove(lock);
        } else {
            lock.order = nextOrder++;
        }
    }

    void cancel(long session, long request, long target, boolean timedOut) {
        String word = timedOut ? "timed out" : "cancelled";
        for (Lock lock : List.copyOf(locks)) {
            if (lock.session == session && lock.wanted != null && lock.request == target) {
                unwait(lock, word);
                serve(lock.path);
            }
        }
        if (ranges.waiters.removeIf(w -> w.owner().session() == session && w.request() == target)) {
            answer(session, target, word);
        }
        answer(session, request, "done");
    }

    void release(long session, long request, Operation.Release ask) {
        if (broken.remove(List.of(session, ask.lock()))) {
            answer(session, request, "done");
            return;
        }
        Lock lock = held(session, ask.lock());
        if (lock == null
                || (ask.value() != null && !lock.writes())
                || (!ask.all() && !under(lock).isEmpty())) {
            answer(session, request, "refused");
            return;
        }
        if (ask.value() != null) {
            values.put(lock.path, ask.value());
        }
        List<String> touched = new ArrayList<>();
        remove(lock, false, touched);
        answer(session, request, "done");
        touched.forEach(this::serve);
    }

    /** Takes a lock with its sub-locks, the lowest first. */
    private void remove(Lock lock, boolean spoils, List<String> touched) {
        for (Lock child : under(lock)) {
            remove(child, spoils, touched);
        }
        if (spoils && lock.writes()) {
            values.put(lock.path, value(lock).invalidated());
        }
        if (lock.wanted != null) {
            Session session = sessions.get(lock.session);
            unwait(lock, session != null && session.alive ? "cancelled" : null);
        }
        locks.remove(lock);
        if (!touched.contains(lock.path)) {
            touched.add(lock.path);
        }
    }

    void breakLock(long session, long request, long id, long token) {
        Lock lock = find(id);
        if (lock == null || lock.granted == null || lock.token != token) {
            answer(session, request, "refused");
            return;
        }
        List<Lock> gone = new ArrayList<>(List.of(lock));
        for (int i = 0; i < gone.size(); i++) {
            gone.addAll(under(gone.get(i)));
        }
        for (Lock each : gone) {
            Session holder = sessions.get(each.session);
            if (holder != null && holder.alive && each.granted != null) {
                broken.add(List.of(each.session, each.id));
            }
        }
        List<String> touched = new ArrayList<>();
        remove(lock, true, touched);
        answer(session, request, "done");
        touched.forEach(this::serve);
        endings.forgetEmptySessions();
    }

    void adopt(long session, long request, Operation.Adopt ask) {
        if (!policies.containsKey(ask.lockspace())) {
            answer(session, request, "refused");
            return;
        }
        String path = path(ask.lockspace(), null, ask.resource().toString());
        for (Lock lock : on(path)) {
            if (lock.session == ORPHAN && lock.granted == ask.mode()) {
                lock.session = session;
                lock.listens = ask.listens();
                lock.owner = 0;
                outcomes.put(List.of(session, request), hold(lock, ask.mode()));
                return;
            }
        }
        answer(session, request, "denied");
    }

    /** Grants what can be granted now: the first conversion, or if there is none the first new request, as long as it fits. */
    void serve(String path) {
        while (true) {
            Lock head = null;
            for (Lock lock : on(path)) {
                if (lock.wanted != null && (head == null || (lock.converts() && !head.converts()))) {
                    head = lock;
                }
            }
            if (head == null || !fits(head, head.wanted)) {
                break;
            }
            grant(head, head.wanted, head.request);
        }
        if (on(path).isEmpty()) {
            values.remove(path);
        }
    }

    Session session(long id) {
        Session session = sessions.get(id);
        if (session == null) {
            throw new AssertionError("no session " + id);
        }
        return session;
    }

    /** Puts the core's tokens in place of the numbers. */
    void takeTokens(Map<Long, Long> tokens) {
        for (Lock lock : locks) {
            lock.token = tokens.getOrDefault(lock.token, lock.token);
        }
        ranges.takeTokens(tokens);
    }

    void setRange(long session, long request, Operation.SetRange ask) {
        NaiveRanges.Owner owner = new NaiveRanges.Owner(session, ask.owner());
        String file = path(ask.lockspace(), null, ask.resource().toString());
        int first = NaiveRanges.cell(ask.range().start());
        int last = NaiveRanges.cell(ask.range().end());
        if (!policies.containsKey(ask.lockspace())) {
            answer(session, request, "refused");
        } else if (ask.kind() == null) {
            ranges.unlock(owner, file, first, last);
            answer(session, request, "unlocked");
            serveRanges(file);
        } else {
            NaiveRanges.Waiter waiter = new NaiveRanges.Waiter(owner, request, file, first, last, ask.kind());
            List<NaiveRanges.Owner> against = ranges.against(waiter);
            if (against.isEmpty()) {
                grantRange(waiter);
                serveRanges(file);
            } else if (!ask.waits()) {
                answer(session, request, "range denied");
            } else if (ranges.leadsTo(against, owner, new ArrayList<>())) {
                answer(session, request, "range deadlock");
            } else {
                ranges.waiters.add(waiter);
            }
        }
    }

    private void grantRange(NaiveRanges.Waiter waiter) {
        long token = nextToken--;
        ranges.lock(waiter.owner(), waiter.file(), waiter.first(), waiter.last(), waiter.kind(), token);
        outcomes.put(
                List.of(waiter.owner().session(), waiter.request()),
                new Outcome("range", 0, token, null, false, List.of()));
    }

    void serveRanges(String file) {
        for (NaiveRanges.Waiter ready = ranges.ready(file); ready != null; ready = ranges.ready(file)) {
            ranges.waiters.remove(ready);
            grantRange(ready);
        }
    }
}
