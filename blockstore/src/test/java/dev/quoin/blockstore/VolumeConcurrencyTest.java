package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Proves that volumes which take and give back extents of one small pool at once, from many threads, never see each other's data.
 *
 * <p>Three threads each have a volume that they alone use and know exactly. Two more race on a volume that they share: writes,
 * reads and discards of the same extents in flight together; there a sector may be zero or any write to that very place.
 */
@Timeout(120)
class VolumeConcurrencyTest {

    private static final int STEPS =
            Integer.getInteger("concurrency.steps", System.getProperty("full") == null ? 400 : 10_000);
    private static final int OWNERS = 3;
    private static final int RACERS = 2;
    private static final int VOLUME_EXTENTS = 6;
    private static final int SHARED = 99;

    private final AtomicLong writes = new AtomicLong();

    @Test
    void volumes_usedByManyThreads_neverMix() throws Exception {
        try (ExecutorService io = Executors.newFixedThreadPool(3);
                ExecutorService users = Executors.newFixedThreadPool(OWNERS + RACERS);
                StoreRig rig = new StoreRig(7, io, 9, 9).withPool()) {
            BlockDevice shared = rig.volume("shared", VOLUME_EXTENTS);
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < OWNERS; i++) {
                int number = i + 1;
                BlockDevice volume = rig.volume("own" + i, VOLUME_EXTENTS);
                results.add(users.submit(() -> own(volume, number, Property.random(number))));
            }
            for (int i = 0; i < RACERS; i++) {
                long seed = 100L + i;
                results.add(users.submit(() -> race(shared, Property.random(seed))));
            }
            for (Future<?> result : results) {
                result.get(100, TimeUnit.SECONDS);
            }
            rig.check();
            checkShared(shared, 0, VOLUME_EXTENTS * EXTENT);
            for (VolumeInfo info : rig.store().listVolumes()) {
                BlockIo.discard(rig.store().openVolume(info.name()), 0, info.size());
            }
            assertThat(rig.pool().allocated()).isZero();
        }
    }

    private Void own(BlockDevice volume, int number, RandomGenerator random) throws IOException {
        VolumeModel model = new VolumeModel(volume.geometry().size());
        for (int step = 0; step < STEPS; step++) {
            long offset = random.nextLong(volume.geometry().blockCount()) * BLOCK;
            int length = (int) Math.min(volume.geometry().size() - offset, BLOCK * (1 + random.nextLong(24)));
            ByteBuffer data = ByteBuffer.allocate(length);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    long write = writes.incrementAndGet();
                    VolumeModel.fill(data, number, write, offset);
                    if (hasSpace(volume, volume.write(offset, data, WriteMode.CACHED))) {
                        model.written(number, write, offset, length, WriteMode.CACHED);
                    } else {
                        model.writeFailed(number, write, offset, length);
                    }
                }
                case 2, 3 -> {
                    BlockIo.read(volume, offset, data);
                    model.read(offset, data);
                }
                default -> {
                    BlockIo.discard(volume, offset, length);
                    model.zeroed(offset, length, WriteMode.CACHED);
                }
            }
        }
        return null;
    }

    private Void race(BlockDevice volume, RandomGenerator random) throws IOException {
        for (int step = 0; step < STEPS / 4; step++) {
            List<CompletableFuture<Void>> requests = new ArrayList<>();
            List<Runnable> checks = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                long extent = random.nextInt(VOLUME_EXTENTS);
                long offset = extent * EXTENT + random.nextLong(4) * BLOCK;
                ByteBuffer data = ByteBuffer.allocate(4 * BLOCK);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        VolumeModel.fill(data, SHARED, writes.incrementAndGet(), offset);
                        requests.add(volume.write(offset, data, WriteMode.CACHED));
                    }
                    case 1 -> {
                        requests.add(volume.read(offset, data));
                        checks.add(() -> requireShared(offset, data));
                    }
                    default -> requests.add(volume.discard(extent * EXTENT, EXTENT));
                }
            }
            for (CompletableFuture<Void> request : requests) {
                hasSpace(volume, request);
            }
            checks.forEach(Runnable::run);
        }
        return null;
    }

    private static void checkShared(BlockDevice volume, long offset, int length) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(length);
        BlockIo.read(volume, offset, data);
        requireShared(offset, data);
    }

    /** Each sector is zero or was written to this very place of the shared volume. */
    private static void requireShared(long offset, ByteBuffer data) {
        for (int at = 0; at < data.limit(); at += VolumeModel.SECTOR) {
            long value = data.getLong(at);
            if (value != 0) {
                assertThat(value >>> 56).as("volume").isEqualTo(SHARED);
                assertThat(value & 0xfffffff).as("sector").isEqualTo((offset + at) / VolumeModel.SECTOR);
            }
        }
    }

    private static boolean hasSpace(BlockDevice volume, CompletableFuture<Void> request) throws DeviceException {
        try {
            request.join();
            return true;
        } catch (CompletionException failure) {
            DeviceException known = BlockIo.asDeviceException(volume, failure);
            if (known.code() != DeviceException.Code.NO_SPACE) {
                throw known;
            }
            return false;
        }
    }
}
