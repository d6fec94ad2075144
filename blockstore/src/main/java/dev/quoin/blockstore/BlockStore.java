package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.Names;
import dev.quoin.blockstore.catalogue.PoolLabel;
import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.blockstore.catalogue.PoolSettings;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.Geometry;
import dev.quoin.dlm.api.LockClient;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pools that this node owns and the volumes on them.
 *
 * <p>What it changes is durable on a majority of the lock manager's peers when a method returns. Any thread may use it; all
 * methods block but for the lists. A volume is a {@link BlockDevice}: closing it is up to who opened it, the arrays stay the
 * caller's.
 *
 * @since 0.1
 */
public final class BlockStore implements AutoCloseable {

    /** Where the extents of an array begin at the earliest, in bytes, if they are at least as large. */
    private static final long DATA_START = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(BlockStore.class);

    private final Map<String, BlockDevice> arrays;
    private final CatalogueReader reader;
    private final PoolOpening opening;

    /** Serialises opening, creating and closing of pools. */
    private final ReentrantLock admin = new ReentrantLock();

    private final Map<String, Pool> pools = new ConcurrentSkipListMap<>();
    private volatile boolean closed;

    private BlockStore(LockClient locks, Map<String, BlockDevice> arrays, BlockStoreOptions options) {
        this.arrays = new TreeMap<>(arrays);
        this.reader = new CatalogueReader(locks.registry());
        this.opening = new PoolOpening(locks, this.arrays, options);
    }

    /** As the other one, with {@link BlockStoreOptions#DEFAULT}. */
    public static BlockStore open(LockClient locks, Map<String, BlockDevice> arrays) throws BlockStoreException {
        return open(locks, arrays, BlockStoreOptions.DEFAULT);
    }

    /**
     * Opens each pool of the registry whose arrays are all among {@code arrays}. A pool of which some arrays are here and some
     * are not is left alone, with a warning.
     *
     * @param locks the session that will own the pools; to be closed after the store
     * @param arrays by the name under which the pools know them; open for writing
     * @throws BlockStoreException with {@link BlockStoreException.Code#IN_USE} if another session holds a pool's lock, also one
     *     that has ended and not been fenced; with {@link BlockStoreException.Code#DAMAGED} if records and labels do not agree
     */
    public static BlockStore open(LockClient locks, Map<String, BlockDevice> arrays, BlockStoreOptions options)
            throws BlockStoreException {
        BlockStore store = new BlockStore(locks, arrays, options);
        try {
            for (PoolRecord record : store.reader.pools()) {
                store.openIfComplete(record);
            }
            return store;
        } catch (BlockStoreException | RuntimeException failure) {
            store.close();
            throw failure;
        }
    }

    /** As the other one, with {@link PoolOptions#DEFAULT}. */
    public PoolInfo createPool(String name, List<String> arrayNames) throws BlockStoreException {
        return createPool(name, arrayNames, PoolOptions.DEFAULT);
    }

    /**
     * Creates a pool and opens it.
     *
     * @param arrayNames its arrays, in the order in which they are filled; never written since they were created, since what the
     *     pool has not used is taken to read as zeroes
     * @throws BlockStoreException with {@link BlockStoreException.Code#EXISTS}, or {@link BlockStoreException.Code#IN_USE} if an
     *     array holds data or belongs to a pool
     */
    public PoolInfo createPool(String name, List<String> arrayNames, PoolOptions options) throws BlockStoreException {
        checkName("pool", name);
        admin.lock();
        try {
            requireOpen();
            for (PoolRecord other : reader.pools()) {
                requireApart(other, name, arrayNames);
            }
            Pool pool = opening.create(cut(name, arrayNames, options));
            pools.put(name, pool);
            return pool.info();
        } finally {
            admin.unlock();
        }
    }

    /** The pools that are open here, by name. */
    public List<PoolInfo> listPools() {
        return pools.values().stream().map(Pool::info).toList();
    }

    /**
     * Creates a volume that reads as zeroes. It takes space as it is written; volumes may promise more than the pool has.
     *
     * @param size in bytes, a multiple of the pool's block size
     * @throws BlockStoreException with {@link BlockStoreException.Code#EXISTS} if any pool has a volume of this name
     */
    public VolumeInfo createVolume(String pool, String name, long size) throws BlockStoreException {
        checkName("volume", name);
        requireOpen();
        return openPool(pool).create(name, size);
    }

