package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static dev.quoin.blockstore.StoreRig.filled;
import static dev.quoin.blockstore.StoreRig.read;
import static dev.quoin.blockstore.StoreRig.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.quoin.blockstore.extent.AheadPlanner;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that a volume keeps the contract of a block device, takes space only where it is written, and gives it back. */
@Timeout(60)
class VolumeTest {

    @Test
    void read_ofWhatWasNeverWritten_isZeroes_andAsksNoArray() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 1_000);
            rig.array(0).resetCounters();

            byte[] bytes = StoreRig.bytes(3 * EXTENT, 0xaa);
            ByteBuffer target = ByteBuffer.wrap(bytes);
            BlockIo.read(volume, 998L * EXTENT - EXTENT, target);

            assertThat(bytes).containsOnly(0);
            assertThat(target.hasRemaining()).isFalse();
            assertThat(rig.array(0).counters().reads()).isZero();
            assertThat(rig.pool().allocated()).isZero();
        }
    }

    @Test
    void write_overBordersOfExtents_takesThoseExtents_andMovesThePosition() throws Exception {
        try (StoreRig rig = StoreRig.of(3, 5).withPool()) {
            BlockDevice volume = rig.volume("disk0", 100);
            ByteBuffer source = ByteBuffer.allocate(5 * EXTENT);
            while (source.hasRemaining()) {
                source.putInt(source.position());
            }
            source.position(BLOCK).limit(4 * EXTENT);
            byte[] expected = new byte[source.remaining()];
            source.duplicate().get(expected);

            BlockIo.write(volume, 7L * EXTENT - BLOCK, source, WriteMode.CACHED);

            assertThat(source.position()).isEqualTo(4 * EXTENT);
            assertThat(read(volume, 7L * EXTENT - BLOCK, expected.length)).isEqualTo(expected);
            assertThat(read(volume, 6L * EXTENT, EXTENT - BLOCK)).containsOnly(0);
            assertThat(rig.pool().allocated()).isEqualTo(5L * EXTENT);
            rig.reopen();
            assertThat(read(rig.store().openVolume("disk0"), 7L * EXTENT - BLOCK, expected.length))
                    .isEqualTo(expected);
        }
    }

    @Test
    void request_outsideOrBesideBlocks_isRefused_andMovesNothing() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            rig.store().createVolume("main", "disk0", 3 * BLOCK);
            BlockDevice volume = rig.store().openVolume("disk0");
            write(volume, 0, 3 * BLOCK, 1);

            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> read(volume, 2 * BLOCK, 2 * BLOCK));
            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> read(volume, 512, BLOCK));
            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> write(volume, 0, 512, 2));
            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> write(volume, -BLOCK, BLOCK, 2));
            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> BlockIo.discard(volume, 0, 4 * BLOCK));
            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> BlockIo.writeZeroes(volume, BLOCK, 1, WriteMode.FUA));
            assertThat(volume.tryReadNow(3 * BLOCK, ByteBuffer.allocate(BLOCK))).isFalse();
            assertThat(volume.tryWriteNow(3 * BLOCK, filled(BLOCK, 2))).isFalse();
            assertThat(read(volume, 0, 3 * BLOCK)).containsOnly(1);
        }
    }

    @Test
    void request_ofNoLength_isDone_alsoAtTheEnd() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 2);

            read(volume, 2L * EXTENT, 0);
            write(volume, 2L * EXTENT, 0, 0);
            BlockIo.writeZeroes(volume, 2L * EXTENT, 0, WriteMode.FUA);
            BlockIo.discard(volume, 2L * EXTENT, 0);
            assertThat(volume.tryReadNow(2L * EXTENT, ByteBuffer.allocate(0))).isTrue();
            assertThat(rig.pool().allocated()).isZero();
        }
    }

    @Test
    void write_fuaAndFlush_reachEveryArray() throws Exception {
        try (StoreRig rig = StoreRig.of(1, 1).withPool()) {
            BlockDevice volume = rig.volume("disk0", 2);
            write(volume, 0, 2 * EXTENT, 1);
            rig.array(0).resetCounters();
            rig.array(1).resetCounters();

            BlockIo.write(volume, 0, filled(2 * EXTENT, 2), WriteMode.FUA);
            BlockIo.flush(volume);

            for (int array = 0; array < 2; array++) {
                assertThat(rig.array(array).counters().fua()).isEqualTo(1);
                assertThat(rig.array(array).counters().flushes()).isEqualTo(1);
            }
        }
    }

    @Test
    void writeZeroes_whereNothingIsMapped_costsNothing_andElsewhereZeroes() throws Exception {
        try (StoreRig rig = StoreRig.of(40).withPool()) {
            BlockDevice volume = rig.volume("disk0", 1_000);
            write(volume, 500L * EXTENT, 2 * EXTENT, 1);
            long allocated = rig.pool().allocated();
            rig.array(0).resetCounters();

            BlockIo.writeZeroes(volume, 100L * EXTENT, 401L * EXTENT - BLOCK, WriteMode.FUA);

            assertThat(rig.array(0).counters().writes()).isEqualTo(1);
            assertThat(rig.pool().allocated()).isEqualTo(allocated);
            assertThat(read(volume, 500L * EXTENT, EXTENT - BLOCK)).containsOnly(0);
            assertThat(read(volume, 501L * EXTENT - BLOCK, BLOCK)).containsOnly(1);
        }
    }

    @Test
    void discard_freesWholeExtents_andZeroesTheEdges() throws Exception {
        try (StoreRig rig = StoreRig.of(10).withPool()) {
            rig.store().createVolume("main", "disk0", 6L * EXTENT + BLOCK);
            BlockDevice volume = rig.store().openVolume("disk0");
            write(volume, 0, 6 * EXTENT + BLOCK, 1);
            assertThat(volume.geometry().discardZeroes()).isTrue();
            assertThat(rig.pool().allocated()).isEqualTo(7L * EXTENT);

            BlockIo.discard(volume, EXTENT - BLOCK, 2L * EXTENT + 2 * BLOCK);
            assertThat(rig.pool().allocated()).isEqualTo(5L * EXTENT);
            BlockIo.discard(volume, 4L * EXTENT + BLOCK, 2 * BLOCK);
            BlockIo.discard(volume, 4L * EXTENT, BLOCK);
            assertThat(rig.pool().allocated()).isEqualTo(5L * EXTENT);
            BlockIo.discard(volume, 6L * EXTENT, BLOCK);
            assertThat(rig.pool().allocated()).as("the short extent at the end").isEqualTo(4L * EXTENT);

            byte[] expected = StoreRig.bytes(6 * EXTENT + BLOCK, 1);
            Arrays.fill(expected, EXTENT - BLOCK, 3 * EXTENT + BLOCK, (byte) 0);
            Arrays.fill(expected, 4 * EXTENT, 4 * EXTENT + 3 * BLOCK, (byte) 0);
            Arrays.fill(expected, 6 * EXTENT, 6 * EXTENT + BLOCK, (byte) 0);
            assertThat(read(volume, 0, 6 * EXTENT + BLOCK)).isEqualTo(expected);
            rig.reopen();
            assertThat(read(rig.store().openVolume("disk0"), 0, 6 * EXTENT + BLOCK))
                    .isEqualTo(expected);
        }
    }

    @Test
    void discard_onArraysThatPromiseNoZeroes_readsAsZeroesAllTheSame() throws Exception {
        try (StoreRig rig = StoreRig.of(1)) {
            rig.arrays.put("striped", new Striped(new MemoryDevice("array striped", BLOCK, 4 << 20), EXTENT));
            rig.store().close();
            try (BlockStore store = BlockStore.open(rig.connect(), rig.arrays, StoreRig.SHORT)) {
                store.createPool("main", List.of("striped"), StoreRig.OPTIONS);
                store.createVolume("main", "disk0", 4L * EXTENT);
                BlockDevice volume = store.openVolume("disk0");
                write(volume, 0, 3 * EXTENT, 1);

                BlockIo.discard(volume, BLOCK, 2L * EXTENT);

                assertThat(volume.geometry().discardZeroes()).isTrue();
                assertThat(store.listPools().getFirst().allocated()).isEqualTo(2L * EXTENT);
                assertThat(read(volume, BLOCK, 2 * EXTENT)).containsOnly(0);
                assertThat(read(volume, 0, BLOCK)).containsOnly(1);
                assertThat(read(volume, 2L * EXTENT + BLOCK, EXTENT - BLOCK)).containsOnly(1);
            }
        }
    }

    @Test
    void recycledExtent_neverShowsOldData_andIsZeroedDurablyBeforeItIsMapped() throws Exception {
        try (StoreRig rig = StoreRig.of(2).withPool()) {
            BlockDevice first = rig.volume("first", 2);
            write(first, 0, 2 * EXTENT, 0x5e);
            first.close();
            rig.store().deleteVolume("first");
            BlockDevice second = rig.volume("second", 2);
            rig.array(0).resetCounters();
            rig.session().hold();

            CompletableFuture<Void> write = second.write(BLOCK, filled(BLOCK, 1), WriteMode.CACHED);
            await().until(() -> rig.session().heldCount() == 1);

            assertThat(rig.array(0).trace()).singleElement().satisfies(io -> {
                assertThat(io.kind()).isEqualTo(FaultyDevice.Kind.ZERO);
                assertThat(io.mode()).isEqualTo(WriteMode.FUA);
                assertThat(io.length()).isEqualTo(EXTENT);
            });
            assertThat(write).as("acknowledged only when mapped").isNotDone();
            rig.session().release();
            BlockIo.await(second, write);
            byte[] expected = new byte[EXTENT];
            Arrays.fill(expected, BLOCK, 2 * BLOCK, (byte) 1);
            assertThat(read(second, 0, EXTENT)).isEqualTo(expected);
        }
    }

    @Test
    void recycledExtent_zeroingFails_failsTheWrite_andServesOthers() throws Exception {
        try (StoreRig rig = StoreRig.of(2).withPool()) {
            BlockDevice first = rig.volume("first", 2);
            write(first, 0, 2 * EXTENT, 0x5e);
            BlockIo.discard(first, 0, 2L * EXTENT);
            rig.array(0).inject(Fault.writeError(0, Long.MAX_VALUE / 2, 1));

            assertFails(DeviceException.Code.MEDIUM_ERROR, () -> write(first, 0, BLOCK, 1));

            assertThat(rig.pool().allocated()).isZero();
            write(first, 0, BLOCK, 1);
            assertThat(read(first, BLOCK, EXTENT - BLOCK)).containsOnly(0);
        }
    }

    @Test
    void pool_full_failsWithNoSpace_goesOnServingWhatIsMapped_andHealsWithADiscard() throws Exception {
        try (StoreRig rig = StoreRig.of(2, 2).withPool()) {
            BlockDevice a = rig.volume("a", 100);
            BlockDevice b = rig.volume("b", 100);
            write(a, 0, 3 * EXTENT, 1);
            write(b, 0, EXTENT, 2);

            DeviceException full = catchThrowableOfType(DeviceException.class, () -> write(b, 5L * EXTENT, BLOCK, 2));
            assertThat(full.code()).isEqualTo(DeviceException.Code.NO_SPACE);
            assertThat(full).hasMessageContaining("none of its 4 extents free");
            write(b, 0, EXTENT, 3);
            assertThat(read(a, 0, 3 * EXTENT)).containsOnly(1);
            assertThat(read(b, 5L * EXTENT, BLOCK)).containsOnly(0);

            BlockIo.discard(a, EXTENT, EXTENT);
            write(b, 5L * EXTENT, BLOCK, 2);

            assertThat(read(b, 0, EXTENT)).containsOnly(3);
            assertThat(read(b, 5L * EXTENT + BLOCK, EXTENT - BLOCK)).containsOnly(0);
        }
    }

    @Test
    void sequentialWriter_needsFewCommits_andTakesNoMoreThanItWrites() throws Exception {
        try (StoreRig rig = StoreRig.of(2_000).withPool()) {
            BlockDevice volume = rig.volume("disk0", 64);
            int before = rig.session().commits();

            for (int offset = 0; offset < 64 * EXTENT; offset += 2 * BLOCK) {
                write(volume, offset, 2 * BLOCK, 1);
            }

            assertThat(rig.session().commits() - before).isLessThanOrEqualTo(8);
            assertThat(rig.pool().allocated()).isEqualTo(64L * EXTENT);
        }
    }

    @Test
    void sequentialWriter_afterItsFirstSteps_neverWaitsForACommit() throws Exception {
        try (StoreRig rig = StoreRig.of(4_000).withPool()) {
            BlockDevice volume = rig.volume("disk0", 1_000);
            long mapped = 0;
            for (int extent = 0; extent < 500; extent++) {
                if (extent > 2 * AheadPlanner.WINDOW_MAX) {
                    long now = rig.pool().allocated() / EXTENT;
                    assertThat(now)
                            .as("mapped when extent %d is written", extent)
                            .isGreaterThan(extent);
                }
                write(volume, (long) extent * EXTENT, BLOCK, 1);
                // The worker maps ahead on its own thread; a real writer gives it the time that an extent takes.
                long want = Math.min(1_000, extent + 2);
                if (extent > 8) {
                    await().pollInterval(Duration.ofMillis(1))
                            .until(() -> rig.pool().allocated() / EXTENT >= want);
                }
                mapped = rig.pool().allocated() / EXTENT;
            }
            assertThat(mapped).isLessThanOrEqualTo(500 + 2 * AheadPlanner.WINDOW_MAX);
        }
    }

    @Test
    void writersWhoJump_takeOneExtentEach_andShareCommits() throws Exception {
        try (StoreRig rig = StoreRig.of(400).withPool()) {
            BlockDevice volume = rig.volume("disk0", 1_000);
            rig.session().hold();
            int before = rig.session().commits();
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                writes.add(volume.write(i * 15L * EXTENT, filled(BLOCK, 1), WriteMode.CACHED));
                writes.add(volume.write(i * 15L * EXTENT + BLOCK, filled(BLOCK, 2), WriteMode.CACHED));
            }
            await().until(() -> rig.session().heldCount() > 0);
            rig.session().release();
            CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();

            assertThat(rig.pool().allocated()).isEqualTo(64L * EXTENT);
            assertThat(rig.session().commits() - before).isLessThanOrEqualTo(3);
            assertThat(read(volume, 15L * EXTENT, BLOCK)).containsOnly(1);
            assertThat(read(volume, 15L * EXTENT + BLOCK, BLOCK)).containsOnly(2);
        }
    }

    @Test
    void manyRequestsAtOnce_areSplitOverTransactions() throws Exception {
        int extents = 1_200;
        try (StoreRig rig = StoreRig.of(extents).withPool()) {
            BlockDevice volume = rig.volume("disk0", extents * StoreRig.CHUNK_EXTENTS);
            rig.session().hold();
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            for (int i = 0; i < extents; i++) {
                writes.add(
                        volume.write((long) i * StoreRig.CHUNK_EXTENTS * EXTENT, filled(BLOCK, 1), WriteMode.CACHED));
            }
            await().until(() -> rig.session().heldCount() > 0);
            rig.session().release();
            CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
            assertThat(rig.pool().free()).isZero();
            rig.check();

            BlockIo.discard(volume, 0, volume.geometry().size());

            assertThat(rig.pool().allocated()).isZero();
        }
    }

    @Test
    void discard_withRequestsInFlight_freesOnlyAfterThem() throws Exception {
        try (StoreRig rig = StoreRig.of(1).withPool()) {
            BlockDevice a = rig.volume("a", 1);
            BlockDevice b = rig.volume("b", 1);
            write(a, 0, EXTENT, 1);
            rig.array(0).hang();
            CompletableFuture<Void> late = a.write(0, filled(EXTENT, 2), WriteMode.CACHED);

            CompletableFuture<Void> discard = a.discard(0, EXTENT);
            // The catalogue changes only after what was asked before, so the drain has begun when this returns.
            rig.store().createVolume("main", "c", BLOCK);
            CompletableFuture<Void> other = a.discard(0, EXTENT);
            CompletableFuture<Void> reader = a.read(0, ByteBuffer.allocate(BLOCK));
            assertThat(a.tryReadNow(0, ByteBuffer.allocate(BLOCK))).isFalse();
            assertFails(DeviceException.Code.NO_SPACE, () -> write(b, 0, BLOCK, 3));
            assertThat(discard).isNotDone();
            assertThat(reader).isNotDone();
            assertThat(rig.pool().free()).isZero();

            rig.array(0).resume();
            CompletableFuture.allOf(late, discard, other, reader).join();

            assertThat(rig.pool().free()).isEqualTo(EXTENT);
            write(b, 0, BLOCK, 3);
            assertThat(read(b, BLOCK, EXTENT - BLOCK)).containsOnly(0);
            assertThat(read(a, 0, EXTENT)).containsOnly(0);
        }
    }

    @Test
    void tryNow_onMappedAndUnmappedExtents_readsAndWrites_orLeavesThePosition() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            write(volume, EXTENT, EXTENT, 1);
            ByteBuffer target = filled(4 * EXTENT, 9).position(BLOCK).limit(BLOCK + 3 * EXTENT);

            assertThat(volume.tryReadNow(0, target)).isTrue();
            assertThat(target.position()).isEqualTo(BLOCK + 3 * EXTENT);
            assertThat(target.limit()).isEqualTo(BLOCK + 3 * EXTENT);
            assertThat(target.get(BLOCK)).isZero();
            assertThat(target.get(BLOCK + EXTENT)).isOne();
            assertThat(target.get(BLOCK + 2 * EXTENT)).isZero();
            assertThat(target.get(BLOCK - 1)).isEqualTo((byte) 9);

            ByteBuffer source = filled(BLOCK, 2);
            assertThat(volume.tryWriteNow(0, source)).as("unmapped").isFalse();
            assertThat(source.position()).isZero();
            assertThat(rig.pool().allocated()).isEqualTo(EXTENT);

            rig.array(0).hang();
            target.position(BLOCK);
            assertThat(volume.tryReadNow(0, target))
                    .as("a miss on the second extent")
                    .isFalse();
            assertThat(target.position()).isEqualTo(BLOCK);
            assertThat(target.limit()).isEqualTo(BLOCK + 3 * EXTENT);
            rig.array(0).resume();
        }
    }

    @Test
    void tryWriteNow_onAMappedExtent_writes_butNotOverABorder() throws Exception {
        try (StoreRig rig = StoreRig.of(8)) {
            rig.arrays.put("plain", new MemoryDevice("array plain", BLOCK, 1 << 20));
            rig.reopen();
            rig.store().createPool("main", List.of("plain"), StoreRig.OPTIONS);
            BlockDevice volume = rig.volume("disk0", 4);
            write(volume, 0, 2 * EXTENT, 1);
            ByteBuffer source = filled(2 * BLOCK, 2);

            assertThat(volume.tryWriteNow(EXTENT - 2 * BLOCK, source)).isTrue();
            assertThat(source.hasRemaining()).isFalse();
            assertThat(volume.tryWriteNow(EXTENT - BLOCK, source.flip())).isFalse();
            assertThat(source.position()).isZero();

            assertThat(read(volume, EXTENT - 2 * BLOCK, 2 * BLOCK)).containsOnly(2);
            assertThat(read(volume, EXTENT, EXTENT)).containsOnly(1);
        }
    }

    @Test
    void close_refusesLaterRequests_andLeavesOtherHandlesAlone() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice one = rig.volume("disk0", 8);
            BlockDevice two = rig.store().openVolume("disk0");
            write(one, 0, BLOCK, 1);
            one.close();
            one.close();

            assertFails(DeviceException.Code.GONE, () -> read(one, 0, BLOCK));
            assertFails(DeviceException.Code.GONE, () -> BlockIo.flush(one));
            assertThat(one.tryReadNow(0, ByteBuffer.allocate(BLOCK))).isFalse();
            assertThat(read(two, 0, BLOCK)).containsOnly(1);
        }
    }

    @Test
    void arrayError_isTheVolumesError_andPassesOn() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            write(volume, 0, 2 * EXTENT, 1);
            rig.array(0).inject(Fault.readError(0, Long.MAX_VALUE / 2, 1));

            CompletableFuture<Void> read = volume.read(0, ByteBuffer.allocate(2 * EXTENT));

            assertThat(read.exceptionNow())
                    .as("a device exception and nothing around it")
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("array a0");
            assertThat(read(volume, 0, 2 * EXTENT)).containsOnly(1);
        }
    }

    static void assertFails(DeviceException.Code code, ThrowingCallable call) {
        DeviceException failure = catchThrowableOfType(DeviceException.class, call);
        assertThat(failure).as("a failure").isNotNull();
        assertThat(failure.code()).isEqualTo(code);
    }
}
