package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.filled;
import static dev.quoin.blockstore.StoreRig.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.AtomicWrites;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.Level;
import dev.quoin.raid.RaidArray;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that a volume does wholly or not at all what its arrays can do so, also where it has to take space for it. */
@Timeout(120)
class VolumeAtomicTest {

    private static final int UNIT = 16 << 10;
    private static final int UNITS = 40;

    @Test
    void atomicWrite_cutAnywhere_isWholeOrNotAtAll_andStaysIfItWasDurable() throws Exception {
        Property.forAll(25, random -> {
            try (StoreRig rig = new StoreRig(random.nextLong(), Runnable::run)) {
                List<BlockDevice> members = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    members.add(new FaultyDevice(new MemoryDevice("member " + i, 512, 4 << 20), rig.power));
                }
                RaidArray.create(new ArraySpec("r5", Level.RAID5, UNIT), members)
                        .close();
                rig.assembledBy(() -> RaidArray.assemble(members)).withPool();
                BlockDevice volume = rig.volume("disk0", 10);
                assertThat(volume.atomicWrites()).isEqualTo(new AtomicWrites(UNIT, UNIT));
                int[] durable = new int[UNITS];
                rig.power.cutAfter(1 + random.nextInt(120));
                try {
                    for (int i = 1; i <= 120; i++) {
                        int unit = random.nextInt(UNITS);
                        BlockIo.await(volume, volume.writeAtomic((long) unit * UNIT, filled(UNIT, i), WriteMode.FUA));
                        durable[unit] = i;
                    }
                } catch (DeviceException cut) {
                    assertThat(rig.power.isOn()).isFalse();
                }
                rig.crash();
                BlockDevice again = rig.store().openVolume("disk0");
                for (int unit = 0; unit < UNITS; unit++) {
                    byte[] found = read(again, (long) unit * UNIT, UNIT);
                    assertThat(found).as("unit " + unit).containsOnly(found[0]);
                    assertThat((int) found[0]).isGreaterThanOrEqualTo(durable[unit]);
                }
            }
        });
    }

    @Test
    void volume_onArraysThatCannot_promisesNothing() throws Exception {
        try (StoreRig rig = StoreRig.of(8).withPool()) {
            BlockDevice volume = rig.volume("disk0", 2);
            assertThat(volume.atomicWrites()).isEqualTo(AtomicWrites.NONE);
            assertThatThrownBy(() -> BlockIo.await(volume, volume.writeAtomic(0, filled(4096, 1), WriteMode.FUA)))
                    .isInstanceOfSatisfying(
                            DeviceException.class,
                            why -> assertThat(why.code()).isEqualTo(DeviceException.Code.UNSUPPORTED));
            assertThat(rig.pool().allocated()).isZero();
        }
    }

    @Test
    void volume_onArraysThatCanAnything_isLimitedByItsExtents() throws Exception {
        try (StoreRig rig = new StoreRig(1, Runnable::run)) {
            rig.arrays.put("a0", new MemoryDevice("array a0", 4096, 4 << 20));
            rig.reopen();
            rig.withPool();
            BlockDevice volume = rig.volume("disk0", 2);
            assertThat(volume.atomicWrites()).isEqualTo(new AtomicWrites(StoreRig.EXTENT, StoreRig.EXTENT));
            BlockIo.await(volume, volume.writeAtomic(StoreRig.EXTENT, filled(StoreRig.EXTENT, 3), WriteMode.CACHED));
            assertThat(read(volume, StoreRig.EXTENT, StoreRig.EXTENT)).containsOnly(3);
        }
    }
}
