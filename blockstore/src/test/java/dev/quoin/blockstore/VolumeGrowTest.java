package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static dev.quoin.blockstore.StoreRig.read;
import static dev.quoin.blockstore.StoreRig.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Provisioning.State;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that a volume grows while it is in use, for good, and loses nothing of what is written meanwhile. */
@Timeout(120)
class VolumeGrowTest {

    @Test
    void grownVolume_isLargerAtOnceForAllWhoHaveItOpen_andTellsThem() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            BlockDevice one = rig.volume("disk0", 2);
            BlockDevice two = rig.store().openVolume("disk0");
            List<String> told = new ArrayList<>();
            one.watch(event -> told.add("one " + event + " " + one.geometry().size()));
            two.watch(event -> told.add("two " + event + " " + two.geometry().size()));
            write(one, 2L * EXTENT - BLOCK, BLOCK, 1);
            assertThatThrownBy(() -> write(one, 2L * EXTENT, BLOCK, 1)).isInstanceOf(DeviceException.class);
            assertThat(one.tryReadNow(2L * EXTENT, ByteBuffer.allocate(BLOCK))).isFalse();
            long size = 300L * EXTENT + BLOCK;
            assertThat(rig.store().growVolume("disk0", size).size()).isEqualTo(size);
            assertThat(told)
                    .containsExactly(
                            "one " + DeviceEvent.RESIZED + " " + size, "two " + DeviceEvent.RESIZED + " " + size);
            assertThat(read(two, 2L * EXTENT - BLOCK, BLOCK)).containsOnly(1);
            assertThat(read(two, 2L * EXTENT, EXTENT)).containsOnly(0);
            write(two, size - BLOCK, BLOCK, 2);
            assertThat(read(one, size - BLOCK, BLOCK)).containsOnly(2);
            assertThatThrownBy(() -> read(one, size, BLOCK)).isInstanceOf(DeviceException.class);
        }
    }

    @Test
    void growth_thatWasAnswered_survivesACrash() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            BlockDevice volume = rig.volume("disk0", 2);
            rig.store().growVolume("disk0", 50L * EXTENT);
            BlockIo.write(volume, 49L * EXTENT, StoreRig.filled(BLOCK, 3), WriteMode.FUA);
            rig.crash();
            BlockDevice again = rig.store().openVolume("disk0");
            assertThat(again.geometry().size()).isEqualTo(50L * EXTENT);
            assertThat(read(again, 49L * EXTENT, BLOCK)).containsOnly(3);
        }
    }

    @Test
    void growth_whoseCommitFails_changesNothing() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            BlockDevice volume = rig.volume("disk0", 2);
            rig.session().fates(() -> ShakyLocks.Fate.NO_QUORUM);
            assertThatThrownBy(() -> rig.store().growVolume("disk0", 50L * EXTENT))
                    .isInstanceOfSatisfying(
                            BlockStoreException.class,
                            failure -> assertThat(failure.code()).isEqualTo(BlockStoreException.Code.NO_QUORUM));
            rig.session().fates(() -> ShakyLocks.Fate.PASS);
            assertThat(volume.geometry().size()).isEqualTo(2L * EXTENT);
            AtomicInteger commits = new AtomicInteger();
            rig.session()
                    .fates(() -> commits.getAndIncrement() == 0 ? ShakyLocks.Fate.LOST_AFTER : ShakyLocks.Fate.PASS);
            rig.store().growVolume("disk0", 3L * EXTENT);
            assertThat(volume.geometry().size()).isEqualTo(3L * EXTENT);
        }
    }

    @Test
    void size_thatIsNone_orSmaller_isRefused_andTheSameIsFine() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            rig.store().createVolume("main", "disk0", 2L * EXTENT);
            assertThatThrownBy(() -> rig.store().growVolume("disk0", EXTENT))
                    .hasMessageContaining("cannot shrink")
                    .isInstanceOfSatisfying(
                            BlockStoreException.class,
                            failure -> assertThat(failure.code()).isEqualTo(BlockStoreException.Code.INVALID));
            assertThatThrownBy(() -> rig.store().growVolume("disk0", 2L * EXTENT + 512))
                    .hasMessageContaining("multiple of the block size");
            assertThatThrownBy(() -> rig.store().growVolume("disk0", (long) Pool.CHUNKS_MAX * 4 * EXTENT * 2))
                    .hasMessageContaining("expected in pool main");
            assertThatThrownBy(() -> rig.store().growVolume("disk9", EXTENT)).hasMessageContaining("no volume disk9");
            assertThat(rig.store().growVolume("disk0", 2L * EXTENT).size()).isEqualTo(2L * EXTENT);
        }
    }

    /** The last extent is shorter than the others; once grown it is not, and what is added to it stays. */
    @Test
    void discardOfTheOldEnd_whileTheVolumeGrows_keepsWhatIsWrittenBehindIt() throws Exception {
        Property.forAll(20, random -> {
            ExecutorService threads = Executors.newFixedThreadPool(3);
            try (StoreRig rig = new StoreRig(1, threads, 40).withPool()) {
                long oldEnd = EXTENT + BLOCK;
                rig.store().createVolume("main", "disk0", oldEnd);
                BlockDevice volume = rig.store().openVolume("disk0");
                write(volume, 0, (int) oldEnd, 1);
                Future<?> discards = threads.submit(() -> {
                    BlockIo.discard(volume, EXTENT, BLOCK);
                    return null;
                });
                rig.store().growVolume("disk0", 3L * EXTENT);
                write(volume, EXTENT + BLOCK, BLOCK, 2);
                discards.get();
                assertThat(read(volume, EXTENT + BLOCK, BLOCK)).containsOnly(2);
                assertThat(read(volume, EXTENT, BLOCK)).containsOnly(0);
                assertThat(read(volume, 0, EXTENT)).containsOnly(1);
            } finally {
                threads.shutdown();
            }
        });
    }

    @Test
    void discardOfTheWholeVolume_freesTheShortLastExtent_beforeAndAfterGrowth() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            rig.store().createVolume("main", "disk0", EXTENT + BLOCK);
            BlockDevice volume = rig.store().openVolume("disk0");
            for (long size : new long[] {EXTENT + BLOCK, 3L * EXTENT + BLOCK, 4L * EXTENT}) {
                rig.store().growVolume("disk0", size);
                write(volume, 0, (int) size, 1);
                BlockIo.discard(volume, 0, size);
                assertThat(rig.pool().allocated()).isZero();
                assertThat(Objects.requireNonNull(volume.provisioning())
                                .run(0, size)
                                .state())
                        .isEqualTo(State.DEALLOCATED);
            }
        }
    }

    @Test
    void volume_thatGrowsUnderLoad_keepsEveryWrite() throws Exception {
        Property.forAll(4, random -> {
            int blocks = 40 * EXTENT / BLOCK;
            byte[] model = new byte[blocks];
            ExecutorService threads = Executors.newFixedThreadPool(3);
            try (StoreRig rig = new StoreRig(2, threads, 60).withPool()) {
                rig.store().createVolume("main", "disk0", EXTENT);
                BlockDevice volume = rig.store().openVolume("disk0");
                List<Integer> sizes = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    sizes.add(EXTENT / BLOCK + random.nextInt(blocks - EXTENT / BLOCK));
                }
                sizes.add(blocks);
                sizes.sort(null);
                Future<?> grows = threads.submit(() -> {
                    for (int size : sizes) {
                        rig.store().growVolume("disk0", (long) size * BLOCK);
                    }
                    return null;
                });
                for (int i = 1; i < 400 || !grows.isDone(); i++) {
                    work(volume, model, random.nextInt(1 << 30), i);
                }
                grows.get();
                byte[] found = new byte[blocks];
                for (int at = 0; at < blocks; at++) {
                    found[at] = read(volume, (long) at * BLOCK, BLOCK)[BLOCK - 1];
                }
                assertThat(found).isEqualTo(model);
            } finally {
                threads.shutdown();
            }
        });
    }

    private static void work(BlockDevice volume, byte[] model, int number, int round) throws IOException {
        int size = (int) volume.geometry().blockCount();
        int at = number % size;
        int count = Math.min(1 + number / 7 % 20, size - at);
        if (number % 5 == 0) {
            BlockIo.discard(volume, (long) at * BLOCK, (long) count * BLOCK);
            Arrays.fill(model, at, at + count, (byte) 0);
        } else {
            write(volume, (long) at * BLOCK, count * BLOCK, (byte) round);
            Arrays.fill(model, at, at + count, (byte) round);
        }
    }
}
