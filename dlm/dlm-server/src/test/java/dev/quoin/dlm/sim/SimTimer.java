package dev.quoin.dlm.sim;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A timer by the clock of a node. */
final class SimTimer extends AbstractExecutorService implements ScheduledExecutorService {

    private final SimNode node;
    private boolean shutdown;

    SimTimer(SimNode node) {
        this.node = node;
    }

    private static final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {
        Task(Callable<V> task) {
            super(task);
        }

        /** Runs, and can be run again. */
        boolean again() {
            return runAndReset();
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException();
        }
    }

    @Override
    public void execute(Runnable command) {
        schedule(command, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return schedule(
                () -> {
                    command.run();
                    return true;
                },
                delay,
                unit);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        Task<V> task = new Task<>(callable);
        node.after(unit.toNanos(delay), "", () -> {
            if (!shutdown) {
                task.run();
                rethrow(task);
            }
        });
        return task;
    }

    /** A task that fails is a bug to be seen, not a result. */
    private static void rethrow(FutureTask<?> task) {
        if (task.isDone() && !task.isCancelled() && task.state() == java.util.concurrent.Future.State.FAILED) {
            throw new AssertionError("a task of a timer failed", task.exceptionNow());
        }
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initial, long period, TimeUnit unit) {
        return scheduleWithFixedDelay(command, initial, period, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initial, long delay, TimeUnit unit) {
        Task<Boolean> task = new Task<>(() -> {
            command.run();
            return true;
        });
        repeat(task, unit.toNanos(initial), unit.toNanos(delay));
        return task;
    }

    private void repeat(Task<Boolean> task, long nanos, long delay) {
        node.after(nanos, "", () -> {
            if (!shutdown && task.again()) {
                repeat(task, delay, delay);
            }
            rethrow(task);
        });
    }

    @Override
    public void shutdown() {
        shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown = true;
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return shutdown;
    }
}
