package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.MapChunk;
import dev.quoin.blockstore.catalogue.Names;
import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.blockstore.catalogue.PoolSettings;
import dev.quoin.blockstore.catalogue.VolumeRecord;
import dev.quoin.blockstore.extent.ExtentSpace;
import dev.quoin.blockstore.extent.VolumeMap;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.Space;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool that this node owns: its volumes, and the worker that changes it. Made by {@link PoolOpening}.
 *
 * <p>Any thread may use it; changes run on the worker, one at a time.
 */
final class Pool {

    /** The most volumes of a pool. */
    static final int VOLUMES_MAX = 1_024;

    /** The most map chunks of a volume. */
    static final int CHUNKS_MAX = 65_536;

    /** How many keys one transaction of a deletion deletes. */
    private static final int DELETES_MAX = 200;

    /** How long {@link #close} waits for the transaction under way. */
    private static final Duration STOP_WAIT = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

    private volatile PoolRecord record;
    private final PoolLayout layout;
    private final Ownership ownership;
    private final ExtentSpace space;
    private final PoolWorker worker;
    private final SpaceWatch watch;

    /** One volume grows at a time. */
    private final ReentrantLock growing = new ReentrantLock();

    private final Map<String, Volume> volumes = new ConcurrentSkipListMap<>();

    Pool(
            PoolRecord record,
            PoolLayout layout,
            Ownership ownership,
            PoolCommitter committer,
            ExtentSpace space,
            PoolSettings settings,
            List<Volume> volumes) {
        this.record = record;
        this.layout = layout;
        this.ownership = ownership;
        this.space = space;
        this.watch = new SpaceWatch(record.name(), space, settings, () -> tell(DeviceEvent.SPACE_LOW));
        this.worker = new PoolWorker(record, layout, space, committer, ownership, watch);
        volumes.forEach(volume -> this.volumes.put(volume.record().name(), volume));
    }

    PoolRecord record() {
        return record;
    }

    Ownership ownership() {
        return ownership;
    }

    /** Starts the worker and ends the deletions that were cut short. */
    void start() throws BlockStoreException {
        worker.start();
        for (Volume volume : volumes.values()) {
            if (volume.isDeleting()) {
                worker.change(committer -> takeApart(volume, committer));
            }
        }
    }

    PoolInfo info() {
        long provisioned = 0;
        for (Volume volume : volumes.values()) {
            provisioned = Math.addExact(provisioned, volume.record().size());
        }
        return new PoolInfo(
                record.id(),
                record.name(),
                record.parts().stream().map(PoolRecord.Part::array).toList(),
                record.extentSize(),
                space.total() * record.extentSize(),
                (space.total() - space.free()) * record.extentSize(),
                provisioned,
                volumes.size(),
                watch.settings().warnAtPercent(),
                !ownership.isHeld());
    }

    List<VolumeInfo> volumes() {
        return volumes.values().stream().map(Volume::info).toList();
    }

    boolean has(String volume) {
        return volumes.containsKey(volume);
    }

    /** Changes where the users of the volumes are warned. */
    void set(PoolSettings settings) throws BlockStoreException {
        worker.change(committer -> {
            String key = Names.settings(record.name());
            byte[] bytes = settings.encode(record.name());
            committer.commit(space.highWater(), changes -> changes.put(key, bytes));
            if (watch.settings(settings)) {
                tell(DeviceEvent.LOW_CHANGED);
            }
        });
        LOG.info("pool set pool={} warn_at_percent={}", record.name(), settings.warnAtPercent());
    }

    /** Takes the room that its last array has more than the pool uses. */
    void grow() throws BlockStoreException {
        worker.change(this::grow);
    }

