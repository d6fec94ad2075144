package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.connection.Task.State;
import dev.quoin.iscsi.session.CommandWindow;
import dev.quoin.iscsi.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a connection that were not answered at once. The connection's thread adds and aborts; any thread ends.
 *
 * <p>The command window bounds the counted ones, {@link #IMMEDIATE_MAX} the others.
 */
final class TaskSet {

    /** The most commands with the immediate bit that may be open at once. */
    static final int IMMEDIATE_MAX = 32;

    private final ConcurrentHashMap<Integer, Task> tasks = new ConcurrentHashMap<>();
    private final AtomicInteger immediate = new AtomicInteger();
    private final AtomicInteger unsettled = new AtomicInteger();

    /** Ordered ones among them. */
    private final AtomicInteger ordered = new AtomicInteger();

    private final Runnable wakeup;
    private long arrivals;
    private final CommandWindow window;
    private final Budget budget;
    private final BufferPool pool;

    /**
     * An empty set.
     *
     * @param wakeup makes the connection's thread look at tasks that waited for others
     */
    TaskSet(CommandWindow window, Budget budget, BufferPool pool, Runnable wakeup) {
        this.wakeup = wakeup;
        this.window = window;
        this.budget = budget;
        this.pool = pool;
    }

    boolean isEmpty() {
        return tasks.isEmpty();
    }

    /** The open task of a tag, or null. */
    @Nullable Task get(int tag) {
        return tasks.get(tag);
    }

    /** Whether another command with the immediate bit may be opened. */
    boolean immediateHasRoom() {
        return immediate.get() < IMMEDIATE_MAX;
    }

    /** Whether every task that was added has been answered or aborted, with the answer handed to the output. */
    boolean isSettled() {
        return unsettled.get() == 0;
    }

    /** Whether a command of this order may be done at once, before it is a task. Connection's thread only. */
    boolean mayRunNow(Task.Order order) {
        return switch (order) {
            case SIMPLE -> ordered.get() == 0;
            case ORDERED -> tasks.isEmpty();
            case HEAD_OF_QUEUE -> true;
        };
    }

    /**
     * Takes bytes of the budget for a task. Later tasks may hold all of it and wait for an earlier one, if there are ordered ones: the
     * earliest gets what it needs. Connection's thread only.
     */
    boolean hold(Task task, long bytes) {
        if (budget.hold(bytes)) {
            return true;
        }
        boolean isEarliest =
                ordered.get() > 0 && tasks.values().stream().noneMatch(other -> other.arrived() < task.arrived());
        if (isEarliest) {
            budget.force(bytes);
        }
        return isEarliest;
    }

    /** Whether none of the tasks that came before holds this one up. Connection's thread only. */
    boolean mayRun(Task task) {
        if (task.order() == Task.Order.HEAD_OF_QUEUE || ordered.get() == 0) {
            return true;
        }
        boolean behindAll = task.order() == Task.Order.ORDERED;
        return tasks.values().stream()
                .noneMatch(other -> other.arrived() < task.arrived()
                        && other.served().equals(task.served())
                        && (behindAll || other.order() == Task.Order.ORDERED));
    }

    void add(Task task) {
        task.arrived(arrivals++);
        if (task.order() == Task.Order.ORDERED) {
            ordered.incrementAndGet();
        }
        unsettled.incrementAndGet();
        tasks.put(task.tag(), task);
        if (!task.counted()) {
            immediate.incrementAndGet();
        }
    }

    /**
     * Ends a task: gives back what it holds, and answers it unless it was aborted.
     *
     * @param answer hands the answer to the output
     * @return whether it was answered
     */
    boolean end(Task task, Runnable answer) {
        boolean wanted = task.move(State.RUNNING, State.DONE) || task.move(State.WAITING, State.DONE);
        forget(task);
        if (wanted) {
            answer.run();
        }
        unsettled.decrementAndGet();
        return wanted;
    }

    private void forget(Task task) {
        tasks.remove(task.tag(), task);
        if (task.counted()) {
            window.end();
        } else {
            immediate.decrementAndGet();
        }
        if (task.buffer() != null) {
            pool.give(task.buffer());
            task.buffer(null);
        }
        budget.release(task.held());
        task.held(0);
        boolean othersMayWait = ordered.get() > 0;
        if (task.order() == Task.Order.ORDERED) {
            ordered.decrementAndGet();
        }
        if (othersMayWait) {
            wakeup.run();
        }
    }

    /**
     * Aborts a task without an answer. Connection's thread only.
     *
     * @return completes when the device has done with it
     */
    CompletableFuture<?> abort(Task task) {
        if (task.move(State.WAITING, State.ABORTED)) {
            forget(task);
            unsettled.decrementAndGet();
            return CompletableFuture.completedFuture(null);
        }
        // Who completes a running task finds it aborted and gives back what it holds.
        task.move(State.RUNNING, State.ABORTED);
        return task.running();
    }

    /**
     * Aborts the tasks of a unit without answers. Connection's thread only.
     *
     * @param unit a number, or {@link Session#ALL_UNITS}
     */
    CompletableFuture<Void> abortAll(int unit) {
        List<CompletableFuture<?>> running = new ArrayList<>();
        for (Task task : tasks.values()) {
            if (unit == Session.ALL_UNITS || task.unit().number() == unit) {
                running.add(abort(task).exceptionally(failure -> null));
            }
        }
        return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new));
    }

    /** Aborts the tasks that wait for data, which will not come any more. Connection's thread only. */
    void abortWaiting() {
        tasks.values().stream().filter(t -> t.state() == State.WAITING).forEach(this::abort);
    }
}
