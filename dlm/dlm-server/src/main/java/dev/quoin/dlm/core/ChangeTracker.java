package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ValueBlock;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what has changed since the last snapshot, so that a snapshot writes only that. What was made and ended between two
 * snapshots leaves no trace, so the sets are bounded by the state itself and what the last snapshot holds.
 *
 * <p>It is told of a thing before the thing changes: a snapshot that is being written then keeps how it was.
 */
final class ChangeTracker {

    /** Off where no snapshots are taken. */
    private final boolean on;

    private ChangeSet changed = new ChangeSet();
    private @Nullable SnapshotFork fork;

    ChangeTracker(boolean on) {
        this.on = on;
    }

    /** Begins a snapshot of all that has changed; there is at most one at a time. */
    SnapshotFork fork(LockCore core) {
        if (fork != null) {
            throw new IllegalStateException("a snapshot is being written already");
        }
        SnapshotFork begun = new SnapshotFork(core, changed);
        changed = new ChangeSet();
        fork = begun;
        return begun;
    }

    /** The snapshot is durable; or it could not be written, and what it held has to be written by the next one. */
    void ended(SnapshotFork ended, boolean durable) {
        if (!ended.equals(fork)) {
            throw new IllegalStateException("another snapshot is being written");
        }
        fork = null;
        if (!durable) {
            changed.addAll(ended.changed());
        }
    }

    void session(SessionState session) {
        if (on) {
            if (fork != null) {
                fork.before(session);
            }
            changed.sessions.add(session.id);
        }
    }

    void sessionEnded(SessionState session) {
        if (on) {
            session(session);
            forgetUnlessPersisted(changed.sessions, session.id, session.persisted);
        }
    }

    void lock(LockState lock) {
        if (on) {
            if (fork != null) {
                fork.before(lock);
            }
            changed.locks.add(lock.id);
        }
    }

    void lockEnded(LockState lock) {
        if (on) {
            lock(lock);
            forgetUnlessPersisted(changed.locks, lock.id, lock.persisted);
        }
    }

    void resource(Resource resource) {
        if (on) {
            ChangeSet.ResourceKey key = ChangeSet.ResourceKey.of(resource);
            if (fork != null) {
                fork.before(key, resource);
            }
            changed.resources.add(key);
        }
    }

    void resourceEnded(Resource resource) {
        // Most resources have no value block that was ever written, and no record.
        if (on && (resource.persisted || !resource.value.equals(ValueBlock.EMPTY))) {
            resource(resource);
            forgetUnlessPersisted(changed.resources, ChangeSet.ResourceKey.of(resource), resource.persisted);
        }
    }

    /** Whether a snapshot may hold a value block under the name of a resource that is being made. */
    boolean isPersisted(Resource resource) {
        if (!on || (fork == null && changed.resources.isEmpty())) {
            return false;
        }
        ChangeSet.ResourceKey key = ChangeSet.ResourceKey.of(resource);
        return changed.resources.contains(key) || (fork != null && fork.covers(key));
    }

    void ranges(RangeFile file) {
        if (on) {
            ChangeSet.RangesKey key = ChangeSet.RangesKey.of(file);
            if (fork != null) {
                fork.before(key, file);
            }
            changed.ranges.add(key);
        }
    }

    void rangesEnded(RangeFile file) {
        if (on) {
            ranges(file);
            forgetUnlessPersisted(changed.ranges, ChangeSet.RangesKey.of(file), file.persisted);
        }
    }

    /** Whether a snapshot may hold range locks under the name of a file that is being made. */
    boolean isPersisted(RangeFile file) {
        ChangeSet.RangesKey key = ChangeSet.RangesKey.of(file);
        return on && (changed.ranges.contains(key) || (fork != null && fork.covers(key)));
    }

    void lockspace(LockspaceState space) {
        if (on) {
            changed.lockspaces.add(space.id);
        }
    }

    void key(String key) {
        if (on) {
            if (fork != null) {
                fork.before(key);
            }
            changed.keys.add(key);
        }
    }

    private static <T> void forgetUnlessPersisted(Changed<T> set, T name, boolean persisted) {
        if (!persisted) {
            set.remove(name);
        }
    }
}
