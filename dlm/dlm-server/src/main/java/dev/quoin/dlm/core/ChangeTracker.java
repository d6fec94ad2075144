package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ResourceName;
import java.util.HashSet;
import java.util.Set;

/**
 * Remembers what has changed since the last snapshot, so that a snapshot writes only that. What was made and ended between two
 * snapshots leaves no trace, so the sets are bounded by the state itself and what the last snapshot holds.
 */
final class ChangeTracker {

    record ResourceKey(int lockspace, ResourceName name) {}

    /** Off where no snapshots are taken. */
    private final boolean on;

    final Set<Long> sessions = new HashSet<>();
    final Set<Long> locks = new HashSet<>();
    final Set<ResourceKey> resources = new HashSet<>();
    final Set<Integer> lockspaces = new HashSet<>();
    final Set<String> keys = new HashSet<>();

    ChangeTracker(boolean on) {
        this.on = on;
    }

    void session(SessionState session) {
        if (on) {
            sessions.add(session.id);
        }
    }

    void sessionEnded(SessionState session) {
        if (on) {
            track(sessions, session.id, session.persisted);
        }
    }

    void lock(LockState lock) {
        if (on) {
            locks.add(lock.id);
        }
    }

    void lockEnded(LockState lock) {
        if (on) {
            track(locks, lock.id, lock.persisted);
        }
    }

    void resource(Resource resource) {
        if (on) {
            resources.add(new ResourceKey(resource.space.id, resource.name));
        }
    }

    void resourceEnded(Resource resource) {
        if (on) {
            ResourceKey key = new ResourceKey(resource.space.id, resource.name);
            if (resource.persisted) {
                resources.add(key);
            } else {
                resources.remove(key);
            }
        }
    }

    /** Whether the last snapshot holds a value block under the name of a resource that is being made. */
    boolean isPersisted(Resource resource) {
        return on && !resources.isEmpty() && resources.contains(new ResourceKey(resource.space.id, resource.name));
    }

    void lockspace(LockspaceState space) {
        if (on) {
            lockspaces.add(space.id);
        }
    }

    void key(String key) {
        if (on) {
            keys.add(key);
        }
    }

    private static void track(Set<Long> set, long id, boolean persisted) {
        if (persisted) {
            set.add(id);
        } else {
            set.remove(id);
        }
    }

    void clear() {
        sessions.clear();
        locks.clear();
        resources.clear();
        lockspaces.clear();
        keys.clear();
    }
}
