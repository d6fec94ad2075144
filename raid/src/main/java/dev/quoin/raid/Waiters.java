package dev.quoin.raid;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Who waits for the {@link Journal} to come as far as some batch. Guarded by its lock. */
final class Waiters {

    /** Batches up to {@code target}; and up to {@code over} what was put over something without a copy, durably. */
    private record Waiter(long target, long over, Completion completion) {}

    private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();

    void add(long target, Completion completion) {
        add(target, 0, completion);
    }

    void add(long target, long over, Completion completion) {
        waiting.add(new Waiter(target, over, completion));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Whether somebody waits for a batch behind this one. */
    boolean anyBeyond(long reached) {
        return waiting.stream().anyMatch(waiter -> waiter.target > reached);
    }

    /** Whether somebody waits for what was put over something by a batch behind this one. */
    boolean anyOverBeyond(long reached) {
        return waiting.stream().anyMatch(waiter -> waiter.over > reached);
    }

    /** Takes out those who wait no longer. */
    List<Completion> take(long reached, long overReached) {
        List<Completion> completions = new ArrayList<>();
        waiting.removeIf(
                waiter -> waiter.target <= reached && waiter.over <= overReached && completions.add(waiter.completion));
        return completions;
    }
}
