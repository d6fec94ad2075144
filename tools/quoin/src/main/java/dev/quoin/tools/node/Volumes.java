package dev.quoin.tools.node;

import dev.quoin.blockstore.BlockStore;
import dev.quoin.blockstore.BlockStoreException;
import dev.quoin.blockstore.PoolInfo;
import dev.quoin.blockstore.VolumeInfo;
import dev.quoin.device.BlockDevice;
import dev.quoin.tools.fault.Fault;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The volumes of this node, each open once for all that use it here.
 *
 * <p>Changes are made one at a time and may block for the lock manager and for devices; lists wait for nobody.
 */
public final class Volumes implements AutoCloseable {

    private final List<BlockStore> stores = new CopyOnWriteArrayList<>();
    private final Map<String, BlockDevice> open = new TreeMap<>();

    Volumes(BlockStore store) {
        stores.add(store);
    }

    /** The store of an array that was made after the start. It is closed with the others. */
    synchronized void add(BlockStore store) {
        stores.add(store);
    }

    /** The volumes by name. */
    public List<VolumeInfo> list() {
        return stores.stream().flatMap(store -> store.listVolumes().stream()).toList();
    }

    /** The pools by name. */
    public List<PoolInfo> pools() {
        return stores.stream().flatMap(store -> store.listPools().stream()).toList();
    }

    /** Makes a pool if there is none of the name. */
    synchronized void ensurePool(String name, List<String> arrays) throws Fault {
        if (pools().stream().noneMatch(pool -> pool.name().equals(name))) {
            try {
                stores.getLast().createPool(name, arrays);
            } catch (BlockStoreException failure) {
                throw Faults.of("pool " + name, failure);
            }
        }
    }

    /**
     * Makes a volume.
     *
     * @param pool empty takes the only one
     * @param size in bytes
     */
    synchronized VolumeInfo create(String pool, String name, long size) throws Fault {
        String chosen = pool.isEmpty() ? onlyPool(name) : pool;
        try {
            return storeOf(chosen).createVolume(chosen, name, size);
        } catch (BlockStoreException failure) {
            throw Faults.of("volume " + name, failure);
        }
    }

    /**
     * Makes a volume larger while it is in use. Durable when it returns.
     *
     * @param size that it is to have, in bytes
     */
    public synchronized VolumeInfo grow(String name, long size) throws Fault {
        VolumeInfo volume = find(name);
        try {
            return storeOf(volume.pool()).growVolume(name, size);
        } catch (BlockStoreException failure) {
            throw Faults.of("volume " + name, failure);
        }
    }

    /** Says at which share of a pool in use the users of its volumes are warned. Durable when it returns. */
    public synchronized PoolInfo warnAt(String pool, int percent) throws Fault {
        requirePool(pool);
        try {
            return storeOf(pool).warnAt(pool, percent);
        } catch (BlockStoreException failure) {
            throw Faults.of("pool " + pool, failure);
        }
    }

    /** Lets a pool use the room that its array has got. Durable when it returns. */
    public synchronized PoolInfo growPool(String pool) throws Fault {
        requirePool(pool);
        try {
            return storeOf(pool).growPool(pool);
        } catch (BlockStoreException failure) {
            if (failure.code() == BlockStoreException.Code.INVALID) {
                throw Fault.conflict("pool " + pool, String.valueOf(failure.getMessage()), "quoin array grow --help");
            }
            throw Faults.of("pool " + pool, failure);
        }
    }

    private void requirePool(String pool) throws Fault {
        List<String> names = pools().stream().map(PoolInfo::name).toList();
        if (!names.contains(pool)) {
            throw Fault.notFound(
                    "pool " + pool, "no such pool found, one of " + names + " expected", "quoin pool list");
        }
    }

    /** Closes a pool whose volumes nothing here uses any more. */
    synchronized void release(String pool) throws Fault {
        for (VolumeInfo volume : list()) {
            BlockDevice device = volume.pool().equals(pool) ? open.remove(volume.name()) : null;
            if (device != null) {
                device.close();
            }
        }
        try {
            storeOf(pool).closePool(pool);
        } catch (BlockStoreException failure) {
            throw Faults.of("pool " + pool, failure);
        }
    }

    /** Deletes a volume that nothing here uses any more. */
    synchronized void delete(String name) throws Fault {
        VolumeInfo volume = find(name);
        BlockDevice device = open.remove(name);
        if (device != null) {
            device.close();
        }
        try {
            storeOf(volume.pool()).deleteVolume(name);
        } catch (BlockStoreException failure) {
            throw Faults.of("volume " + name, failure);
        }
    }

    /** The volume of a name. */
    public VolumeInfo find(String name) throws Fault {
        List<VolumeInfo> all = list();
        for (VolumeInfo volume : all) {
            if (volume.name().equals(name)) {
                return volume;
            }
        }
        throw Fault.notFound(
                "volume " + name,
                "no such volume found, one of "
                        + all.stream().map(VolumeInfo::name).toList() + " expected",
                "quoin volume list");
    }

    /** The device of a volume, shared with all that use it here: it must not be closed. */
    public synchronized BlockDevice device(String name) throws Fault {
        BlockDevice device = open.get(name);
        if (device == null) {
            VolumeInfo volume = find(name);
            try {
                device = storeOf(volume.pool()).openVolume(name);
            } catch (BlockStoreException failure) {
                throw Faults.of("volume " + name, failure);
            }
            open.put(name, device);
        }
        return device;
    }

    private String onlyPool(String volume) throws Fault {
        List<String> names = pools().stream().map(PoolInfo::name).toList();
        if (names.size() != 1) {
            throw Fault.usage("volume " + volume, "pools " + names + " found, one expected", "name one with --pool");
        }
        return names.getFirst();
    }

    private BlockStore storeOf(String pool) {
        return stores.stream()
                .filter(store ->
                        store.listPools().stream().anyMatch(info -> info.name().equals(pool)))
                .findFirst()
                .orElseGet(stores::getFirst);
    }

    /** Closes the volumes and gives the pools up. Blocking; idempotent. */
    @Override
    public synchronized void close() {
        open.values().forEach(BlockDevice::close);
        open.clear();
        stores.reversed().forEach(BlockStore::close);
    }
}
