package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.MapChunk;
import dev.quoin.blockstore.catalogue.Names;
import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.blockstore.catalogue.PoolState;
import dev.quoin.blockstore.catalogue.VolumeRecord;
import dev.quoin.blockstore.extent.ExtentSpace;
import dev.quoin.device.BlockDevice;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a pool over: its lock, then its labels, then its records, each checked against the others. Blocking.
 *
 * <p>The order matters. The lock comes first, so that nobody changes what is read; the token goes on the arrays before the first
 * request of a volume, so that a former owner which opens them again finds it.
 */
final class PoolOpening {

    private static final Logger LOG = LoggerFactory.getLogger(PoolOpening.class);

    /** The lockspace of the pools' locks. A lock outlives a dead owner until that is fenced. */
    static final String LOCKSPACE = "blockstore";

    private final LockClient locks;
    private final CatalogueReader reader;
    private final Map<String, BlockDevice> arrays;
    private final BlockStoreOptions options;

    PoolOpening(LockClient locks, Map<String, BlockDevice> arrays, BlockStoreOptions options) {
        this.locks = locks;
        this.reader = new CatalogueReader(locks.registry());
        this.arrays = arrays;
        this.options = options;
    }

    /** Opens a pool that exists, all of whose arrays are here. */
    Pool open(String name) throws BlockStoreException {
        Held lock = lock(name);
        try {
            PoolRecord record = reader.pool(name)
                    .orElseThrow(() -> new BlockStoreException(
                            BlockStoreException.Code.NOT_FOUND, "pool " + name + " was deleted meanwhile"));
            Ownership ownership = own(name, lock);
            CatalogueReader.Found<PoolState> state = reader.state(name);
            PoolCommitter committer = new PoolCommitter(
                    name, locks.registry(), ownership, options.commitWait(), state.value(), state.revision());
            return finish(record, ownership, committer, state.value());
        } catch (BlockStoreException | RuntimeException failure) {
            lock.close();
            throw failure;
        }
    }

    /** Creates a pool on blank arrays. */
    Pool create(PoolRecord record) throws BlockStoreException {
        Held lock = lock(record.name());
        try {
            if (reader.pool(record.name()).isPresent()) {
                throw new BlockStoreException(
                        BlockStoreException.Code.EXISTS,
                        "pool " + record.name() + " exists: choose another name, or give its arrays to open it");
            }
            for (PoolRecord.Part part : record.parts()) {
                Labels.requireBlank(array(record, part));
            }
            Ownership ownership = own(record.name(), lock);
            PoolState state = new PoolState(0, 0);
            PoolCommitter committer =
                    new PoolCommitter(record.name(), locks.registry(), ownership, options.commitWait(), state, 0);
            String key = Names.pool(record.name());
            committer.commit(0, changes -> changes.ifAbsent(key).put(key, record.encode()));
            Pool pool = finish(record, ownership, committer, state);
            LOG.info("pool created pool={} arrays={} extents={}", record.name(), arrays(record), record.extentCount());
            return pool;
        } catch (BlockStoreException | RuntimeException failure) {
            lock.close();
            throw failure;
        }
    }

