package dev.quoin.bench.locks;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Child;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.core.Command;
import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.core.EffectSink;
import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.core.Operation;
import dev.quoin.dlm.core.Result;
import dev.quoin.dlm.core.SnapshotFork;
import dev.quoin.dlm.core.StateImages;
import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.store.StateStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * How long the applying of commands is held up while a snapshot of a million locks is written, in the steps in which a peer writes it: some records with the
 * core's lock held, a pause, the next ones, and all of them made durable at the end. A process of its own, with the flags of a node.
 */
public final class SnapshotStall {

    static final String WORST = "worst-nanos ";

    private static final int LOCKS = 1_000_000;
    private static final int SESSIONS = 100;
    private static final int RECORDS_AT_ONCE = 256;
    private static final long PAUSE_NANOS = 50_000;

    /** Between commands: 20,000 a second. */
    private static final long EVERY_NANOS = 50_000;

    private final LockCore core = new LockCore(Limits.DEFAULT, true);
    private final Object guard = new Object();
    private final long[] sequences = new long[SESSIONS + 1];
    private long lock;

    private final EffectSink effects = new EffectSink() {
        @Override
        public void accept(Effect effect) {
            if (effect instanceof Effect.Answer(long _, long _, Result.Granted granted)) {
                lock = granted.lock();
            }
        }

        @Override
        public boolean wantsReads() {
            return false;
        }
    };

    private void apply(Command command) {
        core.apply(command, 1, effects);
    }

    private void perform(int session, Operation operation) {
        long sequence = ++sequences[session];
        apply(new Command.Perform(session, sequence, operation));
        apply(new Command.Acknowledge(session, sequence, new long[0]));
    }

    private static Operation acquire(String name) {
        return new Operation.Acquire(0, ResourceName.of(name), LockMode.EX, LockRequest.Queue.WAIT, true, 0, false, 0);
    }

    private void fill() {
        for (int session = 1; session <= SESSIONS; session++) {
            apply(new Command.OpenSession(new UUID(0, session), "n" + session, false, 60_000));
        }
        perform(1, new Operation.OpenLockspace("bench", SessionEndPolicy.RELEASE));
        for (int i = 0; i < LOCKS; i++) {
            perform(1 + i % SESSIONS, acquire("held/" + i));
        }
    }

    private void write(StateStore store) throws IOException {
        SnapshotFork fork;
        synchronized (guard) {
            fork = StateImages.fork(core);
        }
        store.write(new LogPosition(1, 1), sink -> {
            List<SnapshotFork.Saved> some;
            do {
                synchronized (guard) {
                    some = fork.take(RECORDS_AT_ONCE);
                }
                some.forEach(record -> record.into(sink));
                LockSupport.parkNanos(PAUSE_NANOS);
            } while (!some.isEmpty());
        });
        synchronized (guard) {
            StateImages.ended(core, fork, true);
        }
    }

    /** Takes and gives back a lock, and says how long that took, waiting included. */
    private long pair(int number) {
        long due = System.nanoTime();
        synchronized (guard) {
            int session = 1 + number % SESSIONS;
            perform(session, acquire("free/" + number));
            perform(session, new Operation.Release(lock, null, false));
        }
        return System.nanoTime() - due;
    }

    /** Says {@link #WORST} and the longest that a pair took while the snapshot was written, in nanoseconds. */
    public static void main(String[] arguments) throws IOException, BenchException {
        long worst = worstNanos(Path.of(arguments[0]));
        System.out.println(WORST + worst);
        System.out.flush();
        Child.awaitEnd();
    }

    private static long worstNanos(Path directory) throws IOException, BenchException {
        var stall = new SnapshotStall();
        stall.fill();
        for (int i = 0; i < 200_000; i++) {
            stall.pair(i);
        }
        AtomicBoolean written = new AtomicBoolean();
        try (StateStore store = StateStore.open(directory.resolve("stall-" + System.nanoTime()))) {
            Thread writer = Thread.ofPlatform().name("bench-snapshot").start(() -> {
                try {
                    stall.write(store);
                    written.set(true);
                } catch (IOException failure) {
                    throw new java.io.UncheckedIOException(failure);
                }
            });
            long worst = 0;
            for (int i = 0; writer.isAlive(); i++) {
                worst = Math.max(worst, stall.pair(i));
                LockSupport.parkNanos(EVERY_NANOS);
            }
            if (!written.get()) {
                throw new BenchException("the snapshot could not be written");
            }
            return worst;
        }
    }
}
