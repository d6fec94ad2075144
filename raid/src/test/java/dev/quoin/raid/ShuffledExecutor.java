package dev.quoin.raid;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * Runs tasks on the test's thread in an order that a seed decides, or at once while {@link #inline} is set, which blocking calls
 * need.
 */
final class ShuffledExecutor implements Executor {

    private final RandomGenerator random;
    private final List<Runnable> tasks = new ArrayList<>();
    private boolean inline = true;

    ShuffledExecutor(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (tasks) {
            if (!inline) {
                tasks.add(task);
                return;
            }
        }
        task.run();
    }

    /** From now on tasks run at once; those that wait run now. */
    void inline() {
        runAll();
        synchronized (tasks) {
            inline = true;
        }
    }

    /** From now on tasks wait for {@link #runSome}. */
    void shuffle() {
        synchronized (tasks) {
            inline = false;
        }
    }

    /** Runs up to {@code count} waiting tasks, drawn at random. */
    void runSome(int count) {
        for (int i = 0; i < count; i++) {
            Runnable task;
            synchronized (tasks) {
                if (tasks.isEmpty()) {
                    return;
                }
                task = tasks.remove(random.nextInt(tasks.size()));
            }
            task.run();
        }
    }

    void runAll() {
        runSome(Integer.MAX_VALUE);
    }

    boolean isEmpty() {
        synchronized (tasks) {
            return tasks.isEmpty();
        }
    }
}
