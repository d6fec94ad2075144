package dev.quoin.dlm.core;

import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The state as records of bytes, big-endian. Each value begins with its version, now 1.
 *
 * <pre>
 * table      key                      value after the version
 * META       0                        nextSession 8, nextLock 8, nextToken 8, nextTicket 8, revision 8, clock 8
 * META       1, number 4              policy 1 (0 release, 1 hold until fenced), name text
 * SESSIONS   id 8                     nonce 16, lease ms 8, ended 1, last sequence 8, node text, count 4,
 *                                     then for each result: sequence 8, result
 * LOCKS      id 8                     session 8, lockspace 4, listens 1, granted 1, wanted 1 (mode or 255), token 8,
 *                                     ticket 8, request 8, leaves 1 [value block], resource name bytes
 * RESOURCES  lockspace 4, name        value block
 * REGISTRY   key in UTF-8             revision 8, value
 * </pre>
 *
 * Texts and byte strings are length 4 and bytes; value blocks and results are as in {@code ResultImages}.
 */
public final class StateImages {

    static final int VERSION = 1;
    private static final byte[] COUNTERS_KEY = {0};

    private StateImages() {}

    /** Writes everything, in an order that depends on the state alone. */
    public static void writeAll(LockCore core, StateSink sink) {
        sink.put(Table.META, COUNTERS_KEY, counters(core));
        for (LockspaceState space : core.locks.spaces) {
            sink.put(Table.META, key(space), image(space));
        }
        for (SessionState session : core.sessions.values()) {
            sink.put(Table.SESSIONS, key(session.id), image(session));
        }
        for (LockState lock : new TreeMap<>(core.locks.locks).values()) {
            sink.put(Table.LOCKS, key(lock.id), image(lock));
        }
        for (LockspaceState space : core.locks.spaces) {
            for (Resource resource : new TreeMap<>(space.resources).values()) {
                if (!resource.value.equals(ValueBlock.EMPTY)) {
                    sink.put(Table.RESOURCES, key(space.id, resource.name.bytes()), image(resource));
                }
            }
        }
        for (Map.Entry<String, RegistryTable.Versioned> entry : core.registry.entries.entrySet()) {
            sink.put(Table.REGISTRY, key(entry.getKey()), image(entry.getValue()));
        }
    }

    /** Writes what has changed since the last call, or since the state was made or loaded. */
    public static void writeChanges(LockCore core, StateSink sink) {
        sink.put(Table.META, COUNTERS_KEY, counters(core));
        ChangeTracker changes = core.changes;
        for (int id : changes.lockspaces) {
            LockspaceState space = core.locks.spaces.get(id);
            sink.put(Table.META, key(space), image(space));
        }
        for (long id : changes.sessions) {
            SessionState session = core.sessions.get(id);
            if (session == null) {
                sink.delete(Table.SESSIONS, key(id));
            } else {
                session.persisted = true;
                sink.put(Table.SESSIONS, key(id), image(session));
            }
        }
        for (long id : changes.locks) {
            LockState lock = core.locks.locks.get(id);
            if (lock == null) {
                sink.delete(Table.LOCKS, key(id));
            } else {
                lock.persisted = true;
                sink.put(Table.LOCKS, key(id), image(lock));
            }
        }
        for (ChangeTracker.ResourceKey changed : changes.resources) {
            byte[] key = key(changed.lockspace(), changed.name().bytes());
            Resource resource =
                    core.locks.spaces.get(changed.lockspace()).resources.get(changed.name());
            if (resource == null || resource.value.equals(ValueBlock.EMPTY)) {
                sink.delete(Table.RESOURCES, key);
            } else {
                resource.persisted = true;
                sink.put(Table.RESOURCES, key, image(resource));
            }
        }
        for (String changed : changes.keys) {
            RegistryTable.Versioned versioned = core.registry.entries.get(changed);
            if (versioned == null) {
                sink.delete(Table.REGISTRY, key(changed));
            } else {
                sink.put(Table.REGISTRY, key(changed), image(versioned));
            }
        }
        changes.clear();
    }

    /** A number that is equal for equal states, and for different ones almost never: two CRC32C over all records. */
    public static long digest(LockCore core) {
        CRC32C keys = new CRC32C();
        CRC32C values = new CRC32C();
        writeAll(core, new StateSink() {
            @Override
            public void put(Table table, byte[] key, byte[] value) {
                keys.update(table.ordinal());
                keys.update(key);
                values.update(value);
            }

            @Override
            public void delete(Table table, byte[] key) {
                throw new IllegalStateException("a full image deletes nothing");
            }
        });
        return keys.getValue() << 32 | values.getValue();
    }

    private static byte[] key(long id) {
        return new ByteWriter().i64(id).done();
    }

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] key(int lockspace, byte[] name) {
        return new ByteWriter().i32(lockspace).raw(name).done();
    }

    private static byte[] key(LockspaceState space) {
        return new ByteWriter().u8(1).i32(space.id).done();
    }

    private static ByteWriter value() {
        return new ByteWriter().u8(VERSION);
    }

    private static byte[] counters(LockCore core) {
        return value().i64(core.nextSession)
                .i64(core.locks.nextLock)
                .i64(core.locks.nextToken)
                .i64(core.locks.nextTicket)
                .i64(core.registry.revision)
                .i64(core.clock)
                .done();
    }

    private static byte[] image(LockspaceState space) {
        return value().u8(space.policy == SessionEndPolicy.RELEASE ? 0 : 1)
                .text(space.name)
                .done();
    }

    private static byte[] image(SessionState session) {
        ByteWriter to = value().i64(session.nonce.getMostSignificantBits())
                .i64(session.nonce.getLeastSignificantBits())
                .i64(session.leaseMillis)
                .bool(session.ended)
                .i64(session.lastSequence)
                .text(session.node)
                .i32(session.results.size());
        session.results.forEach((sequence, result) -> ResultImages.write(to.i64(sequence), result));
        return to.done();
    }

    private static byte[] image(LockState lock) {
        ByteWriter to = value().i64(lock.session.id)
                .i32(lock.resource.space.id)
                .bool(lock.listens)
                .mode(lock.granted)
                .mode(lock.wanted)
                .i64(lock.token)
                .i64(lock.ticket)
                .i64(lock.request)
                .bool(lock.leaves != null);
        if (lock.leaves != null) {
            to.value(lock.leaves);
        }
        return to.bytes(lock.resource.name.bytes()).done();
    }

    private static byte[] image(Resource resource) {
        return value().value(resource.value).done();
    }

    private static byte[] image(RegistryTable.Versioned versioned) {
        return value().i64(versioned.revision()).raw(versioned.value()).done();
    }
}
