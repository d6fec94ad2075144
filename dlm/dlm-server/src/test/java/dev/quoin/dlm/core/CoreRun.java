package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.api.WantedLock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One run of random commands on two replicas and the model; every command is checked. */
final class CoreRun {

    static final int COMMANDS = 400;

    private static final LockMode[] MODES = LockMode.values();
    private static final Queue[] QUEUES = Queue.values();
    private static final ResourceName[] NAMES = {
        ResourceName.of("r0"), ResourceName.of("r1"), ResourceName.of("r2"), ResourceName.of("r3")
    };

    private final RandomGenerator random;
    private final NaiveModel model = new NaiveModel();
    private final CorePair cores;

    CoreRun(RandomGenerator random) {
        this.random = random;
        cores = new CorePair(random, model);
    }

    void run() throws StateFormatException {
        openSession();
        for (SessionEndPolicy policy : SessionEndPolicy.values()) {
            model.policies.put(policy.ordinal(), policy);
            cores.perform(1, new Operation.OpenLockspace(policy.name(), policy));
            model.answer(1, cores.lastSequence(1), "opened");
            cores.check();
        }
        for (int i = 0; i < COMMANDS; i++) {
            step();
            cores.check();
            if (random.nextInt(25) == 0) {
                cores.snapshotAndRestore();
            }
        }
    }

    private int dice(int sides) {
        return random.nextInt(sides);
    }

