package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ResourceName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot that is written in pieces while the state goes on changing: what has changed since the last snapshot, as it was when
 * this one began. A thing that is about to change before its turn has its record taken first.
 *
 * <p>It belongs to the state and is guarded by whatever guards that; each call is short.
 */
public final class SnapshotFork {

    private record Saved(Table table, byte[] key, byte @Nullable [] value) {}

    private final LockCore core;
    private final ChangeSet pending;
    private final ChangeSet taken = new ChangeSet();
    private final Deque<Saved> saved = new ArrayDeque<>();

    SnapshotFork(LockCore core, ChangeSet pending) {
        this.core = core;
        this.pending = pending;
        save(Table.META, StateImages.COUNTERS_KEY, StateImages.counters(core));
    }

    /**
     * Writes some of what is left.
     *
     * @param records about how many
     * @return whether more is left
     */
    public boolean writeSome(StateSink sink, int records) {
        int left = records;
        while (left > 0 && !saved.isEmpty()) {
            drain(sink);
            left--;
        }
        left -= take(pending.lockspaces, this::lockspace, left);
        left -= take(pending.sessions, this::session, left);
        left -= take(pending.locks, this::lock, left);
        left -= take(pending.resources, this::resource, left);
        left -= take(pending.ranges, this::ranges, left);
        take(pending.keys, this::key, left);
        while (!saved.isEmpty() && left > 0) {
            drain(sink);
            left--;
        }
        return !saved.isEmpty() || pending.size() > 0;
    }

    private void drain(StateSink sink) {
        Saved record = saved.removeFirst();
        if (record.value() == null) {
            sink.delete(record.table(), record.key());
        } else {
            sink.put(record.table(), record.key(), record.value());
        }
    }

    private static <T> int take(Set<T> names, Consumer<T> taker, int most) {
        int count = 0;
        Iterator<T> iterator = names.iterator();
        while (count < most && iterator.hasNext()) {
            taker.accept(iterator.next());
            iterator.remove();
            count++;
        }
        return count;
    }

    /** How many records are left, about. */
    public int left() {
        return saved.size() + pending.size();
    }

    /** All names that the snapshot is about, written or not. */
    ChangeSet all() {
        ChangeSet all = new ChangeSet();
        all.addAll(pending);
        all.addAll(taken);
        return all;
    }

    private void save(Table table, byte[] key, byte @Nullable [] value) {
        saved.add(new Saved(table, key, value));
    }

    boolean covers(ChangeSet.ResourceKey key) {
        return pending.resources.contains(key) || taken.resources.contains(key);
    }

    boolean covers(ChangeSet.RangesKey key) {
        return pending.ranges.contains(key) || taken.ranges.contains(key);
    }

    void before(SessionState session) {
        if (pending.sessions.remove(session.id)) {
            session(session.id);
        }
    }

    void before(LockState lock) {
        if (pending.locks.remove(lock.id)) {
            lock(lock.id);
        }
    }

    void before(ChangeSet.ResourceKey key, Resource resource) {
        if (pending.resources.remove(key)) {
            save(key, resource);
        }
    }

    void before(ChangeSet.RangesKey key, RangeFile file) {
        if (pending.ranges.remove(key)) {
            save(key, file);
        }
    }

    void before(String key) {
        if (pending.keys.remove(key)) {
            key(key);
        }
    }

    private void lockspace(int id) {
        taken.lockspaces.add(id);
        LockspaceState space = core.locks.spaces.get(id);
        save(Table.META, StateImages.key(space), StateImages.image(space));
    }

    private void session(long id) {
        taken.sessions.add(id);
        SessionState session = core.sessions.get(id);
        if (session != null) {
            session.persisted = true;
        }
        save(Table.SESSIONS, StateImages.key(id), session == null ? null : StateImages.image(session));
    }

    private void lock(long id) {
        taken.locks.add(id);
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
        taken.resources.add(key);
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
        taken.ranges.add(key);
        byte[] image = file == null ? null : StateImages.image(file);
        if (file != null) {
            file.persisted |= image != null;
        }
        save(Table.RANGES, StateImages.key(key.lockspace(), key.name().bytes()), image);
    }

    private void key(String key) {
        taken.keys.add(key);
        RegistryTable.Versioned versioned = core.registry.entries.get(key);
        save(Table.REGISTRY, StateImages.key(key), versioned == null ? null : StateImages.image(versioned));
    }
}