    private Pool openPool(String name) throws BlockStoreException {
        Pool pool = pools.get(name);
        if (pool == null) {
            throw new BlockStoreException(
                    BlockStoreException.Code.NOT_FOUND,
                    "pool " + name + " is not open here, found " + pools.keySet() + ": create it, or open it where its"
                            + " arrays are");
        }
        return pool;
    }

    /**
     * Makes a volume larger while it is in use; what is added reads as zeroes. Those who have it open are told
     * {@link dev.quoin.device.DeviceEvent#RESIZED}.
     *
     * @param size in bytes, a multiple of the pool's block size; the size that it has changes nothing
     * @throws BlockStoreException with {@link BlockStoreException.Code#INVALID} if it is smaller than the volume
     */
    public VolumeInfo growVolume(String name, long size) throws BlockStoreException {
        requireOpen();
        return poolOf(name).grow(name, size);
    }

    /**
     * Says at which share of a pool's extents in use the users of its volumes are warned.
     *
     * @param warnAtPercent 1 to 100
     * @throws BlockStoreException with {@link BlockStoreException.Code#INVALID} if it is none of these
     */
    public PoolInfo warnAt(String pool, int warnAtPercent) throws BlockStoreException {
        requireOpen();
        Pool in = openPool(pool);
        try {
            in.set(new PoolSettings(warnAtPercent));
        } catch (IllegalArgumentException outOfRange) {
            throw new BlockStoreException(
                    BlockStoreException.Code.INVALID, "pool " + pool + ": " + outOfRange.getMessage(), outOfRange);
        }
        return in.info();
    }

    /**
     * Lets a pool use the room that its last array has got since the pool was made. Blocking; durable when it returns.
     *
     * @throws BlockStoreException with {@link BlockStoreException.Code#INVALID} if there is no room for another extent
     */
    public PoolInfo growPool(String pool) throws BlockStoreException {
        requireOpen();
        Pool in = openPool(pool);
        in.grow();
        return in.info();
    }

    /**
     * Deletes a volume and frees its extents.
     *
     * @throws BlockStoreException with {@link BlockStoreException.Code#IN_USE} if it is open
     */
    public void deleteVolume(String name) throws BlockStoreException {
        requireOpen();
        poolOf(name).delete(name);
    }

    /** The volumes of the pools that are open here, by pool and name. */
    public List<VolumeInfo> listVolumes() {
        return pools.values().stream().flatMap(pool -> pool.volumes().stream()).toList();
    }

    /**
     * Opens a volume. It may be open several times; the handles see each other's writes.
     *
     * @throws BlockStoreException with {@link BlockStoreException.Code#NOT_FOUND}
     */
    public BlockDevice openVolume(String name) throws BlockStoreException {
        requireOpen();
        return poolOf(name).open(name);
    }

    /**
     * Closes the volumes of one pool after the requests in flight, and gives it up, so that its arrays can be closed. Does not flush.
     *
     * @throws BlockStoreException with {@link BlockStoreException.Code#NOT_FOUND}
     */
    public void closePool(String pool) throws BlockStoreException {
        admin.lock();
        try {
            requireOpen();
            openPool(pool).close();
            pools.remove(pool);
        } finally {
            admin.unlock();
        }
    }

    /** Closes the volumes after the requests in flight, and gives the pools up. Does not flush. Idempotent. */
    @Override
    public void close() {
        admin.lock();
        try {
            closed = true;
            pools.values().forEach(Pool::close);
            pools.clear();
        } finally {
            admin.unlock();
        }
    }

    private void openIfComplete(PoolRecord record) throws BlockStoreException {
        List<String> names = record.parts().stream().map(PoolRecord.Part::array).toList();
        if (arrays.keySet().containsAll(names)) {
            pools.put(record.name(), opening.open(record.name()));
        } else if (names.stream().anyMatch(arrays::containsKey)) {
            LOG.warn(
                    "pool not opened, arrays are missing pool={} needs={} found={}",
                    record.name(),
                    names,
                    arrays.keySet());
        }
    }

