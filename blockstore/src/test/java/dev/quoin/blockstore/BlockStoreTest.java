package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quoin.blockstore.catalogue.PoolLabel;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.Fault;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Proves that pools and volumes are made, found again, refused and deleted as the catalogue's rules say. */
class BlockStoreTest {

    @Test
    void pool_createdAndReopened_isThereWithItsVolumes() throws Exception {
        try (StoreRig rig = StoreRig.of(10, 6).withPool()) {
            PoolInfo made = rig.pool();
            assertThat(made.capacity()).isEqualTo(16L * EXTENT);
            assertThat(made.free()).isEqualTo(made.capacity());
            assertThat(made.arrays()).containsExactly("a0", "a1");
            BlockDevice volume = rig.volume("disk0", 100);
            StoreRig.write(volume, 3L * EXTENT, BLOCK, 7);

            rig.reopen();

            assertThat(rig.pool().id()).isEqualTo(made.id());
            assertThat(rig.pool().provisioned()).isEqualTo(100L * EXTENT);
            assertThat(rig.store().listVolumes()).singleElement().satisfies(info -> {
                assertThat(info.name()).isEqualTo("disk0");
                assertThat(info.size()).isEqualTo(100L * EXTENT);
                assertThat(info.allocated()).isEqualTo(EXTENT);
                assertThat(info.handles()).isZero();
            });
            assertThat(StoreRig.read(rig.store().openVolume("disk0"), 3L * EXTENT, BLOCK))
                    .containsOnly(7);
        }
    }