    private Pool finish(PoolRecord record, Ownership ownership, PoolCommitter committer, PoolState state)
            throws BlockStoreException {
        boolean creating = record.state() == PoolRecord.State.CREATING;
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < record.parts().size(); i++) {
            PoolRecord.Part part = record.parts().get(i);
            BlockDevice device = array(record, part);
            requireFits(record, part, device);
            Labels.claim(device, record, i, ownership.lock().token().value(), creating);
            devices.add(device);
        }
        PoolRecord active = record;
        if (creating) {
            active = record.activated();
            byte[] bytes = active.encode();
            committer.commit(state.highWater(), changes -> changes.put(Names.pool(record.name()), bytes));
        }
        ExtentSpace space = space(active, state);
        List<Volume> volumes = volumes(active, space);
        Pool pool = new Pool(
                active,
                new PoolLayout(active, devices),
                ownership,
                committer,
                space,
                reader.settings(record.name()),
                volumes);
        pool.start();
        LOG.info(
                "pool opened pool={} token={} volumes={} extents={} free={}",
                record.name(),
                ownership.lock().token().value(),
                volumes.size(),
                space.total(),
                space.free());
        return pool;
    }

    private Ownership own(String name, Held lock) {
        Ownership ownership = new Ownership(name, lock);
        locks.onLost(() -> ownership.lose("its session has ended"));
        return ownership;
    }

    private BlockDevice array(PoolRecord record, PoolRecord.Part part) throws BlockStoreException {
        BlockDevice device = arrays.get(part.array());
        if (device == null) {
            throw new BlockStoreException(
                    BlockStoreException.Code.NOT_FOUND,
                    "pool " + record.name() + " needs array " + part.array() + ", found " + arrays.keySet());
        }
        return device;
    }

    private static void requireFits(PoolRecord record, PoolRecord.Part part, BlockDevice device)
            throws BlockStoreException {
        long needed = part.dataStart() + part.extentCount() * record.extentSize();
        if (device.geometry().size() < needed || device.geometry().blockSize() > record.blockSize()) {
            throw new BlockStoreException(
                    BlockStoreException.Code.DAMAGED,
                    device.name() + " with " + device.geometry() + " found, at least " + needed
                            + " bytes in blocks of at most " + record.blockSize() + " expected by pool "
                            + record.name());
        }
    }

    private static ExtentSpace space(PoolRecord record, PoolState state) throws BlockStoreException {
        if (state.highWater() > record.extentCount()) {
            throw new BlockStoreException(
                    BlockStoreException.Code.DAMAGED,
                    "high-water mark " + state.highWater() + " of pool " + record.name() + " found, at most "
                            + record.extentCount() + " expected");
        }
        return new ExtentSpace(record.extentCount(), state.highWater());
    }

    private List<Volume> volumes(PoolRecord record, ExtentSpace space) throws BlockStoreException {
        List<Volume> volumes = new ArrayList<>();
        for (VolumeRecord of : reader.volumes()) {
            if (of.pool().equals(record.name())) {
                Volume volume = new Volume(of, record.extentSize(), record.chunkExtents());
                for (MapChunk chunk : reader.chunks(of, volume.map().chunkCount())) {
                    load(volume, chunk, space);
                }
                volumes.add(volume);
            }
        }
        return volumes;
    }

    private static void load(Volume volume, MapChunk chunk, ExtentSpace space) throws BlockStoreException {
        int[] entries = chunk.entries();
        for (int i = 0; i < entries.length; i++) {
            if (entries[i] == MapChunk.UNMAPPED) {
                continue;
            }
            long index = (long) chunk.index() * volume.map().chunkExtents() + i;
            int extent = entries[i] - 1;
            if (i >= volume.map().chunkExtents() || index >= volume.map().extentCount() || !space.mark(extent)) {
                throw new BlockStoreException(
                        BlockStoreException.Code.DAMAGED,
                        "the map of " + volume.deviceName() + " gives its extent " + index + " pool extent " + extent
                                + ", which another one has, is fresh, or does not exist: nothing of the pool is opened");
            }
            volume.map().map(index, extent, false);
        }
    }

    private Held lock(String name) throws BlockStoreException {
        ResourceName resource = ResourceName.of("pool/" + name);
        LockOutcome outcome;
        List<LockInfo> holders = List.of();
        try {
            Lockspace lockspace = locks.lockspace(LOCKSPACE, SessionEndPolicy.HOLD_UNTIL_FENCED);
            outcome = lockspace.acquire(resource, LockRequest.of(LockMode.EX).timeout(options.lockWait()));
            if (outcome instanceof LockOutcome.TimedOut || outcome instanceof LockOutcome.Denied) {
                holders = lockspace.locks(("pool/" + name).getBytes(StandardCharsets.UTF_8));
            }
        } catch (DlmException failure) {
            throw BlockStoreException.of("locking pool " + name, failure);
        }
        return switch (outcome) {
            case LockOutcome.Granted(Held held) -> held;
            case LockOutcome.Denied _, LockOutcome.TimedOut _ -> throw inUse(name, resource, holders);
            case LockOutcome.Deadlock _, LockOutcome.Cancelled _ ->
                throw new BlockStoreException(
                        BlockStoreException.Code.IN_USE,
                        "pool " + name + " was not locked: " + outcome + ". Try again");
            case LockOutcome.SessionLost(String reason) ->
                throw new BlockStoreException(
                        BlockStoreException.Code.FENCED,
                        "pool " + name + " was not locked: the session has ended, " + reason);
            case LockOutcome.NoQuorum(String reason) ->
                throw new BlockStoreException(
                        BlockStoreException.Code.NO_QUORUM, "pool " + name + " was not locked: " + reason);
            case LockOutcome.Indeterminate(String reason) ->
                throw new BlockStoreException(
                        BlockStoreException.Code.INDETERMINATE,
                        "pool " + name + " may or may not be locked now: " + reason + ". Close the session");
        };
    }

    private BlockStoreException inUse(String name, ResourceName resource, List<LockInfo> holders) {
        String who = "another session";
        for (LockInfo info : holders) {
            if (info.resource().equals(resource) && info.granted() == LockMode.EX) {
                who = "node " + info.node() + ", session " + info.session()
                        + (info.state() == LockInfo.State.SESSION_ENDED
                                ? ", which has ended: cut its storage access off, then declare it fenced"
                                : ", which is alive: stop it there first");
            }
        }
        return new BlockStoreException(
                BlockStoreException.Code.IN_USE,
                "pool " + name + " is held by " + who + " (waited "
                        + options.lockWait().toMillis() + " ms)");
    }

    private static List<String> arrays(PoolRecord record) {
        return record.parts().stream().map(PoolRecord.Part::array).toList();
    }
}
