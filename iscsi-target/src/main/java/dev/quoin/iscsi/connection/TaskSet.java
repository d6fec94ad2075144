package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.connection.Task.State;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.session.CommandWindow;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.unit.UnitState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a session that were not answered at once. The session's thread adds and aborts; any thread ends.
 *
 * <p>The command window bounds the counted ones, {@link #IMMEDIATE_MAX} the others.
 */
final class TaskSet {

    /** The most commands with the immediate bit that may be open at once. */
    static final int IMMEDIATE_MAX = 32;

    private final ConcurrentHashMap<Integer, Task> tasks = new ConcurrentHashMap<>();

    /** They have ended, and their answers are being handed to the output. */
    private final Set<Task> leaving = ConcurrentHashMap.newKeySet();

    private final AtomicInteger immediate = new AtomicInteger();

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
     * @param wakeup makes the session's thread look at tasks that waited for others
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

    /** Whether a command of this order may be done at once, before it is a task. Session's thread only. */
    boolean mayRunNow(Task.Order order) {
        return switch (order) {
            case SIMPLE -> ordered.get() == 0;
            case ORDERED -> tasks.isEmpty() && leaving.isEmpty();
            case HEAD_OF_QUEUE -> true;
        };
    }

    /**
     * Takes bytes of the budget for a task. Later tasks may hold all of it and wait for an earlier one, if there are ordered ones: the
     * earliest gets what it needs. Session's thread only.
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

    /** Whether none of the tasks that came before holds this one up. Session's thread only. */
    boolean mayRun(Task task) {
        if (task.order() == Task.Order.HEAD_OF_QUEUE || ordered.get() == 0) {
            return true;
        }
        boolean behindAll = task.order() == Task.Order.ORDERED;
        Predicate<Task> holdsUp = other -> other.arrived() < task.arrived()
                && other.served().equals(task.served())
                && (behindAll || other.order() == Task.Order.ORDERED);
        return tasks.values().stream().noneMatch(holdsUp) && leaving.stream().noneMatch(holdsUp);
    }

    void add(Task task) {
        task.arrived(arrivals++);
        if (task.order() == Task.Order.ORDERED) {
            ordered.incrementAndGet();
        }
        task.allegiance().begin();
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
        if (wanted) {
            leaving.add(task);
            // Before the answer: with it in hand the initiator may use the tag and the place in the window again.
            forget(task);
            answer.run();
            leaving.remove(task);
            task.left();
        } else if (task.isOutlived()) {
            // Who aborted it has given back what it held.
            return false;
        } else {
            forget(task);
        }
        makeWay(task);
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
    }

    /** Lets those go on that waited for a task which has ended and whose answer, if any, is handed to the output. */
    private void makeWay(Task task) {
        boolean othersMayWait = ordered.get() > 0;
        if (task.order() == Task.Order.ORDERED) {
            ordered.decrementAndGet();
        }
        if (othersMayWait) {
            wakeup.run();
        }
        task.allegiance().settle();
    }

    /**
     * Aborts a task without an answer. Session's thread only.
     *
     * @return completes when the device has done with it
     */
    CompletableFuture<?> abort(Task task) {
        if (task.move(State.WAITING, State.ABORTED)) {
            forget(task);
            makeWay(task);
            return CompletableFuture.completedFuture(null);
        }
        boolean aborted = task.move(State.RUNNING, State.ABORTED);
        if (aborted && task.isOutlived()) {
            forget(task);
            makeWay(task);
            return CompletableFuture.completedFuture(null);
        }
        // Who completes a running task finds it aborted and gives back what it holds.
        return task.givenUp();
    }

    /**
     * Aborts the tasks of a unit without answers. Session's thread only.
     *
     * @param unit a number, or {@link Session#ALL_UNITS}
     * @return completes when the devices have done with them, and the answers of those that had ended before are handed to the
     *     output: what answers the abort comes after them
     */
    CompletableFuture<Void> abortAll(int unit) {
        return abortAll(task -> unit == Session.ALL_UNITS || task.unit().number() == unit);
    }

    /** As {@link #abortAll(int)}, under whatever number they came. */
    CompletableFuture<Void> abortAll(UnitState unit) {
        return abortAll(task -> task.served().state().equals(unit));
    }

    /** As {@link #abortAll(int)}, for all tasks of a connection. */
    CompletableFuture<Void> abortAll(Allegiance allegiance) {
        return abortAll(task -> task.allegiance().equals(allegiance));
    }

    private CompletableFuture<Void> abortAll(Predicate<Task> which) {
        List<CompletableFuture<?>> running = new ArrayList<>();
        for (Task task : tasks.values()) {
            if (which.test(task)) {
                running.add(abort(task).exceptionally(failure -> null));
            }
        }
        running.add(answersLeft());
        return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new));
    }

    /**
     * Ends the tasks of a unit that are not allowed any more: those that wait end with RESERVATION CONFLICT in their turn. Session's thread
     * only.
     *
     * @param forbidden which commands are not allowed
     * @return completes when the devices have done with those that run
     */
    CompletableFuture<Void> forbid(int unit, Predicate<ScsiCommand> forbidden) {
        List<CompletableFuture<?>> running = new ArrayList<>();
        for (Task task : tasks.values()) {
            if (task.unit().number() == unit && forbidden.test(task.command())) {
                if (task.state() == State.WAITING) {
                    task.verdict(Outcomes.CONFLICT);
                } else {
                    running.add(task.running().exceptionally(failure -> null));
                }
            }
        }
        return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new));
    }

    /** Completes when the answers of all tasks that have ended so far are handed to the output. Session's thread only. */
    CompletableFuture<Void> answersLeft() {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (Task task : leaving) {
            CompletableFuture<Void> leave = task.whenLeft();
            if (leaving.contains(task)) {
                answers.add(leave);
            }
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
    }

    /** Aborts the tasks that wait for data, which will not come any more. Session's thread only. */
    void abortWaiting() {
        tasks.values().stream().filter(t -> t.state() == State.WAITING).forEach(this::abort);
    }
}
