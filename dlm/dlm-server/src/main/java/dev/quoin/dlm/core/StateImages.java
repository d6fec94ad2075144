package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The state as records of bytes, big-endian. Each value begins with its version, now 2; what version 1 lacks is in braces. A newer
 * version adds fields at the end of a value and raises the number; {@link StateLoader} reads all versions from 1.
 *
 * <pre>
 * table      key                      value after the version
 * META       0                        nextSession 8, nextLock 8, nextToken 8, nextTicket 8, revision 8, clock 8
 * META       1, number 4              policy 1 (0 release, 1 hold until fenced, 2 until recovered), name text
 * SESSIONS   id 8                     nonce 16, lease ms 8, ended 1, last sequence 8, node text, count 4,
 *                                     then for each result: sequence 8, result;
 *                                     {fenced 1, opened ms 8, count 4, then broken locks 8 each}
 * LOCKS      id 8                     session 8 (0: orphan), lockspace 4, listens 1, granted 1, wanted 1 (mode or 255),
 *                                     token 8, ticket 8, request 8, leaves 1 [value block], resource name bytes;
 *                                     {parent 8 (0: none), owner 8, since ms 8, flags 1 (1 persistent, 2 demoted),
 *                                     former node text}
 * RESOURCES  lockspace 4, name        value block of a root resource
 * RESOURCES  lockspace 4 with bit 31, for each name of the path: length 1, bytes
 *                                     {value block of the resource of sub-locks}
 * REGISTRY   key in UTF-8             revision 8, value
 * RANGES     lockspace 4, name        {count 4, then for each lock held: range, token 8;
 *                                     count 4, then for each request that waits: range, request 8;
 *                                     a range is start 8, end 8, kind 1 (0 read, 1 write), session 8, owner 8}
 * </pre>
 *
 * Texts and byte strings are length 4 and bytes; value blocks and results are as in {@code ResultImages}.
 */
public final class StateImages {

    static final int VERSION = 2;
    static final byte[] COUNTERS_KEY = {0};

    /** In the number of the lockspace in a key: the name of the resource is a path. */
    static final int PATH_FLAG = 1 << 31;

    static final int PERSISTENT = 1;
    static final int DEMOTED = 2;

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
            writeResources(space.resources, sink);
        }
        for (Map.Entry<String, RegistryTable.Versioned> entry : core.registry.entries.entrySet()) {
            sink.put(Table.REGISTRY, key(entry.getKey()), image(entry.getValue()));
        }
        for (LockspaceState space : core.locks.spaces) {
            for (RangeFile file : new TreeMap<>(space.rangeFiles).values()) {
                byte[] image = image(file);
                if (image != null) {
                    sink.put(Table.RANGES, key(space.id, file.name.bytes()), image);
                }
            }
        }
    }

    private static void writeResources(Map<ResourceName, Resource> resources, StateSink sink) {
        for (Resource resource : new TreeMap<>(resources).values()) {
            byte[] image = image(resource);
            if (image != null) {
                sink.put(Table.RESOURCES, key(ChangeSet.ResourceKey.of(resource)), image);
            }
            writeResources(resource.children(), sink);
        }
    }

    /** Begins to write what has changed since the last snapshot, or since the state was made or loaded. */
    public static SnapshotFork fork(LockCore core) {
        return core.changes.fork(core);
    }

    /** The snapshot is durable, or could not be written. */
    public static void ended(LockCore core, SnapshotFork fork, boolean durable) {
        core.changes.ended(fork, durable);
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

    static byte[] key(long id) {
        return new ByteWriter().i64(id).done();
    }

    static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] key(int lockspace, byte[] name) {
        return new ByteWriter().i32(lockspace).raw(name).done();
    }

    static byte[] key(ChangeSet.ResourceKey resource) {
        if (resource.path().size() == 1) {
            return key(resource.lockspace(), resource.path().getFirst().bytes());
        }
        ByteWriter key = new ByteWriter().i32(resource.lockspace() | PATH_FLAG);
        for (ResourceName name : resource.path()) {
            byte[] bytes = name.bytes();
            key.u8(bytes.length).raw(bytes);
        }
        return key.done();
    }

    static byte[] key(LockspaceState space) {
        return new ByteWriter().u8(1).i32(space.id).done();
    }

    private static ByteWriter value() {
        return new ByteWriter().u8(VERSION);
    }

    static byte[] counters(LockCore core) {
        return value().i64(core.nextSession)
                .i64(core.locks.nextLock)
                .i64(core.locks.nextToken)
                .i64(core.locks.nextTicket)
                .i64(core.registry.revision)
                .i64(core.clock)
                .done();
    }

    static byte[] image(LockspaceState space) {
        return value().u8(space.policy.ordinal()).text(space.name).done();
    }

    static byte[] image(SessionState session) {
        ByteWriter to = value().i64(session.nonce.getMostSignificantBits())
                .i64(session.nonce.getLeastSignificantBits())
                .i64(session.leaseMillis)
                .bool(session.ended)
                .i64(session.lastSequence)
                .text(session.node)
                .i32(session.results.size());
        session.results.forEach((sequence, result) -> ResultImages.write(to.i64(sequence), result));
        to.bool(session.fenced).i64(session.openedMillis).i32(session.broken.size());
        session.broken.forEach(to::i64);
        return to.done();
    }

    static byte[] image(LockState lock) {
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
        return to.bytes(lock.resource.name.bytes())
                .i64(lock.parent == null ? 0 : lock.parent.id)
                .i64(lock.owner)
                .i64(lock.sinceMillis)
                .u8((lock.persistent ? PERSISTENT : 0) | (lock.demoted ? DEMOTED : 0))
                .text(lock.formerNode == null ? "" : lock.formerNode)
                .done();
    }

    /** Null for a resource that needs no record. */
    static byte @Nullable [] image(Resource resource) {
        return resource.value.equals(ValueBlock.EMPTY)
                ? null
                : value().value(resource.value).done();
    }

    static byte[] image(RegistryTable.Versioned versioned) {
        return value().i64(versioned.revision()).raw(versioned.value()).done();
    }

    /** Null for a file that needs no record. */
    static byte @Nullable [] image(RangeFile file) {
        if (file.isUnused()) {
            return null;
        }
        ByteWriter to = value().i32(file.held.size());
        for (RangeFile.Held one : file.held) {
            range(to, one.range(), one.kind(), one.session(), one.owner()).i64(one.token());
        }
        to.i32(file.waiting.size());
        for (RangeFile.Waiter one : file.waiting) {
            range(to, one.range(), one.kind(), one.session(), one.owner()).i64(one.request());
        }
        return to.done();
    }

    private static ByteWriter range(
            ByteWriter to, ByteRange range, RangeLocks.Kind kind, SessionState session, long owner) {
        return to.i64(range.start())
                .i64(range.end())
                .u8(kind.ordinal())
                .i64(session.id)
                .i64(owner);
    }
}