    private Pool poolOf(String volume) throws BlockStoreException {
        for (Pool pool : pools.values()) {
            if (pool.has(volume)) {
                return pool;
            }
        }
        String elsewhere = reader.volume(volume)
                .map(record -> "volume " + volume + " is in pool " + record.pool() + ", which is not open here")
                .orElse("no volume " + volume + " found: create it, or list the volumes to see their names");
        throw new BlockStoreException(BlockStoreException.Code.NOT_FOUND, elsewhere);
    }

    private static void requireApart(PoolRecord other, String name, List<String> arrayNames)
            throws BlockStoreException {
        if (other.name().equals(name)) {
            throw new BlockStoreException(
                    BlockStoreException.Code.EXISTS, "pool " + name + " exists: choose another name");
        }
        for (PoolRecord.Part part : other.parts()) {
            if (arrayNames.contains(part.array())) {
                throw new BlockStoreException(
                        BlockStoreException.Code.IN_USE,
                        "array " + part.array() + " belongs to pool " + other.name() + ": use another array");
            }
        }
    }

    private PoolRecord cut(String name, List<String> arrayNames, PoolOptions options) throws BlockStoreException {
        if (arrayNames.isEmpty()
                || arrayNames.size() > PoolRecord.PARTS_MAX
                || new HashSet<>(arrayNames).size() != arrayNames.size()) {
            throw new BlockStoreException(
                    BlockStoreException.Code.INVALID,
                    "arrays " + arrayNames + " found, 1 to " + PoolRecord.PARTS_MAX + " different ones expected");
        }
        List<Geometry> geometries = new ArrayList<>();
        for (String array : arrayNames) {
            BlockDevice device = arrays.get(array);
            if (device == null) {
                throw new BlockStoreException(
                        BlockStoreException.Code.NOT_FOUND,
                        "no array " + array + " found, one of " + arrays.keySet() + " expected");
            }
            geometries.add(device.geometry());
        }
        int blockSize = geometries.stream().mapToInt(Geometry::blockSize).max().orElseThrow();
        long unit = stripe(geometries, blockSize, options.extentSize());
        long extentSize = Math.ceilDiv(options.extentSize(), unit) * unit;
        long dataStart = Math.ceilDiv(Math.max(PoolLabel.AREA_LENGTH, Math.min(DATA_START, extentSize)), unit) * unit;
        List<PoolRecord.Part> parts = new ArrayList<>();
        try {
            for (int i = 0; i < arrayNames.size(); i++) {
                long extents = (geometries.get(i).size() - dataStart) / extentSize;
                parts.add(new PoolRecord.Part(
                        arrayNames.get(i), dataStart, Math.clamp(extents, 0, PoolRecord.EXTENTS_MAX)));
            }
            return new PoolRecord(
                    UUID.randomUUID(),
                    name,
                    PoolRecord.State.CREATING,
                    blockSize,
                    extentSize,
                    options.chunkExtents(),
                    parts);
        } catch (IllegalArgumentException outOfRange) {
            throw new BlockStoreException(
                    BlockStoreException.Code.INVALID, "pool " + name + ": " + outOfRange.getMessage(), outOfRange);
        }
    }

    /** The length that extents are a multiple of: the arrays' full stripe if they agree on one, else their block size. */
    private static long stripe(List<Geometry> geometries, int blockSize, long extentSize) {
        long stripe = geometries.getFirst().optimalTransfer();
        boolean agreed = stripe > 0
                && stripe <= extentSize
                && stripe % blockSize == 0
                && geometries.stream().allMatch(geometry -> geometry.optimalTransfer() == stripe);
        return agreed ? stripe : blockSize;
    }

    private static void checkName(String kind, String name) throws BlockStoreException {
        try {
            Names.check(kind, name);
        } catch (IllegalArgumentException notAName) {
            throw new BlockStoreException(
                    BlockStoreException.Code.INVALID, String.valueOf(notAName.getMessage()), notAName);
        }
    }

    private void requireOpen() throws BlockStoreException {
        if (closed) {
            throw new BlockStoreException(BlockStoreException.Code.CLOSED, "the block store is closed: open it again");
        }
    }
}