    /** Worker only. The record counts; a label that says less is written anew when the pool is opened. */
    private void grow(PoolCommitter committer) throws BlockStoreException {
        int last = record.parts().size() - 1;
        PoolRecord.Part part = record.parts().get(last);
        BlockDevice array = layout.array(record.extentCount() - 1);
        long others = (long) record.extentCount() - part.extentCount();
        long room = (array.geometry().size() - part.dataStart()) / record.extentSize();
        int extents = (int) Math.min(room, PoolRecord.EXTENTS_MAX - others);
        if (extents <= part.extentCount()) {
            throw new BlockStoreException(
                    BlockStoreException.Code.INVALID,
                    "pool " + record.name() + " uses all " + extents + " extents that fit on array " + part.array()
                            + ", room for more expected: grow the array first");
        }
        PoolRecord larger = record.withLastPart(extents);
        byte[] bytes = larger.encode();
        committer.commit(space.highWater(), changes -> changes.put(Names.pool(larger.name()), bytes));
        int before = space.total();
        record = larger;
        space.grow(larger.extentCount());
        Labels.claim(array, larger, last, ownership.lock().token().value(), false);
        LOG.info("pool grown pool={} extents={} before={}", larger.name(), larger.extentCount(), before);
        tell(DeviceEvent.LOW_CHANGED);
    }

    private void tell(DeviceEvent event) {
        volumes.values().forEach(volume -> volume.tell(event));
    }

    private void checkSize(String name, long size) throws BlockStoreException {
        if (size <= 0 || size % record.blockSize() != 0) {
            throw new BlockStoreException(
                    BlockStoreException.Code.INVALID,
                    "size " + size + " of volume " + name + " found, a positive multiple of the block size "
                            + record.blockSize() + " expected");
        }
        if (size / record.extentSize() / record.chunkExtents() >= CHUNKS_MAX) {
            throw new BlockStoreException(
                    BlockStoreException.Code.LIMIT_EXCEEDED,
                    "size " + size + " of volume " + name + " found, less than "
                            + record.extentSize() * record.chunkExtents() * CHUNKS_MAX + " expected in pool "
                            + record.name());
        }
    }

    VolumeInfo create(String name, long size) throws BlockStoreException {
        checkSize(name, size);
        VolumeRecord volume = new VolumeRecord(UUID.randomUUID(), name, record.name(), VolumeRecord.State.ACTIVE, size);
        Volume made = new Volume(volume, record.extentSize(), record.chunkExtents());
        worker.change(committer -> {
            if (volumes.size() >= VOLUMES_MAX) {
                throw new BlockStoreException(
                        BlockStoreException.Code.LIMIT_EXCEEDED,
                        "pool " + record.name() + " has " + VOLUMES_MAX + " volumes, as many as can be: delete one");
            }
            String key = Names.volume(name);
            try {
                committer.commit(
                        space.highWater(), changes -> changes.ifAbsent(key).put(key, volume.encode()));
            } catch (BlockStoreException failure) {
                throw failure.code() == BlockStoreException.Code.EXISTS ? exists(name, failure) : failure;
            }
            volumes.put(name, made);
        });
        LOG.info("volume created volume={} pool={} bytes={}", name, record.name(), size);
        return made.info();
    }

    BlockDevice open(String name) throws BlockStoreException {
        Volume volume = volume(name);
        if (!ownership.isHeld()) {
            throw ownership.asBlockStoreException();
        }
        VolumeDevice handle = new VolumeDevice(volume, record.extentSize(), layout, worker, ownership, this::space);
        volume.opened(handle);
        return handle;
    }

    /** The space behind a volume. */
    private Space space(Volume volume) {
        long extent = record.extentSize();
        return new Space(volume.map().mapped() * extent, space.free() * extent, watch.low() * extent);
    }