    private boolean oneIn(int chances) {
        return random.nextInt(chances) == 0;
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private List<Long> living() {
        List<Long> living = new ArrayList<>();
        model.sessions.forEach((id, session) -> {
            if (session.alive) {
                living.add(id);
            }
        });
        return living;
    }

    private void openSession() {
        cores.apply(new Command.OpenSession(new UUID(random.nextLong(), random.nextLong()), "node", false, 10_000));
        assertThat(cores.effects).hasSize(1);
        Effect.Opened opened = (Effect.Opened) cores.effects.getFirst();
        assertThat(model.sessions).doesNotContainKey(opened.session());
        model.sessions.put(opened.session(), new NaiveModel.Session());
    }

    private void step() {
        List<Long> living = living();
        if (living.isEmpty() || (living.size() < 5 && oneIn(10))) {
            openSession();
            return;
        }
        long session = pick(living);
        int dice = dice(100);
        if (dice < 28) {
            acquire(session);
        } else if (dice < 43) {
            convert(session);
        } else if (dice < 56) {
            release(session);
        } else if (dice < 62) {
            cancel(session);
        } else if (dice < 74) {
            range(session);
        } else if (dice < 77) {
            acquireMany(session);
        } else if (dice < 79) {
            adopt(session);
        } else if (dice < 81) {
            breakLock(session);
        } else if (dice < 85) {
            breakDeadlock();
        } else if (dice < 87) {
            cores.repeat(session);
        } else if (dice < 88) {
            cores.gap(session);
        } else if (dice < 92) {
            cores.acknowledge(session);
        } else if (dice < 93) {
            cores.read(session);
        } else if (dice < 95) {
            model.endings.end(session, false);
            cores.apply(new Command.ExpireSession(session));
        } else if (dice < 96) {
            cores.perform(session, new Operation.EndSession());
            model.answer(session, cores.lastSequence(session), "done");
            model.endings.end(session, true);
        } else if (dice < 98) {
            fence(session);
        } else {
            recover(session);
        }
    }

    private LockMode mode() {
        return MODES[dice(MODES.length)];
    }

    private ResourceName name() {
        return NAMES[dice(3)];
    }

    /** Mostly one that exists. */
    private int space() {
        return oneIn(60) ? 3 : dice(3);
    }

    private Queue queue(Queue odd) {
        return switch (dice(8)) {
            case 0 -> Queue.NOQUEUE;
            case 1 -> Queue.NOQUEUE_NOTIFY;
            case 2 -> odd;
            case 3 -> oneIn(4) ? QUEUES[dice(QUEUES.length)] : Queue.WAIT;
            default -> Queue.WAIT;
        };
    }

    private void acquire(long session) {
        Queue queue = queue(Queue.EXPEDITE);
        LockMode mode = queue == Queue.EXPEDITE && !oneIn(4) ? LockMode.NL : mode();
        NaiveModel.Lock parent = oneIn(4) ? own(session) : null;
        int space = parent == null || oneIn(20) ? space() : parent.space;
        Operation.Acquire ask = new Operation.Acquire(
                space,
                parent == null ? name() : NAMES[dice(2)],
                mode,
                queue,
                !oneIn(4),
                dice(3),
                oneIn(parent == null ? 6 : 20),
                parent == null ? 0 : parent.id);
        model.acquire(session, cores.perform(session, ask), ask);
    }

    private NaiveModel.@Nullable Lock own(long session) {
        List<NaiveModel.Lock> own = new ArrayList<>();
        for (NaiveModel.Lock lock : model.locks) {
            if (lock.session == session) {
                own.add(lock);
            }
        }
        return own.isEmpty() ? null : pick(own);
    }

    /** Mostly one of the session's own locks, sometimes somebody else's or none. */
    private long lock(long session) {
        NaiveModel.Lock own = oneIn(20) ? null : own(session);
        return own == null ? dice(200) : own.id;
    }

    private @Nullable ValueBlock value(long lock) {
        NaiveModel.Lock found = model.find(lock);
        if ((found == null || !found.writes() || oneIn(2)) && !oneIn(20)) {
            return null;
        }
        byte[] bytes = new byte[dice(4)];
        random.nextBytes(bytes);
        return ValueBlock.of(bytes);
    }

    private void convert(long session) {
        long lock = lock(session);
        Operation.Convert ask =
                new Operation.Convert(lock, mode(), queue(Queue.QUEUE_CONVERSION), value(lock), dice(3), oneIn(2));
        model.convert(session, cores.perform(session, ask), ask);
    }

    private void release(long session) {
        long lock = lock(session);
        if (!model.broken.isEmpty() && oneIn(4)) {
            List<Long> broken = pick(model.broken);
            lock = broken.getFirst() == session ? broken.getLast() : lock;
        }
        Operation.Release ask = new Operation.Release(lock, value(lock), oneIn(2));
        model.release(session, cores.perform(session, ask), ask);
    }

    private void cancel(long session) {
        List<Long> waiting = new ArrayList<>();
        for (NaiveModel.Lock lock : model.locks) {
            if (lock.session == session && lock.wanted != null) {
                waiting.add(lock.request);
            }
        }
        for (NaiveRanges.Waiter waiter : model.ranges.waiters) {
            if (waiter.owner().session() == session) {
                waiting.add(waiter.request());
            }
        }
        long target = waiting.isEmpty() || oneIn(10) ? dice(50) : pick(waiting);
        boolean timedOut = oneIn(2);
        long sequence = cores.perform(session, new Operation.Cancel(target, timedOut));
        model.cancel(session, sequence, target, timedOut);
    }

    private void range(long session) {
        int first = dice(NaiveRanges.CELLS);
        int last = first + dice(Math.min(8, NaiveRanges.CELLS - first));
        Kind kind = oneIn(4) ? null : oneIn(2) ? Kind.READ : Kind.WRITE;
        Operation.SetRange ask = new Operation.SetRange(
                space(), NAMES[dice(2)], 1 + dice(2), NaiveRanges.range(first, last), kind, !oneIn(3));
        model.setRange(session, cores.perform(session, ask), ask);
        cores.checkRangeAnswer(ask, session);
    }

    private void acquireMany(long session) {
        List<WantedLock> wanted = new ArrayList<>();
        for (ResourceName name : NAMES) {
            if (oneIn(2)) {
                wanted.add(dice(wanted.size() + 1), new WantedLock(name, oneIn(2) ? LockMode.CR : mode()));
            }
        }
        if (oneIn(20)) {
            wanted.add(new WantedLock(name(), mode()));
        }
        Operation.AcquireMany ask = new Operation.AcquireMany(space(), List.copyOf(wanted), oneIn(2));
        model.acquireMany(session, cores.perform(session, ask), ask);
    }

    private void adopt(long session) {
        Operation.Adopt ask = new Operation.Adopt(space(), name(), mode(), oneIn(2));
        for (NaiveModel.Lock lock : model.locks) {
            if (lock.session == NaiveModel.ORPHAN && lock.granted != null && oneIn(2)) {
                String name = lock.path.substring(lock.path.indexOf('/') + 1);
                ask = new Operation.Adopt(
                        lock.space, ResourceName.of(name), oneIn(4) ? mode() : lock.granted, oneIn(2));
            }
        }
        model.adopt(session, cores.perform(session, ask), ask);
    }

    private void breakLock(long session) {
        if (model.locks.isEmpty()) {
            return;
        }
        NaiveModel.Lock lock = pick(model.locks);
        long token = lock.token + (oneIn(5) ? 1 : 0);
        long sequence = cores.perform(session, new Operation.BreakLock(lock.id, token));
        model.breakLock(session, sequence, lock.id, token);
    }

    /** Breaks all deadlocks that the core knows, or tries one request, perhaps with a stale ticket. */
    private void breakDeadlock() {
        if (oneIn(2)) {
            cores.breakAllDeadlocks();
            return;
        }
        List<NaiveModel.Lock> waiting = new ArrayList<>();
        for (NaiveModel.Lock lock : model.locks) {
            if (lock.wanted != null) {
                waiting.add(lock);
            }
        }
        if (!waiting.isEmpty()) {
            NaiveModel.Lock lock = pick(waiting);
            cores.breakDeadlock(lock.id, cores.ticket(lock.id) + (oneIn(5) ? 1 : 0));
        }
    }

    private long anySession() {
        return oneIn(20) ? 1_000 : pick(List.copyOf(model.sessions.keySet()));
    }

    private void fence(long session) {
        long other = anySession();
        NaiveModel.Session found = model.sessions.get(other);
        boolean alive = found != null && found.alive;
        if (oneIn(2)) {
            cores.apply(new Command.Fenced(other));
        } else {
            long sequence = cores.perform(session, new Operation.DeclareFenced(other));
            model.answer(session, sequence, alive ? "refused" : "done");
        }
        if (found != null && !alive) {
            model.endings.fence(other);
        }
    }

    private void recover(long session) {
        long other = anySession();
        int space = dice(3);
        NaiveModel.Session found = model.sessions.get(other);
        String lockspace = SessionEndPolicy.values()[space].name();
        long sequence = cores.perform(session, new Operation.DeclareRecovered(other, lockspace));
        boolean refused = found != null && !found.fenced;
        model.answer(session, sequence, refused ? "refused" : "done");
        if (found != null && !refused) {
            model.endings.recover(other, space);
        }
    }
}
