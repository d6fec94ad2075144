package dev.quoin.raid;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Makes rebuild and scrub of an array keep to their {@link Pace}, and measures for it how long users wait meanwhile.
 *
 * <p>Requests are measured only while such work runs. Any thread; the lock guards the pace.
 */
final class Throttle {

    /** Of a request that is not measured. */
    static final long NOT_MEASURED = Long.MIN_VALUE;

    /** Time. */
    @FunctionalInterface
    interface Time {

        /** The one of the machine. */
        Time SYSTEM = System::nanoTime;

        /** Monotonic, in nanoseconds. */
        long nanos();

        /** Lets so much time pass at once, which only that of a simulation can do. */
        default boolean skip(long nanos) {
            return false;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final LongAdder requests = new LongAdder();
    private final LongAdder slow = new LongAdder();
    private final AtomicInteger works = new AtomicInteger();
    private volatile Time time = Time.SYSTEM;
    private volatile long boundNanos;
    private Pace pace;

    Throttle() {
        this.pace = new Pace(WorkLimits.DEFAULT, time.nanos());
        this.boundNanos = WorkLimits.DEFAULT.latencyBound().toNanos();
    }

    /** Goes by another time from now on. */
    void time(Time other) {
        lock.lock();
        try {
            time = other;
            pace = new Pace(pace.limits(), other.nanos());
        } finally {
            lock.unlock();
        }
    }

    WorkLimits limits() {
        lock.lock();
        try {
            return pace.limits();
        } finally {
            lock.unlock();
        }
    }

    /** Puts limits in force at once, for work that waits too. */
    void limits(WorkLimits limits) {
        lock.lock();
        try {
            pace.limits(limits, time.nanos());
            boundNanos = limits.latencyBound().toNanos();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The bytes a second that are allowed now. */
    long rate() {
        lock.lock();
        try {
            return pace.rate();
        } finally {
            lock.unlock();
        }
    }

    /** Begins to measure requests. */
    void workBegins() {
        works.incrementAndGet();
    }

    /** Ends what {@link #workBegins} began. */
    void workEnds() {
        works.decrementAndGet();
    }

    /** When a request of a user begins. */
    long requestBegins() {
        return works.get() == 0 ? NOT_MEASURED : time.nanos();
    }

    /** Counts a request when it ends. */
    CompletableFuture<Void> measured(long began, CompletableFuture<Void> request) {
        if (began != NOT_MEASURED) {
            // The request itself is returned: a stage behind it would wrap its failure.
            request.whenComplete((nothing, failure) -> answered(began));
        }
        return request;
    }

    private void answered(long began) {
        requests.increment();
        if (time.nanos() - began > boundNanos) {
            slow.increment();
        }
    }

    /** How many units to do in the next step. */
    int step(long unitBytes, int most) {
        lock.lock();
        try {
            return pace.step(unitBytes, most);
        } finally {
            lock.unlock();
        }
    }

    /** Says that work was done. */
    void spent(long bytes) {
        lock.lock();
        try {
            pace.answered(requests.sumThenReset(), slow.sumThenReset());
            pace.spent(bytes, time.nanos());
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the next step may begin, or the work is to stop, of which {@link #wake} tells. Blocking. */
    void await(BooleanSupplier stopped) {
        lock.lock();
        try {
            while (!stopped.getAsBoolean()) {
                pace.answered(requests.sumThenReset(), slow.sumThenReset());
                long delay = pace.delay(time.nanos());
                if (delay == 0) {
                    return;
                }
                // Not longer than until the requests are looked at again.
                long pause = Math.min(delay, Pace.INTERVAL_NANOS);
                if (!time.skip(pause)) {
                    changed.await(pause, TimeUnit.NANOSECONDS);
                }
            }
        } catch (InterruptedException interrupted) {
            // Nobody interrupts this work; who did wants it to hurry.
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Makes those who wait see whether they are to stop. */
    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