    VolumeInfo grow(String name, long size) throws BlockStoreException {
        Volume volume = volume(name);
        checkSize(name, size);
        growing.lock();
        try {
            long before = volume.size();
            if (size < before) {
                throw new BlockStoreException(
                        BlockStoreException.Code.INVALID,
                        "size " + size + " of volume " + name + " found, at least its present size " + before
                                + " expected: a volume cannot shrink; make a smaller one and copy what is to be kept");
            }
            if (size > before) {
                try {
                    volume.beginGrow();
                    worker.change(committer -> grow(volume, size, committer));
                } finally {
                    volume.endGrow();
                }
                LOG.info("volume grown volume={} pool={} bytes={} before={}", name, record.name(), size, before);
                volume.tell(DeviceEvent.RESIZED);
            }
            return volume.info();
        } finally {
            growing.unlock();
        }
    }

    /** Worker only. */
    private void grow(Volume volume, long size, PoolCommitter committer) throws BlockStoreException {
        if (volume.isDeleting()) {
            throw new BlockStoreException(
                    BlockStoreException.Code.NOT_FOUND, volume.deviceName() + " is being deleted: create a new one");
        }
        VolumeRecord larger = volume.record().withSize(size);
        String key = Names.volume(larger.name());
        committer.commit(space.highWater(), changes -> changes.put(key, larger.encode()));
        volume.grown(larger);
    }

    void delete(String name) throws BlockStoreException {
        Volume volume = volume(name);
        worker.change(committer -> {
            volume.beginDelete();
            try {
                takeApart(volume, committer);
            } catch (BlockStoreException failure) {
                volume.cancelDelete();
                throw failure;
            }
        });
        LOG.info("volume deleted volume={} pool={}", name, record.name());
    }

    /** Closes the volumes, ends the worker, gives up the lock. */
    void close() {
        volumes.values().forEach(volume -> volume.handles().forEach(VolumeDevice::close));
        if (!worker.stop(STOP_WAIT)) {
            ownership.lose("it was closed while the lock manager did not answer");
            worker.stop(STOP_WAIT);
        }
        ownership.lock().close();
    }

    private static BlockStoreException exists(String name, BlockStoreException cause) {
        return new BlockStoreException(
                BlockStoreException.Code.EXISTS,
                "volume " + name + " exists: choose another name, or delete it first",
                cause);
    }

    private Volume volume(String name) throws BlockStoreException {
        Volume volume = volumes.get(name);
        if (volume == null) {
            throw new BlockStoreException(
                    BlockStoreException.Code.NOT_FOUND, "no volume " + name + " found in pool " + record.name());
        }
        return volume;
    }

    /** Deletes the map and the record of a volume that nobody has open, in as many transactions as it takes. Worker only. */
    private void takeApart(Volume volume, PoolCommitter committer) throws BlockStoreException {
        VolumeMap map = volume.map();
        String key = Names.volume(volume.record().name());
        List<Integer> chunks = IntStream.range(0, map.chunkCount())
                .filter(map::hasMapped)
                .boxed()
                .toList();
        if (chunks.size() > DELETES_MAX) {
            committer.commit(
                    space.highWater(),
                    changes -> changes.put(key, volume.record().deleting().encode()));
            volume.deletingIsDurable();
        }
        for (int from = 0; from == 0 || from < chunks.size(); from += DELETES_MAX) {
            int to = Math.min(chunks.size(), from + DELETES_MAX);
            List<Integer> some = chunks.subList(from, to);
            committer.commit(space.highWater(), changes -> {
                some.forEach(chunk -> changes.delete(Names.map(volume.record().id(), chunk)));
                if (to == chunks.size()) {
                    changes.delete(key);
                }
            });
            for (int chunk : some) {
                free(map, chunk);
            }
        }
        volumes.remove(volume.record().name());
    }

    private void free(VolumeMap map, int chunk) {
        int[] entries = map.entries(chunk);
        for (int i = 0; i < entries.length; i++) {
            if (entries[i] != MapChunk.UNMAPPED) {
                long index = (long) chunk * record.chunkExtents() + i;
                map.beginDrain(index);
                map.endDrain(index, true);
                space.release(entries[i] - 1);
            }
        }
    }
}