    @Test
    void createVolume_whatIsNotAllowed_isRefusedWithItsCode() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool()) {
            BlockStore store = rig.store();
            store.createVolume("main", "disk0", BLOCK);

            assertRefused(
                    BlockStoreException.Code.EXISTS,
                    "volume disk0 exists",
                    () -> store.createVolume("main", "disk0", BLOCK));
            assertRefused(
                    BlockStoreException.Code.NOT_FOUND, "pool other", () -> store.createVolume("other", "d", BLOCK));
            assertRefused(
                    BlockStoreException.Code.INVALID, "volume name 'D'", () -> store.createVolume("main", "D", BLOCK));
            assertRefused(BlockStoreException.Code.INVALID, "size 512", () -> store.createVolume("main", "d", 512));
            assertRefused(BlockStoreException.Code.INVALID, "size 0", () -> store.createVolume("main", "d", 0));
            assertRefused(
                    BlockStoreException.Code.INVALID, "size -4096", () -> store.createVolume("main", "d", -BLOCK));
            long tooLarge = (long) Pool.CHUNKS_MAX * StoreRig.CHUNK_EXTENTS * EXTENT;
            assertRefused(
                    BlockStoreException.Code.LIMIT_EXCEEDED, "size", () -> store.createVolume("main", "d", tooLarge));
            assertThat(store.createVolume("main", "d", tooLarge - BLOCK).size()).isEqualTo(tooLarge - BLOCK);
        }
    }

    @Test
    void createVolume_atTheLimit_isFine_andOneMoreIsRefused() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool()) {
            for (int i = 0; i < Pool.VOLUMES_MAX; i++) {
                rig.store().createVolume("main", "v" + i, BLOCK);
            }
            assertRefused(
                    BlockStoreException.Code.LIMIT_EXCEEDED,
                    "1024 volumes",
                    () -> rig.store().createVolume("main", "v", BLOCK));

            rig.store().deleteVolume("v7");

            assertThat(rig.store().createVolume("main", "v", BLOCK).allocated()).isZero();
        }
    }

    @Test
    void volumeNames_areOneSetOverAllPools() throws Exception {
        try (StoreRig rig = StoreRig.of(4, 4)) {
            rig.store().createPool("p0", List.of("a0"), StoreRig.OPTIONS);
            rig.store().createPool("p1", List.of("a1"), StoreRig.OPTIONS);
            rig.store().createVolume("p0", "disk0", BLOCK);

            assertRefused(
                    BlockStoreException.Code.EXISTS, "disk0", () -> rig.store().createVolume("p1", "disk0", BLOCK));
            assertThat(rig.store().listPools()).extracting(PoolInfo::volumes).containsExactly(1, 0);
        }
    }

    @Test
    void deleteVolume_inUse_isRefused_andAfterwardsItsExtentsAreFree() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            BlockDevice again = rig.store().openVolume("disk0");
            StoreRig.write(volume, 0, 8 * EXTENT, 1);
            assertThat(rig.pool().free()).isZero();

            assertRefused(
                    BlockStoreException.Code.IN_USE,
                    "open 2 times",
                    () -> rig.store().deleteVolume("disk0"));
            volume.close();
            assertRefused(
                    BlockStoreException.Code.IN_USE,
                    "open 1 times",
                    () -> rig.store().deleteVolume("disk0"));
            again.close();
            rig.store().deleteVolume("disk0");

            assertThat(rig.pool().free()).isEqualTo(8L * EXTENT);
            assertRefused(
                    BlockStoreException.Code.NOT_FOUND,
                    "no volume disk0",
                    () -> rig.store().openVolume("disk0"));
            assertRefused(
                    BlockStoreException.Code.NOT_FOUND,
                    "no volume disk0",
                    () -> rig.store().deleteVolume("disk0"));
            rig.check();
            assertThat(StoreRig.read(rig.volume("disk0", 8), 0, 8 * EXTENT)).containsOnly(0);
        }
    }

    @Test
    void deleteVolume_withAMapOfManyTransactions_survivesACrashInTheMiddle() throws Exception {
        int chunks = 450;
        try (StoreRig rig = StoreRig.of(chunks).withPool()) {
            try (BlockDevice volume = rig.volume("disk0", chunks * StoreRig.CHUNK_EXTENTS)) {
                for (int chunk = 0; chunk < chunks; chunk++) {
                    StoreRig.write(volume, (long) chunk * StoreRig.CHUNK_EXTENTS * EXTENT, BLOCK, 1);
                }
            }
            assertThat(rig.pool().free()).isZero();
            int before = rig.session().commits();
            rig.session()
                    .fates(() ->
                            rig.session().commits() > before + 2 ? ShakyLocks.Fate.NO_QUORUM : ShakyLocks.Fate.PASS);

            assertRefused(
                    BlockStoreException.Code.NO_QUORUM,
                    "nothing was changed",
                    () -> rig.store().deleteVolume("disk0"));
            assertRefused(
                    BlockStoreException.Code.NOT_FOUND,
                    "being deleted",
                    () -> rig.store().openVolume("disk0"));
            rig.check();
            rig.crash();

            assertThat(rig.store().listVolumes()).isEmpty();
            assertThat(rig.pool().free()).isEqualTo((long) chunks * EXTENT);
        }
    }

    @Test
    void openVolume_asOftenAsCanBe_isFine_andOnceMoreIsRefused() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool()) {
            BlockDevice first = rig.volume("disk0", 1);
            for (int i = 1; i < Volume.HANDLES_MAX; i++) {
                rig.store().openVolume("disk0");
            }
            assertRefused(
                    BlockStoreException.Code.LIMIT_EXCEEDED,
                    "64 times",
                    () -> rig.store().openVolume("disk0"));

            first.close();

            assertThat(rig.store().openVolume("disk0").name()).isEqualTo("volume disk0");
        }
    }

    @Test
    void createPool_whatIsNotAllowed_isRefusedWithItsCode() throws Exception {
        try (StoreRig rig = StoreRig.of(4, 4, 4)) {
            BlockStore store = rig.store();
            store.createPool("main", List.of("a0"), StoreRig.OPTIONS);
            StoreRig.write(rig.array(2), rig.array(2).geometry().size() - BLOCK, BLOCK, 1);

            assertRefused(BlockStoreException.Code.EXISTS, "pool main exists", () -> create(store, "main", "a1"));
            assertRefused(BlockStoreException.Code.IN_USE, "belongs to pool main", () -> create(store, "p", "a0"));
            assertRefused(BlockStoreException.Code.IN_USE, "a blank array expected", () -> create(store, "p", "a2"));
            assertRefused(BlockStoreException.Code.NOT_FOUND, "no array a9", () -> create(store, "p", "a9"));
            assertRefused(BlockStoreException.Code.INVALID, "different ones", () -> create(store, "p", "a1", "a1"));
            assertRefused(BlockStoreException.Code.INVALID, "different ones", () -> create(store, "p"));
            assertRefused(BlockStoreException.Code.INVALID, "pool name", () -> create(store, "p/q", "a1"));
            assertRefused(
                    BlockStoreException.Code.INVALID,
                    "0 extents",
                    () -> store.createPool("p", List.of("a1"), new PoolOptions(1 << 30, 1024)));
            assertThat(store.listPools()).hasSize(1);
            assertThat(create(store, "p", "a1").capacity())
                    .as("nothing was left behind")
                    .isEqualTo(4L * EXTENT);
        }
    }

    @Test
    void createPool_onAnArrayOfAForgottenPool_isRefused() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool();
                StoreRig other = StoreRig.of(4)) {
            other.store().close();
            try (BlockStore store = BlockStore.open(other.connect(), rig.arrays, StoreRig.SHORT)) {
                assertRefused(BlockStoreException.Code.IN_USE, "belongs to pool main", () -> create(store, "p", "a0"));
            }
        }
    }

    @Test
    void createPool_cutShortAtTheLabels_isFinishedByTheNextOpening() throws Exception {
        try (StoreRig rig = StoreRig.of(4, 4)) {
            rig.array(1).inject(Fault.writeError(0, PoolLabel.AREA_LENGTH, 1));

            assertRefused(
                    BlockStoreException.Code.DEVICE_FAILED,
                    "label of pool main",
                    () -> create(rig.store(), "main", "a0", "a1"));
            assertThat(rig.store().listPools()).isEmpty();
            rig.reopen();

            assertThat(rig.pool().capacity()).isEqualTo(8L * EXTENT);
            StoreRig.write(rig.volume("disk0", 8), 0, 8 * EXTENT, 5);
            rig.reopen();
            assertThat(StoreRig.read(rig.store().openVolume("disk0"), 0, 8 * EXTENT))
                    .containsOnly(5);
        }
    }

    @Test
    void open_arraysSwapped_isRefused_andNothingIsServed() throws Exception {
        try (StoreRig rig = StoreRig.of(4, 4).withPool()) {
            rig.store().close();
            Map<String, BlockDevice> swapped = Map.of("a0", rig.array(1), "a1", rig.array(0));

            assertRefused(
                    BlockStoreException.Code.DAMAGED,
                    "check that the right array is given",
                    () -> BlockStore.open(rig.connect(), swapped, StoreRig.SHORT));
            rig.start();
            assertThat(rig.store().listPools()).hasSize(1);
        }
    }

    @Test
    void open_blankOrShorterArrayInPlaceOfTheRealOne_isRefused() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool()) {
            rig.store().close();
            BlockDevice blank = new MemoryDevice(
                    "array blank", BLOCK, rig.array(0).geometry().size());
            BlockDevice small = new MemoryDevice("array small", BLOCK, 2L * EXTENT);

            assertRefused(
                    BlockStoreException.Code.DAMAGED,
                    "no label found on array blank",
                    () -> BlockStore.open(rig.connect(), Map.of("a0", blank), StoreRig.SHORT));
            assertRefused(
                    BlockStoreException.Code.DAMAGED,
                    "array small",
                    () -> BlockStore.open(rig.connect(), Map.of("a0", small), StoreRig.SHORT));
            rig.start();
        }
    }

    @Test
    void open_oneLabelSlotDamaged_usesTheOther() throws Exception {
        for (int slot = 0; slot < PoolLabel.SLOTS; slot++) {
            try (StoreRig rig = StoreRig.of(4).withPool()) {
                rig.store().close();
                BlockIo.write(
                        rig.array(0), (long) slot * PoolLabel.SLOT_LENGTH, StoreRig.filled(BLOCK, 0xee), WriteMode.FUA);
                rig.start();
                assertThat(rig.store().listPools()).hasSize(1);
            }
        }
    }

    @Test
    void open_someArraysMissing_leavesThePoolAlone() throws Exception {
        try (StoreRig rig = StoreRig.of(4, 4).withPool()) {
            rig.store().createVolume("main", "disk0", BLOCK);
            rig.store().close();
            try (BlockStore store = BlockStore.open(rig.connect(), Map.of("a0", rig.array(0)), StoreRig.SHORT)) {
                assertThat(store.listPools()).isEmpty();
                assertRefused(
                        BlockStoreException.Code.NOT_FOUND,
                        "is in pool main, which is not open here",
                        () -> store.openVolume("disk0"));
            }
            rig.start();
        }
    }

    @Test
    void open_whileAnotherNodeOwnsThePool_isRefused_andNamesIt() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool()) {
            LockClient second = rig.connect();

            assertRefused(
                    BlockStoreException.Code.IN_USE,
                    "held by node node-1",
                    () -> BlockStore.open(second, rig.arrays, StoreRig.SHORT));
            rig.locks.kill(rig.realSession());
            assertRefused(
                    BlockStoreException.Code.IN_USE,
                    "has ended: cut its storage access off, then declare it fenced",
                    () -> BlockStore.open(second, rig.arrays, StoreRig.SHORT));
            StoreRig.fenceTheDead(second);
            try (BlockStore store = BlockStore.open(second, rig.arrays, StoreRig.SHORT)) {
                assertThat(store.listPools()).hasSize(1);
            }
        }
    }

    @Test
    void store_closed_refusesEverything_andTwiceIsFine() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool()) {
            BlockDevice volume = rig.volume("disk0", 1);
            rig.store().close();
            rig.store().close();

            assertRefused(
                    BlockStoreException.Code.CLOSED,
                    "open it again",
                    () -> rig.store().openVolume("disk0"));
            assertRefused(BlockStoreException.Code.CLOSED, "open it again", () -> create(rig.store(), "p", "a0"));
            assertThat(volume.read(0, StoreRig.filled(BLOCK, 0))).isCompletedExceptionally();
        }
    }

    @Test
    void pool_onArraysWithStripes_hasExtentsOfWholeStripes() throws Exception {
        try (StoreRig rig = StoreRig.of(4)) {
            int stripe = 48 << 10;
            rig.arrays.put("striped", new Striped(new MemoryDevice("array striped", 512, 4 << 20), stripe));
            rig.store().close();
            try (BlockStore store = BlockStore.open(rig.connect(), rig.arrays, StoreRig.SHORT)) {
                PoolInfo pool = create(store, "main", "striped");
                store.createVolume("main", "disk0", 1 << 20);
                BlockDevice volume = store.openVolume("disk0");

                assertThat(pool.extentSize()).isEqualTo(2L * stripe);
                assertThat(volume.geometry().optimalTransfer()).isEqualTo(stripe);
                assertThat(volume.geometry().blockSize()).isEqualTo(512);
            }
        }
    }

    private static PoolInfo create(BlockStore store, String name, String... arrays) throws BlockStoreException {
        return store.createPool(name, List.of(arrays), StoreRig.OPTIONS);
    }

    static void assertRefused(BlockStoreException.Code code, String message, ThrowingCallable call) {
        BlockStoreException refusal = catchThrowableOfType(BlockStoreException.class, call);
        assertThat(refusal).as("a refusal").isNotNull();
        assertThat(refusal).hasMessageContaining(message);
        assertThat(refusal.code()).isEqualTo(code);
    }
}
