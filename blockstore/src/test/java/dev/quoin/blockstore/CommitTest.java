package dev.quoin.blockstore;

import static dev.quoin.blockstore.BlockStoreTest.assertRefused;
import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static dev.quoin.blockstore.StoreRig.read;
import static dev.quoin.blockstore.StoreRig.write;
import static dev.quoin.blockstore.VolumeTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.blockstore.ShakyLocks.Fate;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that each transaction takes effect once, whatever becomes of its answers. */
@Timeout(60)
class CommitTest {

    @Test
    void answers_lostInEveryWay_theChangeHappensOnce() throws Exception {
        for (Fate fate : Fate.values()) {
            try (StoreRig rig = StoreRig.of(8).withPool()) {
                BlockDevice volume = rig.volume("disk0", 8);
                script(rig, fate, fate, Fate.NO_QUORUM, fate);

                write(volume, 2L * EXTENT, BLOCK, 1);
                script(rig, fate);
                rig.store().createVolume("main", "disk1", BLOCK);
                script(rig, fate);
                rig.store().deleteVolume("disk1");

                assertThat(rig.pool().allocated()).as("after %s", fate).isEqualTo(EXTENT);
                rig.check();
                rig.reopen();
                assertThat(read(rig.store().openVolume("disk0"), 2L * EXTENT, BLOCK))
                        .containsOnly(1);
                assertThat(rig.store().listVolumes()).hasSize(1);
            }
        }
    }

    @Test
    void copies_carriedOutLate_changeNothing() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            script(rig, Fate.LATE, Fate.LATE);

            write(volume, 0, BLOCK, 1);

            await().until(() -> rig.session().lateOutcomes().size() == 2);
            assertThat(rig.session().lateOutcomes())
                    .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(TransactionOutcome.Conflict.class));
            write(volume, EXTENT, BLOCK, 1);
        }
    }

    @Test
    void noQuorum_forLong_failsAndChangesNothing_andLaterItWorks() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            write(volume, 0, BLOCK, 1);
            rig.session().fates(() -> Fate.NO_QUORUM);

            assertFails(DeviceException.Code.BUSY, () -> write(volume, EXTENT, BLOCK, 2));
            assertFails(DeviceException.Code.BUSY, () -> BlockIo.discard(volume, 0, EXTENT));
            assertRefused(
                    BlockStoreException.Code.NO_QUORUM,
                    "nothing was changed",
                    () -> rig.store().createVolume("main", "disk1", BLOCK));
            assertThat(read(volume, 0, BLOCK)).containsOnly(1);
            write(volume, 0, BLOCK, 3);
            rig.session().fates(() -> Fate.PASS);

            assertThat(read(volume, EXTENT, BLOCK)).containsOnly(0);
            write(volume, EXTENT, BLOCK, 2);
            assertThat(read(volume, 0, BLOCK)).containsOnly(3);
            assertThat(rig.pool().allocated()).isEqualTo(2L * EXTENT);
        }
    }

    @Test
    void outcome_unknownUntilTheSessionEnds_fencesThePool() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            rig.session().fates(() -> Fate.LOST_BEFORE);
            int before = rig.session().commits();
            var write = volume.write(0, StoreRig.filled(BLOCK, 1), WriteMode.CACHED);
            await().until(() -> rig.session().commits() > before + 3);
            assertThat(write).as("neither success nor failure").isNotDone();

            rig.locks.kill(rig.realSession());

            assertFails(DeviceException.Code.FENCED, () -> BlockIo.await(volume, write));
        }
    }

    @Test
    void state_writtenByAStranger_fencesThePool() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 8);
            var registry = rig.realSession().registry();
            var entry = registry.get("blockstore/state/main").orElseThrow();
            registry.commit(
                    Transaction.builder().put(entry.key(), entry.value()).build());

            assertFails(DeviceException.Code.FENCED, () -> write(volume, 0, BLOCK, 1));
            assertThat(rig.pool().fenced()).isTrue();
        }
    }

    private static void script(StoreRig rig, Fate... fates) {
        ArrayDeque<Fate> script = new ArrayDeque<>(List.of(fates));
        rig.session().fates(() -> {
            synchronized (script) {
                return script.isEmpty() ? Fate.PASS : script.remove();
            }
        });
    }
}
