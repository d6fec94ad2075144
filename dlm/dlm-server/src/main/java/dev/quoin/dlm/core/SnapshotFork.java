package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ResourceName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot that is written in pieces while the state goes on changing: what has changed since the last snapshot, as it was when
 * this one began. A thing that is about to change before its turn has its record taken first.
 *
 * <p>It belongs to the state and is guarded by whatever guards that; each call is short.
 */
public final class SnapshotFork {

    /**
     * A record of the snapshot.
     *
     * @param value null if the snapshot is to have none under this key
     */
    public record Saved(Table table, byte[] key, byte @Nullable [] value) {

        /** Hands it over. */
        public void into(StateSink sink) {
            if (value == null) {
                sink.delete(table, key);
            } else {
                sink.put(table, key, value);
            }
        }
    }

    private final LockCore core;
    private final ChangeSet changed;
    private final Deque<Saved> saved = new ArrayDeque<>();

    SnapshotFork(LockCore core, ChangeSet changed) {
        this.core = core;
        this.changed = changed;
        save(Table.META, StateImages.COUNTERS_KEY, StateImages.counters(core));
    }

    /**
     * Takes some of what is left, for the caller to write when nothing is guarded any more: a store may take its time.
     *
     * @param records about how many
     * @return none if nothing is left
     */
    public List<Saved> take(int records) {
        int left = Math.max(0, records - saved.size());
        left -= changed.lockspaces.take(left, this::lockspace);
        left -= changed.sessions.take(left, this::session);
        left -= changed.locks.take(left, this::lock);
        left -= changed.resources.take(left, this::resource);
        left -= changed.ranges.take(left, this::ranges);
        changed.keys.take(left, this::key);
        List<Saved> some = new ArrayList<>(records);
        while (!saved.isEmpty() && some.size() < records) {
            some.add(saved.removeFirst());
        }
        return some;
    }

    /** All names that the snapshot is about, written or not. */
    ChangeSet changed() {
        return changed;
    }

    private void save(Table table, byte[] key, byte @Nullable [] value) {
        saved.add(new Saved(table, key, value));
    }

    boolean covers(ChangeSet.ResourceKey key) {
        return changed.resources.contains(key);
    }

    boolean covers(ChangeSet.RangesKey key) {
        return changed.ranges.contains(key);
    }

    void before(SessionState session) {
        if (changed.sessions.take(session.id)) {
            session(session.id);
        }
    }

    void before(LockState lock) {
        if (changed.locks.take(lock.id)) {
            lock(lock.id);
        }
    }

    void before(ChangeSet.ResourceKey key, Resource resource) {
        if (changed.resources.take(key)) {
            save(key, resource);
        }
    }

    void before(ChangeSet.RangesKey key, RangeFile file) {
        if (changed.ranges.take(key)) {
            save(key, file);
        }
    }

    void before(String key) {
        if (changed.keys.take(key)) {
            key(key);
        }
    }

    private void lockspace(int id) {
        LockspaceState space = core.locks.spaces.get(id);
        save(Table.META, StateImages.key(space), StateImages.image(space));
    }

    private void session(long id) {
        SessionState session = core.sessions.get(id);
        if (session != null) {
            session.persisted = true;
        }
        save(Table.SESSIONS, StateImages.key(id), session == null ? null : StateImages.image(session));
    }

    private void lock(long id) {
        LockState lock = core.locks.locks.get(id);
        if (lock != null) {
            lock.persisted = true;
        }
        save(Table.LOCKS, StateImages.key(id), lock == null ? null : StateImages.image(lock));
    }

    private void resource(ChangeSet.ResourceKey key) {
        Resource found = null;
        LockspaceState space = core.locks.spaces.get(key.lockspace());
        for (ResourceName name : key.path()) {
            found = (found == null ? space.resources : found.children()).get(name);
            if (found == null) {
                break;
            }
        }
        save(key, found);
    }

    private void save(ChangeSet.ResourceKey key, @Nullable Resource resource) {
        byte[] image = resource == null ? null : StateImages.image(resource);
        if (resource != null) {
            resource.persisted |= image != null;
        }
        save(Table.RESOURCES, StateImages.key(key), image);
    }

    private void ranges(ChangeSet.RangesKey key) {
        save(key, core.locks.spaces.get(key.lockspace()).rangeFiles.get(key.name()));
    }

    private void save(ChangeSet.RangesKey key, @Nullable RangeFile file) {
        byte[] image = file == null ? null : StateImages.image(file);
        if (file != null) {
            file.persisted |= image != null;
        }
        save(Table.RANGES, StateImages.key(key.lockspace(), key.name().bytes()), image);
    }

    private void key(String key) {
        RegistryTable.Versioned versioned = core.registry.entries.get(key);
        save(Table.REGISTRY, StateImages.key(key), versioned == null ? null : StateImages.image(versioned));
    }
}
