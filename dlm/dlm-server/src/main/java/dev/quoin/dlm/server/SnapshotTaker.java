package dev.quoin.dlm.server;

import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.raft.RaftNode;
import dev.quoin.dlm.store.StateStore;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes snapshots that are asked for, or due by time. Any thread may use it. */
final class SnapshotTaker {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotTaker.class);
    private static final long POLL_MILLIS = 10;

    /** The log while the peer runs. */
    @FunctionalInterface
    interface Log {
        RaftNode running() throws IOException;
    }

    private final DlmPeerConfig config;
    private final StateStore store;
    private final CoreMachine machine;
    private final Log log;
    private final Executor executor;

    /**
     * Makes a taker.
     *
     * @param executor takes the snapshots that are due by time; may refuse
     */
    SnapshotTaker(DlmPeerConfig config, StateStore store, CoreMachine machine, Log log, Executor executor) {
        this.config = config;
        this.store = store;
        this.machine = machine;
        this.log = log;
        this.executor = executor;
    }

    /**
     * Makes the state as of now durable and lets the log before it go. Blocking.
     *
     * @param meanwhile is called again and again
     * @return the index of the log entry as of which it is durable
     */
    long take(Duration limit, Runnable meanwhile) throws IOException {
        RaftNode running = log.running();
        long wanted = running.lastAppliedIndex();
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            meanwhile.run();
            LogPosition last = store.position();
            if (last != null && last.index() >= wanted) {
                machine.letLogGo();
                return last.index();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("no snapshot as of " + wanted + " or later was durable within " + limit
                        + ": see the log of peer " + config.id());
            }
            running.beginSnapshot(limit.toMillis());
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while a snapshot was written", interrupted);
            }
        }
    }

    /** Takes one on the executor. */
    void takeByTime() {
        try {
            executor.execute(() -> {
                try {
                    take(config.snapshots().interval(), () -> {});
                } catch (IOException failure) {
                    LOG.warn("no snapshot by time peer={}", config.id(), failure);
                }
            });
        } catch (RejectedExecutionException busy) {
            LOG.info("snapshot by time put off, state is being sent peer={}", config.id());
        }
    }
}
