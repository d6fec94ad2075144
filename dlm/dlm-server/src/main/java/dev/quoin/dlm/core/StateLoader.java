package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Builds the state from the records that {@link StateImages} wrote: those of each table in order of their keys, the tables in
 * the order of {@link Table}.
 */
public final class StateLoader {

    private final LockCore core;
    private final List<LockState> loaded = new ArrayList<>();
    private boolean counted;

    /** An empty state to start with. */
    public StateLoader(Limits limits, boolean tracksChanges) {
        core = new LockCore(limits, tracksChanges);
    }

    /** Takes one record. */
    public void put(Table table, byte[] key, byte[] value) throws StateFormatException {
        String what = table + " record " + HexFormat.of().formatHex(key);
        ByteReader from = new ByteReader(what, value);
        int version = from.version(StateImages.VERSION);
        switch (table) {
            case META -> meta(new ByteReader(what, key), from);
            case SESSIONS -> session(new ByteReader(what, key).i64(), from, version);
            case LOCKS -> lock(new ByteReader(what, key).i64(), from, version);
            case RESOURCES -> resource(new ByteReader(what, key), from);
            case REGISTRY -> {
                long revision = from.i64();
                core.registry.put(
                        new String(key, StandardCharsets.UTF_8), new RegistryTable.Versioned(from.rest(), revision));
            }
            case RANGES -> ranges(new ByteReader(what, key), from);
        }
        from.end();
    }

    private void meta(ByteReader key, ByteReader from) throws StateFormatException {
        if (key.u8() == 0) {
            core.nextSession = from.i64();
            core.locks.nextLock = from.i64();
            core.locks.nextToken = from.i64();
            core.locks.nextTicket = from.i64();
            core.registry.revision = from.i64();
            core.clock = from.i64();
            counted = true;
            return;
        }
        int number = key.i32();
        if (number != core.locks.spaces.size()) {
            throw from.malformed(core.locks.spaces.size() + " expected next");
        }
        int policy = from.u8();
        if (policy >= SessionEndPolicy.values().length) {
            throw from.malformed("policy " + policy + " found");
        }
        LockspaceState space = new LockspaceState(number, from.text(), SessionEndPolicy.values()[policy]);
        core.locks.spaces.add(space);
        core.locks.spacesByName.put(space.name, space);
    }

    private void session(long id, ByteReader from, int version) throws StateFormatException {
        UUID nonce = new UUID(from.i64(), from.i64());
        long lease = from.i64();
        boolean ended = from.bool();
        long lastSequence = from.i64();
        String node = from.text();
        SortedMap<Long, Result> kept = new TreeMap<>();
        int results = from.i32();
        for (int i = 0; i < results; i++) {
            kept.put(from.i64(), ResultImages.read(from));
        }
        boolean fenced = version >= 2 && from.bool();
        SessionState session = new SessionState(id, nonce, node, lease, version >= 2 ? from.i64() : 0);
        session.ended = ended;
        session.fenced = fenced;
        session.lastSequence = lastSequence;
        session.persisted = true;
        session.results.putAll(kept);
        int broken = version >= 2 ? from.i32() : 0;
        for (int i = 0; i < broken; i++) {
            session.broken.add(from.i64());
        }
        core.restore(session);
    }

    private SessionState holder(long id, ByteReader from) throws StateFormatException {
        SessionState session = id == Orphans.SESSION ? core.orphans.session : core.sessions.get(id);
        if (session == null) {
            throw from.malformed("session " + id + " does not exist");
        }
        return session;
    }

