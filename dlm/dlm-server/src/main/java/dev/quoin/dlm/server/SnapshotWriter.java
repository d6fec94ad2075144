package dev.quoin.dlm.server;

import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.core.SnapshotFork;
import dev.quoin.dlm.core.StateImages;
import dev.quoin.dlm.core.StateSink;
import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.store.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes snapshots beside the thread that applies the log. The applying thread is held up for the taking of a few hundred records at
 * a time, never for the disk.
 *
 * <p>Its state and the core's are guarded by {@code guard}.
 */
final class SnapshotWriter implements AutoCloseable {

    /** Records taken in one go: about half a millisecond. */
    private static final int RECORDS_MAX = 256;

    /** Between two goes, so that the applying thread gets its turn. */
    private static final long PAUSE_NANOS = 50_000;

    private static final long CLOSE_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotWriter.class);

    /** The snapshot under way is of a state that is no more. */
    private static final class AbandonedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final String peer;
    private final StateStore store;
    private final Object guard;
    private final Runnable written;
    private final ExecutorService thread;
    private @Nullable SnapshotFork current;

    /** While it is held, a snapshot that is written is made durable, or another's put in its place. */
    private final Object storeLock = new Object();

    /**
     * Makes a writer.
     *
     * @param written called after each snapshot that became durable, without the guard
     */
    SnapshotWriter(String peer, StateStore store, Object guard, Runnable written) {
        this.written = written;
        this.peer = peer;
        this.store = store;
        this.guard = guard;
        thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("dlm-snapshot-" + peer).daemon().factory());
    }

    /** Begins a snapshot of the core as it is now; false if one is under way. With the guard held. */
    boolean begin(LockCore core, LogPosition at) {
        if (current != null || thread.isShutdown()) {
            return false;
        }
        SnapshotFork fork = StateImages.fork(core);
        current = fork;
        thread.execute(() -> write(core, fork, at));
        return true;
    }

    /** The snapshot under way, if any, comes to nothing. With the guard held. */
    void abandon() {
        current = null;
    }

    /** Puts another peer's snapshot in the place of this one's, which must have been abandoned. Blocking. */
    void replace(LogPosition at, StateStore.Replacement by) throws IOException {
        synchronized (storeLock) {
            by.commit(at);
        }
    }

    private void write(LockCore core, SnapshotFork fork, LogPosition at) {
        long began = System.nanoTime();
        boolean durable = false;
        try {
            synchronized (storeLock) {
                store.write(at, sink -> fill(fork, sink));
            }
            durable = true;
            LOG.info(
                    "snapshot written peer={} index={} millis={}",
                    peer,
                    at.index(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        } catch (AbandonedException abandoned) {
            LOG.info("snapshot abandoned peer={} index={}", peer, at.index());
        } catch (IOException failure) {
            LOG.error("snapshot not written, it is tried again later; see to the disk peer={}", peer, failure);
        } finally {
            synchronized (guard) {
                if (fork.equals(current)) {
                    StateImages.ended(core, fork, durable);
                    current = null;
                }
            }
        }
        if (durable) {
            written.run();
        }
    }

    private void fill(SnapshotFork fork, StateSink sink) {
        List<SnapshotFork.Saved> some;
        do {
            synchronized (guard) {
                if (!fork.equals(current)) {
                    throw new AbandonedException();
                }
                some = fork.take(RECORDS_MAX);
            }
            some.forEach(record -> record.into(sink));
            LockSupport.parkNanos(PAUSE_NANOS);
        } while (!some.isEmpty());
    }

    /** Lets the snapshot under way be finished, for a limited time. Idempotent. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                synchronized (guard) {
                    abandon();
                }
                thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
