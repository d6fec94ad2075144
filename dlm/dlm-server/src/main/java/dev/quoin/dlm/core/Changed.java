package dev.quoin.dlm.core;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The names of changed records of one table: first gathered, then taken, each once. To take one neither moves nor makes anything
 * that outlives it: with a million names that would be work for the collector while somebody waits.
 */
final class Changed<N> {

    /** Each name, and whether it has been taken. */
    private final Map<N, Boolean> taken = new HashMap<>();

    private @Nullable Iterator<Map.Entry<N, Boolean>> rest;

    /** Not after the first was taken. */
    void add(N name) {
        taken.put(name, false);
    }

    /** Not after the first was taken. */
    void addAll(Changed<N> other) {
        other.taken.keySet().forEach(this::add);
    }

    /** Not after the first was taken. */
    void remove(N name) {
        taken.remove(name);
    }

    /** Whether it is among them, taken or not. */
    boolean contains(N name) {
        return taken.containsKey(name);
    }

    boolean isEmpty() {
        return taken.isEmpty();
    }

    /** Takes this one before its turn; false if it is not among them or was taken. */
    boolean take(N name) {
        return taken.replace(name, false, true);
    }

    /**
     * Takes some of those that are left.
     *
     * @return how many
     */
    int take(int most, Consumer<N> taker) {
        Iterator<Map.Entry<N, Boolean>> left = rest == null ? taken.entrySet().iterator() : rest;
        rest = left;
        int count = 0;
        while (count < most && left.hasNext()) {
            Map.Entry<N, Boolean> next = left.next();
            if (!next.getValue()) {
                next.setValue(true);
                taker.accept(next.getKey());
                count++;
            }
        }
        return count;
    }
}
