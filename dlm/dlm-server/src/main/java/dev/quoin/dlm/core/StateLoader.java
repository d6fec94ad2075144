package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
        from.version(StateImages.VERSION);
        switch (table) {
            case META -> meta(new ByteReader(what, key), from);
            case SESSIONS -> session(new ByteReader(what, key).i64(), from);
            case LOCKS -> lock(new ByteReader(what, key).i64(), from);
            case RESOURCES -> resource(new ByteReader(what, key), from);
            case REGISTRY -> {
                long revision = from.i64();
                core.registry.put(
                        new String(key, StandardCharsets.UTF_8), new RegistryTable.Versioned(from.rest(), revision));
            }
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
        SessionEndPolicy policy = from.bool() ? SessionEndPolicy.HOLD_UNTIL_FENCED : SessionEndPolicy.RELEASE;
        LockspaceState space = new LockspaceState(number, from.text(), policy);
        core.locks.spaces.add(space);
        core.locks.spacesByName.put(space.name, space);
    }

    private void session(long id, ByteReader from) throws StateFormatException {
        UUID nonce = new UUID(from.i64(), from.i64());
        long lease = from.i64();
        boolean ended = from.bool();
        long lastSequence = from.i64();
        SessionState session = new SessionState(id, nonce, from.text(), lease);
        session.ended = ended;
        session.lastSequence = lastSequence;
        session.persisted = true;
        int results = from.i32();
        for (int i = 0; i < results; i++) {
            session.results.put(from.i64(), ResultImages.read(from));
        }
        core.restore(session);
    }

    private void lock(long id, ByteReader from) throws StateFormatException {
        SessionState session = core.sessions.get(from.i64());
        LockspaceState space = core.locks.space(from.i32());
        if (session == null || space == null) {
            throw from.malformed("its session or its lockspace does not exist");
        }
        boolean listens = from.bool();
        LockMode granted = from.mode();
        LockMode wanted = from.mode();
        long token = from.i64();
        long ticket = from.i64();
        long request = from.i64();
        ValueBlock leaves = from.bool() ? from.value() : null;
        ResourceName name = name(from, from.bytes());
        Resource resource = space.resources.get(name);
        if (resource == null) {
            resource = new Resource(space, name);
            space.resources.put(name, resource);
        }
        LockState lock = new LockState(id, session, resource, listens);
        lock.granted = granted;
        lock.wanted = wanted;
        lock.token = token;
        lock.ticket = ticket;
        lock.request = request;
        lock.leaves = leaves;
        lock.persisted = true;
        if (granted == null && wanted == null) {
            throw from.malformed("neither granted nor wanted");
        }
        loaded.add(lock);
    }

    private static ResourceName name(ByteReader from, byte[] bytes) throws StateFormatException {
        if (bytes.length == 0 || bytes.length > ResourceName.LENGTH_MAX) {
            throw from.malformed("resource name of " + bytes.length + " bytes found");
        }
        return ResourceName.of(bytes);
    }

    private void resource(ByteReader key, ByteReader from) throws StateFormatException {
        LockspaceState space = core.locks.space(key.i32());
        Resource resource = space == null ? null : space.resources.get(name(from, key.rest()));
        if (resource == null) {
            throw from.malformed("a value block without a lock");
        }
        resource.value = from.value();
        resource.persisted = true;
    }

    /** The state, once all records are in. */
    public LockCore finish() throws StateFormatException {
        if (!counted) {
            throw new StateFormatException("the record of the counters is missing: restore the peer from the others");
        }
        loaded.sort(Comparator.comparingLong(lock -> lock.ticket));
        for (LockState lock : loaded) {
            place(lock, lock.granted, lock.wanted);
        }
        core.registry.history = new ChangeHistory(core.registry.revision);
        return core;
    }

    private void place(LockState lock, @Nullable LockMode granted, @Nullable LockMode wanted) {
        Resource resource = lock.resource;
        core.locks.locks.put(lock.id, lock);
        lock.session.locks.put(lock.id, lock);
        if (granted != null) {
            resource.countHeld(granted, 1);
        }
        if (wanted != null) {
            resource.countWanted(wanted, 1);
            lock.session.waiting.put(lock.request, lock);
        }
        (wanted == null ? resource.granted : granted == null ? resource.waiting : resource.converting).add(lock);
    }
}
