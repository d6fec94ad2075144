package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static dev.quoin.blockstore.StoreRig.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Provisioning;
import dev.quoin.device.Provisioning.Run;
import dev.quoin.device.Provisioning.State;
import dev.quoin.device.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that a volume tells which of its ranges have space, and its users in time that the pool has little left. */
@Timeout(60)
class VolumeSpaceTest {

    private static Provisioning known(BlockDevice volume) {
        return Objects.requireNonNull(volume.provisioning());
    }

    private static Run run(State state, int extents) {
        return new Run(state, (long) extents * EXTENT);
    }

    @Test
    void runs_areThoseOfTheMap_beforeAndAfterARestart() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            BlockDevice volume = rig.volume("disk0", 400);
            write(volume, 3L * EXTENT, BLOCK, 1);
            write(volume, 399L * EXTENT, BLOCK, 1);
            for (int round = 0; round < 2; round++) {
                Provisioning known = known(volume);
                assertThat(known.unit()).isEqualTo(EXTENT);
                assertThat(known.run(0, 400L * EXTENT)).isEqualTo(run(State.DEALLOCATED, 3));
                assertThat(known.run(BLOCK, BLOCK)).isEqualTo(new Run(State.DEALLOCATED, BLOCK));
                assertThat(known.run(3L * EXTENT, 397L * EXTENT)).isEqualTo(run(State.MAPPED, 1));
                assertThat(known.run(4L * EXTENT, 396L * EXTENT)).isEqualTo(run(State.DEALLOCATED, 395));
                assertThat(known.run(399L * EXTENT, EXTENT)).isEqualTo(run(State.MAPPED, 1));
                rig.reopen();
                volume = rig.store().openVolume("disk0");
            }
            BlockIo.discard(volume, 3L * EXTENT, EXTENT);
            assertThat(known(volume).run(0, 400L * EXTENT)).isEqualTo(run(State.DEALLOCATED, 399));
        }
    }

    @Test
    void partOfAnExtent_thatIsDiscarded_staysMapped() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            BlockDevice volume = rig.volume("disk0", 4);
            write(volume, 0, EXTENT, 1);
            BlockIo.discard(volume, BLOCK, EXTENT - BLOCK);
            assertThat(known(volume).run(0, EXTENT)).isEqualTo(run(State.MAPPED, 1));
            BlockIo.discard(volume, 0, EXTENT);
            assertThat(known(volume).run(0, EXTENT)).isEqualTo(run(State.DEALLOCATED, 1));
        }
    }

    @Test
    void space_isThatOfThePool_andWhatTheVolumeHasOfIt() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            BlockDevice one = rig.volume("one", 30);
            BlockDevice two = rig.volume("two", 30);
            write(one, 0, BLOCK, 1);
            write(two, 0, BLOCK, 1);
            write(two, 7L * EXTENT, BLOCK, 1);
            assertThat(known(one).space()).contains(new Space(EXTENT, 17L * EXTENT, 4L * EXTENT));
            assertThat(known(two).space()).contains(new Space(2L * EXTENT, 17L * EXTENT, 4L * EXTENT));
        }
    }

    @Test
    void users_areTold_onceForEachCrossing_whoeverWrites() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            rig.store().warnAt("main", 50);
            BlockDevice one = rig.volume("one", 100);
            BlockDevice two = rig.volume("two", 100);
            List<DeviceEvent> told = new ArrayList<>();
            List<DeviceEvent> moved = new ArrayList<>();
            two.watch(event -> (event == DeviceEvent.LOW_CHANGED ? moved : told).add(event));
            for (int i = 0; i < 9; i++) {
                write(one, i * 2L * EXTENT, BLOCK, 1);
            }
            assertThat(told).isEmpty();
            write(one, 18L * EXTENT, BLOCK, 1);
            assertThat(told).containsExactly(DeviceEvent.SPACE_LOW);
            write(two, 0, BLOCK, 1);
            assertThat(told).hasSize(1);
            BlockIo.discard(one, 0, 3L * EXTENT);
            write(two, 4L * EXTENT, BLOCK, 1);
            write(two, 6L * EXTENT, BLOCK, 1);
            assertThat(told).hasSize(2);
            rig.store().warnAt("main", 60);
            assertThat(told).as("the limit went away").hasSize(2);
            rig.store().warnAt("main", 50);
            assertThat(told).as("the limit came back").hasSize(3);
            assertThat(moved).hasSize(2);
        }
    }

    @Test
    void warning_isSetForGood_andHasItsLimits() throws Exception {
        try (StoreRig rig = StoreRig.of(20).withPool()) {
            assertThat(rig.pool().warnAtPercent()).isEqualTo(80);
            assertThat(rig.store().warnAt("main", 1).warnAtPercent()).isEqualTo(1);
            assertThat(rig.store().warnAt("main", 100).warnAtPercent()).isEqualTo(100);
            assertThatThrownBy(() -> rig.store().warnAt("main", 101)).hasMessageContaining("1 to 100 expected");
            assertThatThrownBy(() -> rig.store().warnAt("main", 0)).hasMessageContaining("1 to 100 expected");
            assertThatThrownBy(() -> rig.store().warnAt("other", 50)).hasMessageContaining("pool other is not open");
            rig.crash();
            assertThat(rig.pool().warnAtPercent()).isEqualTo(100);
        }
    }

    @Test
    void fullPool_refusesWhatNeedsSpace_andTakesWhatHasSome() throws Exception {
        try (StoreRig rig = StoreRig.of(4).withPool()) {
            BlockDevice volume = rig.volume("disk0", 10);
            for (int i = 0; i < 4; i++) {
                write(volume, 2L * i * EXTENT, BLOCK, 1);
            }
            assertThat(known(volume).space().orElseThrow().available()).isZero();
            assertThatThrownBy(() -> write(volume, EXTENT, BLOCK, 1))
                    .isInstanceOfSatisfying(
                            DeviceException.class,
                            full -> assertThat(full.code()).isEqualTo(DeviceException.Code.NO_SPACE));
            write(volume, 0, EXTENT, 2);
        }
    }
}
