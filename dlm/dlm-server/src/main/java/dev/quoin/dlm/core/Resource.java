package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A resource that somebody has a lock on, with its three queues, its value block and the resources of sub-locks. */
final class Resource {

    static final LockMode[] MODES = LockMode.values();

    final LockspaceState space;

    /** The resource of the parent locks, null for a root. */
    final @Nullable Resource parent;

    final ResourceName name;
    ValueBlock value = ValueBlock.EMPTY;

    final LockQueue granted = new LockQueue();
    final LockQueue converting = new LockQueue();
    final LockQueue waiting = new LockQueue();

    /** How many locks hold each mode, by ordinal, converting ones included. */
    private final int[] held = new int[MODES.length];

    /** How many requests wait for each mode, by ordinal. */
    private final int[] wanted = new int[MODES.length];

    private @Nullable Map<ResourceName, Resource> children;

    boolean persisted;

    Resource(LockspaceState space, @Nullable Resource parent, ResourceName name) {
        this.space = space;
        this.parent = parent;
        this.name = name;
    }

    boolean isUnused() {
        return granted.isEmpty() && converting.isEmpty() && waiting.isEmpty();
    }

    /** The map in which resources with this parent are found by their names. */
    static Map<ResourceName, Resource> siblings(LockspaceState space, @Nullable Resource parent) {
        if (parent == null) {
            return space.resources;
        }
        if (parent.children == null) {
            parent.children = new HashMap<>();
        }
        return parent.children;
    }

    Map<ResourceName, Resource> children() {
        return children == null ? Map.of() : children;
    }

    /** The names from the root to the parent. */
    List<ResourceName> parents() {
        if (parent == null) {
            return List.of();
        }
        List<ResourceName> names = new ArrayList<>();
        for (Resource above = parent; above != null; above = above.parent) {
            names.add(above.name);
        }
        Collections.reverse(names);
        return names;
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
        return allows(mode, lock.granted);
    }

    /** Whether a lock that now holds {@code own}, or none, could hold {@code mode} beside all others that hold a lock. */
    boolean allows(LockMode mode, @Nullable LockMode own) {
        for (LockMode other : MODES) {
            int others = held[other.ordinal()] - (own == other ? 1 : 0);
            if (others > 0 && !other.isCompatibleWith(mode)) {
                return false;
            }
        }
        return true;
    }
}