    private void lock(long id, ByteReader from, int version) throws StateFormatException {
        SessionState session = holder(from.i64(), from);
        LockspaceState space = space(from.i32(), from);
        boolean listens = from.bool();
        LockMode granted = from.mode();
        LockMode wanted = from.mode();
        long token = from.i64();
        long ticket = from.i64();
        long request = from.i64();
        ValueBlock leaves = from.bool() ? from.value() : null;
        ResourceName name = name(from, from.bytes());
        long parentId = version >= 2 ? from.i64() : 0;
        LockState parent = parentId == 0 ? null : core.locks.locks.get(parentId);
        if (parentId != 0 && parent == null) {
            throw from.malformed("its parent, lock " + parentId + ", does not exist");
        }
        long owner = version >= 2 ? from.i64() : 0;
        long since = version >= 2 ? from.i64() : 0;
        int flags = version >= 2 ? from.u8() : 0;
        String formerNode = version >= 2 ? from.text() : "";
        Map<ResourceName, Resource> siblings = Resource.siblings(space, parent == null ? null : parent.resource);
        Resource resource = siblings.get(name);
        if (resource == null) {
            resource = new Resource(space, parent == null ? null : parent.resource, name);
            siblings.put(name, resource);
        }
        LockState lock =
                new LockState(id, session, resource, listens, owner, (flags & StateImages.PERSISTENT) != 0, parent);
        lock.granted = granted;
        lock.wanted = wanted;
        lock.token = token;
        lock.ticket = ticket;
        lock.request = request;
        lock.leaves = leaves;
        lock.sinceMillis = since;
        lock.demoted = (flags & StateImages.DEMOTED) != 0;
        lock.formerNode = formerNode.isEmpty() ? null : formerNode;
        lock.persisted = true;
        if (granted == null && wanted == null) {
            throw from.malformed("neither granted nor wanted");
        }
        core.locks.locks.put(id, lock);
        if (parent != null) {
            parent.add(lock);
        }
        loaded.add(lock);
    }

    private LockspaceState space(int number, ByteReader from) throws StateFormatException {
        LockspaceState space = core.locks.space(number);
        if (space == null) {
            throw from.malformed("lockspace number " + number + " does not exist");
        }
        return space;
    }

    static ResourceName name(ByteReader from, byte[] bytes) throws StateFormatException {
        if (bytes.length == 0 || bytes.length > ResourceName.LENGTH_MAX) {
            throw from.malformed("resource name of " + bytes.length + " bytes found");
        }
        return ResourceName.of(bytes);
    }

    private void resource(ByteReader key, ByteReader from) throws StateFormatException {
        int number = key.i32();
        LockspaceState space = space(number & ~StateImages.PATH_FLAG, from);
        Resource resource;
        if (number >= 0) {
            resource = space.resources.get(name(from, key.rest()));
        } else {
            resource = null;
            do {
                Map<ResourceName, Resource> siblings = resource == null ? space.resources : resource.children();
                resource = siblings.get(name(from, key.raw(key.u8())));
            } while (resource != null && key.hasMore());
        }
        if (resource == null) {
            throw from.malformed("a value block without a lock");
        }
        resource.value = from.value();
        resource.persisted = true;
    }

    private void ranges(ByteReader key, ByteReader from) throws StateFormatException {
        LockspaceState space = space(key.i32(), from);
        RangeFile file = new RangeFile(space, name(from, key.rest()));
        file.persisted = true;
        space.rangeFiles.put(file.name, file);
        int held = from.i32();
        for (int i = 0; i < held; i++) {
            ByteRange range = InfoImages.bytes(from);
            Kind kind = InfoImages.kind(from);
            SessionState session = holder(from.i64(), from);
            file.held.add(new RangeFile.Held(range, kind, session, from.i64(), from.i64()));
            session.rangeFiles.add(file);
        }
        int waiting = from.i32();
        for (int i = 0; i < waiting; i++) {
            ByteRange range = InfoImages.bytes(from);
            Kind kind = InfoImages.kind(from);
            SessionState session = holder(from.i64(), from);
            RangeFile.Waiter waiter = new RangeFile.Waiter(file, range, kind, session, from.i64(), from.i64());
            file.waiting.add(waiter);
            session.rangeFiles.add(file);
            session.waits(waiter);
        }
        core.ranges.count += held + waiting;
    }

    /** The state, once all records are in. */
    public LockCore finish() throws StateFormatException {
        if (!counted) {
            throw new StateFormatException("the record of the counters is missing: restore the peer from the others");
        }
        loaded.sort(Comparator.comparingLong(lock -> lock.ticket));
        for (LockState lock : loaded) {
            place(core, lock);
        }
        core.registry.history = new ChangeHistory(core.registry.revision);
        return core;
    }

    private static void place(LockCore core, LockState lock) {
        Resource resource = lock.resource;
        lock.session.locks.put(lock.id, lock);
        if (lock.granted != null) {
            resource.countHeld(lock.granted, 1);
        }
        if (lock.wanted != null) {
            resource.countWanted(lock.wanted, 1);
            lock.session.waits(lock);
            core.locks.waiters++;
        }
        (lock.wanted == null ? resource.granted : lock.granted == null ? resource.waiting : resource.converting)
                .add(lock);
    }
}
