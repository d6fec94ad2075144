package dev.quoin.dlm.server;

import dev.quoin.dlm.client.loop.ConnectionLoop;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Packs all that waits in one log entry. What a log costs is entries, not operations, so while entries are under way
 * everything that comes gathers for the next one; nothing waits for a timer.
 *
 * <p>Any thread may offer. What is offered is packed and proposed by the thread that reads the connections, when it has read what there
 * is, or by the one that completed the entry before.
 */
final class GroupCommit {

    /** The most operations in an entry, but for those of one frame. */
    static final int OPERATIONS_PER_ENTRY_MAX = 4_096;

    /** The most bytes in an entry, but for those of one frame. */
    static final int BYTES_PER_ENTRY_MAX = 1 << 20;

    /** Entries proposed and not applied. */
    static final int ENTRIES_IN_FLIGHT_MAX = 2;

    /** The most operations that wait; beyond it, clients are told to wait and send again. */
    static final int QUEUED_OPERATIONS_MAX = 65_536;

    /** The most bytes that wait. */
    static final long QUEUED_BYTES_MAX = 64L << 20;

    /** Keepalives need an entry as proof of leadership; alone, they wait this long for company. */
    private static final long KEEPALIVE_GATHER_MILLIS = 50;

    /**
     * Something to be put in the log.
     *
     * @param command null if only proof of leadership is wanted
     * @param outlet who waits for it, null if nobody
     * @param keepalive the number to confirm when it is applied, 0 for none
     */
    record Item(@Nullable LogCommand command, @Nullable ClientOutlet outlet, long session, long keepalive) {

        /** Whether nobody waits for it: keepalives and acknowledgements, which may gather for a while. */
        boolean isLazy() {
            return command == null
                    || (command.hasSession()
                            && command.getSession().getOperationsCount() == 0
                            && !command.getSession().getAttach());
        }

        int operations() {
            return 1 + (command == null ? 0 : command.getSession().getOperationsCount());
        }

        int bytes() {
            return command == null ? 0 : command.getSerializedSize();
        }
    }

    /** The items of one entry, for the thread that applies it. */
    record Submission(List<Item> items) {}

    private final BiFunction<LogBatch, Submission, CompletableFuture<Void>> log;
    private final java.util.function.Consumer<Submission> onFailure;
    private final ScheduledExecutorService timer;

    /** Proposes when all that came in one reading is here. */
    private final Runnable drainSoon;

    /** For the stamps of entries, in milliseconds. */
    private final LongSupplier wallClock;

    private final ConcurrentLinkedQueue<Item> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queuedOperations = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger work = new AtomicInteger();
    private final AtomicBoolean timed = new AtomicBoolean();

    GroupCommit(
            BiFunction<LogBatch, Submission, CompletableFuture<Void>> log,
            java.util.function.Consumer<Submission> onFailure,
            ScheduledExecutorService timer,
            Executor soon,
            LongSupplier wallClock) {
        this.log = log;
        this.onFailure = onFailure;
        this.timer = timer;
        this.wallClock = wallClock;
        drainSoon = ConnectionLoop.once(soon, this::drain);
    }

    /** How many operations wait to be put in an entry. */
    int queued() {
        return queuedOperations.get();
    }

    /** Takes an item, or refuses it because too much waits. Does not block. */
    boolean offer(Item item) {
        int operations = item.operations();
        int bytes = item.bytes();
        if (queuedOperations.get() + operations > QUEUED_OPERATIONS_MAX
                || queuedBytes.get() + bytes > QUEUED_BYTES_MAX) {
            return false;
        }
        queuedOperations.addAndGet(operations);
        queuedBytes.addAndGet(bytes);
        queue.add(item);
        if (item.isLazy()) {
            drainLater();
        } else {
            drainSoon.run();
        }
        return true;
    }

    private void drainLater() {
        if (timed.compareAndSet(false, true)) {
            try {
                timer.schedule(
                        () -> {
                            timed.set(false);
                            drain();
                        },
                        KEEPALIVE_GATHER_MILLIS,
                        TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closed) {
                // The peer is stopping; its clients find another.
            }
        }
    }

    private void drain() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            while (inFlight.get() < ENTRIES_IN_FLIGHT_MAX && !queue.isEmpty()) {
                proposeNext();
            }
            seen = work.addAndGet(-seen);
        } while (seen != 0);
    }

    private void proposeNext() {
        LogBatch.Builder batch =
                LogBatch.newBuilder().setVersion(Applier.LOG_VERSION).setStampMillis(wallClock.getAsLong());
        List<Item> items = new ArrayList<>();
        int operations = 0;
        long bytes = 0;
        for (Item item = queue.peek(); item != null; item = queue.peek()) {
            if (!items.isEmpty()
                    && (operations + item.operations() > OPERATIONS_PER_ENTRY_MAX
                            || bytes + item.bytes() > BYTES_PER_ENTRY_MAX)) {
                break;
            }
            queue.remove();
            operations += item.operations();
            bytes += item.bytes();
            items.add(item);
            if (item.command() != null) {
                batch.addCommands(item.command());
            }
        }
        queuedOperations.addAndGet(-operations);
        queuedBytes.addAndGet(-bytes);
        Submission submission = new Submission(items);
        inFlight.incrementAndGet();
        log.apply(batch.build(), submission).whenComplete((done, failure) -> {
            inFlight.decrementAndGet();
            if (failure != null) {
                onFailure.accept(submission);
            }
            drain();
        });
    }
}
