package dev.quoin.clusterfs;

import dev.quoin.clusterfs.store.Withdrawal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the background work of a mount, each piece on a virtual thread of its own and never twice at once. */
final class Housekeeping {

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    /** A piece of work. */
    @FunctionalInterface
    interface Chore {
        /** Does it; a failure is logged once and the work is tried again next time. */
        void run() throws IOException;
    }

    private final ScheduledExecutorService timer;
    private final Withdrawal withdrawal;
    private final List<ScheduledFuture<?>> schedules = new ArrayList<>();
    private final List<ReentrantLock> running = new ArrayList<>();
    private volatile String lastFailure = "";

    Housekeeping(ScheduledExecutorService timer, Withdrawal withdrawal) {
        this.timer = timer;
        this.withdrawal = withdrawal;
    }

    /** Runs {@code chore} again and again, with this pause between starts. Before {@link #stop}, by one thread. */
    void every(Duration interval, Chore chore) {
        ReentrantLock once = new ReentrantLock();
        running.add(once);
        long millis = interval.toMillis();
        String name = "clusterfs-chore-" + running.size();
        schedules.add(timer.scheduleWithFixedDelay(
                () -> {
                    if (!once.isLocked()) {
                        Thread.ofVirtual().name(name).start(() -> run(once, chore));
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS));
    }

    private void run(ReentrantLock once, Chore chore) {
        if (withdrawal.isWithdrawn() || !once.tryLock()) {
            return;
        }
        try {
            chore.run();
        } catch (IOException failure) {
            boolean isNews = !lastFailure.equals(failure.toString());
            lastFailure = failure.toString();
            if (isNews && !withdrawal.isWithdrawn()) {
                LOG.warn("background work failed and is tried again error={}", failure.toString());
            }
        } catch (RuntimeException bug) {
            withdrawal.withdraw("background work failed: " + bug);
            throw bug;
        } finally {
            once.unlock();
        }
    }

    /** Starts nothing any more and waits for what is under way. Blocking. */
    void stop() {
        schedules.forEach(schedule -> schedule.cancel(false));
        for (ReentrantLock once : running) {
            once.lock();
            try {
                LOG.debug("background work stopped");
            } finally {
                once.unlock();
            }
        }
    }
}
