package dev.quoin.blockstore;

import static dev.quoin.blockstore.BlockStoreTest.assertRefused;
import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static dev.quoin.blockstore.StoreRig.filled;
import static dev.quoin.blockstore.StoreRig.read;
import static dev.quoin.blockstore.StoreRig.write;
import static dev.quoin.blockstore.VolumeTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Registry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that who has lost a pool serves nothing from it and can change nothing about it, whether it knows or not. */
@Timeout(60)
class FencingTest {

    @Test
    void session_lost_fencesEveryRequest() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            write(volume, 0, BLOCK, 1);

            rig.locks.kill(rig.realSession());
            await().until(() -> rig.pool().fenced());

            assertFails(DeviceException.Code.FENCED, () -> read(volume, 0, BLOCK));
            assertFails(DeviceException.Code.FENCED, () -> read(volume, 5L * EXTENT, BLOCK));
            assertFails(DeviceException.Code.FENCED, () -> write(volume, 0, BLOCK, 2));
            assertFails(DeviceException.Code.FENCED, () -> write(volume, 5L * EXTENT, BLOCK, 2));
            assertFails(DeviceException.Code.FENCED, () -> BlockIo.flush(volume));
            assertFails(DeviceException.Code.FENCED, () -> BlockIo.discard(volume, 0, 8L * EXTENT));
            assertFails(DeviceException.Code.FENCED, () -> BlockIo.writeZeroes(volume, 0, BLOCK, WriteMode.FUA));
            assertThat(volume.tryReadNow(0, ByteBuffer.allocate(BLOCK))).isFalse();
            assertThat(volume.tryWriteNow(0, filled(BLOCK, 2))).isFalse();
            assertRefused(
                    BlockStoreException.Code.FENCED,
                    "no longer owns pool main",
                    () -> rig.store().openVolume("disk0"));
            assertRefused(
                    BlockStoreException.Code.FENCED,
                    "no longer owns pool main",
                    () -> rig.store().createVolume("main", "d", BLOCK));
            assertThat(rig.array(0).counters().bytesWritten()).isLessThan(EXTENT + BLOCK);
        }
    }

    @Test
    void session_lost_failsWhatWaitsForAnExtent() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            rig.session().hold();
            CompletableFuture<Void> first = volume.write(0, filled(BLOCK, 1), WriteMode.CACHED);
            await().until(() -> rig.session().heldCount() == 1);
            CompletableFuture<Void> second = volume.write(EXTENT, filled(BLOCK, 1), WriteMode.CACHED);

            rig.locks.kill(rig.realSession());

            assertFails(DeviceException.Code.FENCED, () -> BlockIo.await(volume, first));
            assertFails(DeviceException.Code.FENCED, () -> BlockIo.await(volume, second));
        }
    }

    @Test
    void session_lostWhileARequestIsInFlight_itIsNotAcknowledged() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            write(volume, 0, BLOCK, 1);
            rig.array(0).hang();
            CompletableFuture<Void> write = volume.write(0, filled(BLOCK, 2), WriteMode.FUA);
            CompletableFuture<Void> read = volume.read(0, ByteBuffer.allocate(BLOCK));
            CompletableFuture<Void> discard = volume.discard(0, EXTENT);

            rig.locks.kill(rig.realSession());
            assertFails(DeviceException.Code.FENCED, () -> BlockIo.await(volume, discard));
            rig.array(0).resume();

            assertFails(DeviceException.Code.FENCED, () -> BlockIo.await(volume, write));
            assertFails(DeviceException.Code.FENCED, () -> BlockIo.await(volume, read));
        }
    }

    @Test
    void formerOwner_thatDoesNotKnow_canChangeNothing() throws Exception {
        try (StoreRig rig = StoreRig.of(8)) {
            rig.store().close();
            LockClient pausedSession = rig.connect();
            LockClient carrier = rig.connect();
            BlockStore former = BlockStore.open(new PausedLocks(pausedSession, carrier), rig.arrays, StoreRig.SHORT);
            former.createPool("main", List.of("a0"), StoreRig.OPTIONS);
            former.createVolume("main", "disk0", 8L * EXTENT);
            former.createVolume("main", "disk1", 8L * EXTENT);
            BlockDevice volume = former.openVolume("disk0");
            write(volume, 0, BLOCK, 1);

            rig.locks.kill(pausedSession);
            rig.start();
            BlockDevice now = rig.store().openVolume("disk0");
            write(now, 3L * EXTENT, BLOCK, 7);
            List<Registry.Entry> before = carrier.registry().range("");

            assertThat(former.listPools().getFirst().fenced())
                    .as("it believes that it owns the pool")
                    .isFalse();
            assertFails(DeviceException.Code.FENCED, () -> write(volume, 3L * EXTENT, BLOCK, 9));
            assertThat(former.listPools().getFirst().fenced()).isTrue();
            assertRefused(BlockStoreException.Code.FENCED, "", () -> former.deleteVolume("disk1"));
            assertFails(DeviceException.Code.FENCED, () -> read(volume, 0, BLOCK));
            former.close();

            assertThat(carrier.registry().range("")).usingRecursiveComparison().isEqualTo(before);
            assertThat(read(now, 3L * EXTENT, BLOCK)).containsOnly(7);
        }
    }

    @Test
    void formerOwner_eachKindOfChange_isRefusedByTheToken() throws Exception {
        for (int kind = 0; kind < 3; kind++) {
            try (StoreRig rig = StoreRig.of(8)) {
                rig.store().close();
                LockClient pausedSession = rig.connect();
                LockClient carrier = rig.connect();
                BlockStore former =
                        BlockStore.open(new PausedLocks(pausedSession, carrier), rig.arrays, StoreRig.SHORT);
                former.createPool("main", List.of("a0"), StoreRig.OPTIONS);
                former.createVolume("main", "disk0", 8L * EXTENT);
                BlockDevice volume = former.openVolume("disk0");
                write(volume, 0, BLOCK, 1);
                rig.locks.kill(pausedSession);
                rig.start();
                List<Registry.Entry> before = carrier.registry().range("");

                switch (kind) {
                    case 0 ->
                        assertRefused(
                                BlockStoreException.Code.FENCED,
                                "no longer owns",
                                () -> former.createVolume("main", "d", BLOCK));
                    case 1 -> {
                        volume.close();
                        assertRefused(
                                BlockStoreException.Code.FENCED, "no longer owns", () -> former.deleteVolume("disk0"));
                    }
                    default -> assertFails(DeviceException.Code.FENCED, () -> BlockIo.discard(volume, 0, 8L * EXTENT));
                }

                assertThat(carrier.registry().range(""))
                        .usingRecursiveComparison()
                        .isEqualTo(before);
                former.close();
            }
        }
    }

    @Test
    void formerOwner_opensAgainWithAnOldToken_findsTheLaterOneOnTheArray() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            long later = Labels.read(rig.array(0)).orElseThrow().token();
            assertThat(later).isPositive();
            rig.reopen();
            assertThat(Labels.read(rig.array(0)).orElseThrow().token()).isGreaterThan(later);

            assertRefused(
                    BlockStoreException.Code.FENCED,
                    "a later owner has opened pool main",
                    () -> Labels.claim(
                            rig.array(0),
                            new CatalogueReader(rig.realSession().registry())
                                    .pool("main")
                                    .orElseThrow(),
                            0,
                            later,
                            false));
        }
    }
}
