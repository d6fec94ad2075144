package dev.quoin.device;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets many writers share one {@code fdatasync}.
 *
 * <p>At most one sync runs at a time. Who joins while one runs is served by the next, which starts as soon as the first has
 * ended: a sync covers exactly those who joined before it began. State is guarded by {@code lock}; the sync and the
 * completions run on the executor outside of it.
 */
final class SyncGroup {

    /** The blocking call that is shared. */
    interface Sync {
        void run() throws DeviceException;
    }

    private final Executor executor;
    private final Sync sync;
    private final ReentrantLock lock = new ReentrantLock();
    private List<CompletableFuture<Void>> waiting = new ArrayList<>();
    private boolean running;

    SyncGroup(Executor executor, Sync sync) {
        this.executor = executor;
        this.sync = sync;
    }

    /** Completes {@code done} after a sync that begins after this call. */
    void join(CompletableFuture<Void> done) {
        lock.lock();
        try {
            waiting.add(done);
            if (running) {
                return;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        executor.execute(this::round);
    }

    private void round() {
        List<CompletableFuture<Void>> batch;
        lock.lock();
        try {
            batch = waiting;
            waiting = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        DeviceException failure = null;
        try {
            sync.run();
        } catch (DeviceException failed) {
            failure = failed;
        }
        boolean more;
        lock.lock();
        try {
            more = !waiting.isEmpty();
            running = more;
        } finally {
            lock.unlock();
        }
        if (more) {
            // Before the completions, so that the disk is busy while they run.
            executor.execute(this::round);
        }
        for (CompletableFuture<Void> done : batch) {
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        }
    }
}
