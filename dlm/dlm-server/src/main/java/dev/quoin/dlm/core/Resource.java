package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.ValueBlock;

/** A resource that somebody has a lock on, with its three queues and its value block. */
final class Resource {

    final LockspaceState space;
    final ResourceName name;
    ValueBlock value = ValueBlock.EMPTY;

    final LockQueue granted = new LockQueue();
    final LockQueue converting = new LockQueue();
    final LockQueue waiting = new LockQueue();

    /** How many locks hold each mode, by ordinal, converting ones included. */
    private final int[] held = new int[LockMode.values().length];

    /** How many requests wait for each mode, by ordinal. */
    private final int[] wanted = new int[LockMode.values().length];

    boolean persisted;

    Resource(LockspaceState space, ResourceName name) {
        this.space = space;
        this.name = name;
    }

    boolean isUnused() {
        return granted.isEmpty() && converting.isEmpty() && waiting.isEmpty();
    }

    void countHeld(LockMode mode, int delta) {
        held[mode.ordinal()] += delta;
    }

    /** Counts a request and says how many now wait for {@code mode}. */
    int countWanted(LockMode mode, int delta) {
        wanted[mode.ordinal()] += delta;
        return wanted[mode.ordinal()];
    }

    /** Whether anybody but {@code lock} waits for {@code mode}. */
    boolean isWanted(LockMode mode, LockState lock) {
        return wanted[mode.ordinal()] > (lock.wanted == mode ? 1 : 0);
    }

    /** Whether {@code lock} could hold {@code mode} beside all others that hold a lock. */
    boolean allows(LockMode mode, LockState lock) {
        for (LockMode other : MODES) {
            int others = held[other.ordinal()] - (lock.granted == other ? 1 : 0);
            if (others > 0 && !other.isCompatibleWith(mode)) {
                return false;
            }
        }
        return true;
    }

    static final LockMode[] MODES = LockMode.values();
}
