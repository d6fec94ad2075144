package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The locks of a lockspace as the threads of one node share them.
 *
 * <p>What a thread asks for, the node asks for; when the last thread has left, the node keeps it, so that the next thread gets in without a
 * word to the servers. It is given up when somebody else waits for it, when it was not used for long, or when the node keeps too many. Threads
 * that do not fit together wait here, in the order in which they came; while others wait for what the node has, new threads do not go before
 * them for longer than {@link CacheOptions#minimumHold}.
 *
 * <p>Deadlocks among threads that each hold one resource and wait for another are not found: the servers know nodes only. Take resources in
 * one order, or with a limit of time.
 *
 * <p>Any number of threads may use it; virtual ones wait at no cost.
 */
public final class NodeLockCache implements AutoCloseable {

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final long CLOSE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long CLOSE_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SWEEP_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long SWEEP_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

    /** When too many locks are kept, so many of a hundred go at once: looking for the oldest takes time. */
    private static final int SPARE_PERCENT = 5;

    private final Lockspace space;
    private final CacheOptions options;
    private final CacheOwner owner;
    private final String name = "dlm-client-cache-" + COUNT.incrementAndGet();
    private final Executor threads = task -> Thread.ofVirtual().name(name).start(task);
    private final ScheduledThreadPoolExecutor timer;
    private final ConcurrentHashMap<ResourceName, CachedLock> locks = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean sweeping = new AtomicBoolean();
    private volatile boolean closed;

    /**
     * A cache of the locks of {@code space}, which should be its user's alone: what it asks for it keeps.
     *
     * @param owner told before and after the node's modes change
     */
    public NodeLockCache(Lockspace space, CacheOptions options, CacheOwner owner) {
        this.space = space;
        this.options = options;
        this.owner = owner;
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name(name + "-timer").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
        long sweep = Math.clamp(options.idle().toNanos() / 4, SWEEP_NANOS_MIN, SWEEP_NANOS_MAX);
        timer.scheduleWithFixedDelay(this::sweepSoon, sweep, sweep, TimeUnit.NANOSECONDS);
    }

    /** Gets a hold if the node has it at hand, else null. Does not block. */
    public @Nullable LocalHold tryAcquire(ResourceName resource, LockMode mode) {
        CachedLock lock = locks.get(resource);
        return lock == null ? null : lock.tryEnter(mode);
    }

    /** Gets a hold, waiting for other threads and other nodes as long as it takes; an interrupt ends the wait. Blocking. */
    public CacheOutcome acquire(ResourceName resource, LockMode mode) {
        LocalHold hold = tryAcquire(resource, mode);
        return hold != null ? hold : acquireSlowly(resource, mode, null);
    }

    /**
     * As {@link #acquire(ResourceName, LockMode)} with a limit.
     *
     * @param wait how long to wait at most
     */
    public CacheOutcome acquire(ResourceName resource, LockMode mode, Duration wait) {
        LocalHold hold = tryAcquire(resource, mode);
        return hold != null ? hold : acquireSlowly(resource, mode, System.nanoTime() + wait.toNanos());
    }

    private CacheOutcome acquireSlowly(ResourceName resource, LockMode mode, @Nullable Long deadline) {
        while (true) {
            CachedLock lock = lock(resource);
            if (lock == null) {
                return refusal(resource);
            }
            CachedLock.Waiter waiter = lock.ask(mode);
            if (waiter == null) {
                continue;
            }
            CacheOutcome outcome = await(lock, waiter, deadline);
            if (outcome != null) {
                return outcome;
            }
        }
    }

    private static @Nullable CacheOutcome await(CachedLock lock, CachedLock.Waiter waiter, @Nullable Long deadline) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return deadline == null || waiter.outcome.isDone()
                            ? waiter.outcome.get()
                            : waiter.outcome.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (TimeoutException late) {
                    lock.withdraw(waiter, new LockOutcome.TimedOut());
                } catch (InterruptedException interrupt) {
                    interrupted = true;
                    lock.withdraw(waiter, new LockOutcome.Cancelled());
                } catch (ExecutionException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Gets a hold without blocking. Cancelling the future ends the wait. */
    public CompletableFuture<CacheOutcome> acquireAsync(ResourceName resource, LockMode mode) {
        CompletableFuture<CacheOutcome> future = new CompletableFuture<>();
        acquireInto(future, resource, mode);
        return future;
    }

    private void acquireInto(CompletableFuture<CacheOutcome> future, ResourceName resource, LockMode mode) {
        LocalHold hold = tryAcquire(resource, mode);
        if (hold != null) {
            future.complete(hold);
            return;
        }
        CachedLock lock = lock(resource);
        if (lock == null) {
            future.complete(refusal(resource));
            return;
        }
        CachedLock.Waiter waiter = lock.ask(mode);
        if (waiter == null) {
            threads.execute(() -> acquireInto(future, resource, mode));
            return;
        }
        waiter.outcome.thenAcceptAsync(
                outcome -> {
                    if (outcome == null) {
                        if (!future.isDone()) {
                            acquireInto(future, resource, mode);
                        }
                    } else if (!future.complete(outcome) && outcome instanceof LocalHold unwanted) {
                        unwanted.close();
                    }
                },
                threads);
        future.whenComplete((outcome, failure) -> {
            if (failure instanceof CancellationException) {
                lock.withdraw(waiter, new LockOutcome.Cancelled());
            }
        });
    }

    /** The lock of a resource, made if need be; null if there are too many, or the cache is closed. */
    private @Nullable CachedLock lock(ResourceName resource) {
        CachedLock known = locks.get(resource);
        if (known != null || closed) {
            return known;
        }
        if (size.get() >= CacheOptions.RESOURCES_MAX) {
            return null;
        }
        CachedLock made = new CachedLock(this, resource);
        CachedLock earlier = locks.putIfAbsent(resource, made);
        if (earlier != null) {
            return earlier;
        }
        if (size.incrementAndGet() > options.keptMax()) {
            sweepSoon();
        }
        if (closed) {
            // Whoever closes has not seen it.
            made.shut();
        }
        return made;
    }

    private CacheOutcome refusal(ResourceName resource) {
        return new CacheOutcome.NotHeld(
                closed
                        ? new LockOutcome.Cancelled()
                        : new LockOutcome.Denied(CacheOptions.RESOURCES_MAX
                                + " resources are in use or kept by this node already, none is free for " + resource));
    }

    /** How many resources are in use or kept. */
    public int size() {
        return size.get();
    }

    // ------------------------------------------------------------ giving up what is not needed

    private void sweepSoon() {
        if (sweeping.compareAndSet(false, true)) {
            threads.execute(() -> {
                try {
                    sweep();
                } finally {
                    sweeping.set(false);
                }
            });
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        long idle = options.idle().toNanos();
        for (CachedLock lock : locks.values()) {
            if (now - lock.usedNanos() > idle && lock.isIdle()) {
                lock.giveUpIfIdle();
            }
        }
        int excess = size.get() - options.keptMax();
        if (excess <= 0) {
            return;
        }
        record Used(long nanos, CachedLock lock) {}
        List<Used> unused = new ArrayList<>();
        for (CachedLock lock : locks.values()) {
            if (lock.isIdle()) {
                unused.add(new Used(now - lock.usedNanos(), lock));
            }
        }
        unused.sort(Comparator.comparingLong(Used::nanos).reversed());
        int left = excess + options.keptMax() * SPARE_PERCENT / 100;
        for (Used oldest : unused) {
            if (left == 0) {
                return;
            }
            if (oldest.lock.giveUpIfIdle()) {
                left--;
            }
        }
    }

    // ------------------------------------------------------------ for the locks

    Lockspace space() {
        return space;
    }

    CacheOwner owner() {
        return owner;
    }

    long minimumHoldNanos() {
        return options.minimumHold().toNanos();
    }

    void start(Runnable task) {
        threads.execute(task);
    }

    void later(Runnable task, long nanos) {
        try {
            timer.schedule(() -> threads.execute(task), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException over) {
            // The cache is closed, and what it still holds ends with the session.
        }
    }

    void forget(CachedLock lock) {
        if (locks.remove(lock.resource(), lock)) {
            size.decrementAndGet();
        }
    }

    /**
     * Lets no thread in any more, ends the waits of those who wait, and gives up what is not in use. Waits up to 5 s for threads to leave and for
     * the owner; what is still held then ends with the session. Idempotent.
     */
    @Override
    public void close() {
        closed = true;
        locks.values().forEach(CachedLock::shut);
        long from = System.nanoTime();
        while (!locks.isEmpty()
                && System.nanoTime() - from < CLOSE_WAIT_NANOS
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(CLOSE_LOOK_NANOS);
        }
        timer.shutdownNow();
    }
}
