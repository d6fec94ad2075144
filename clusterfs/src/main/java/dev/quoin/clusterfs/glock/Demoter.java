package dev.quoin.clusterfs.glock;

import dev.quoin.clusterfs.store.Withdrawal;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives locks up, as many as wait at once, so that they share the journal force and the flushes. One virtual thread at a time, which runs
 * only while there is something to do.
 */
final class Demoter {

    /** The most locks of one batch, so that the first does not wait for too much. */
    private static final int BATCH_MAX = 512;

    private static final AtomicLong THREADS = new AtomicLong();

    private final ConcurrentLinkedQueue<Glock> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private final Settler settler;
    private final Withdrawal withdrawal;

    Demoter(Settler settler, Withdrawal withdrawal) {
        this.settler = settler;
        this.withdrawal = withdrawal;
    }

    /** Takes a lock that nobody uses and that stays so until it is given up. Does not block. */
    void submit(Glock glock) {
        waiting.add(glock);
        start();
    }

    private void start() {
        if (!waiting.isEmpty() && running.compareAndSet(false, true)) {
            Thread.ofVirtual()
                    .name("clusterfs-demoter-" + THREADS.incrementAndGet())
                    .start(this::run);
        }
    }

    private void run() {
        try {
            List<Glock> batch = take();
            while (!batch.isEmpty()) {
                demote(batch);
                batch = take();
            }
        } finally {
            running.set(false);
        }
        start();
    }

    private List<Glock> take() {
        List<Glock> batch = new ArrayList<>();
        for (Glock next = waiting.poll(); next != null; next = waiting.poll()) {
            batch.add(next);
            if (batch.size() == BATCH_MAX) {
                break;
            }
        }
        return batch;
    }

    private void demote(List<Glock> batch) {
        try {
            List<Covered> covered = batch.stream()
                    .filter(Glock::isExclusiveMode)
                    .map(Glock::covered)
                    .toList();
            if (!covered.isEmpty()) {
                settler.settle(covered);
            }
            withdrawal.check();
            batch.forEach(Glock::giveUp);
        } catch (VfsException failure) {
            // The locks stay held: what they cover is not in place, and only a recovery can give them up.
            withdrawal.withdraw("locks could not be given up: " + failure.getMessage());
        } catch (RuntimeException bug) {
            withdrawal.withdraw("locks could not be given up: " + bug);
            throw bug;
        }
    }
}
