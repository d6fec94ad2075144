package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.EXTENT;
import static dev.quoin.blockstore.StoreRig.read;
import static dev.quoin.blockstore.StoreRig.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.ForwardingDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that a pool takes the room that an array has got, for good, and that nothing else of it changes. */
@Timeout(60)
class PoolGrowTest {

    private static StoreRig rig(MemoryDevice medium) throws Exception {
        return StoreRig.of(3).assembledBy(() -> new Kept(medium));
    }

    /** Is there again after it was closed. */
    private static final class Kept extends ForwardingDevice {
        Kept(BlockDevice to) {
            super(to);
        }

        @Override
        public void close() {
            // The medium stays.
        }
    }

    private static MemoryDevice medium(int extents) {
        return new MemoryDevice("array grown", StoreRig.BLOCK, (2L + extents) * EXTENT);
    }

    @Test
    void pool_takesTheRoomOfItsLastArray_andKeepsIt() throws Exception {
        MemoryDevice medium = medium(4);
        try (StoreRig rig = rig(medium).withPool()) {
            BlockDevice volume = rig.volume("disk", 40);
            for (int i = 0; i < 7; i++) {
                write(volume, (long) i * EXTENT, EXTENT, i + 1);
            }
            assertThatThrownBy(() -> write(volume, 7L * EXTENT, EXTENT, 8)).hasMessageContaining("extents");
            assertThatThrownBy(() -> rig.store().growPool("main"))
                    .hasMessageContaining("uses all 4 extents that fit on array assembled")
                    .hasMessageContaining("grow the array first");
            medium.grow(12L * EXTENT + EXTENT / 2);
            assertThat(rig.store().growPool("main").capacity()).isEqualTo(13L * EXTENT);
            for (int i = 7; i < 13; i++) {
                assertThat(read(volume, (long) i * EXTENT, EXTENT)).containsOnly(0);
                write(volume, (long) i * EXTENT, EXTENT, i + 1);
            }
            assertThatThrownBy(() -> write(volume, 13L * EXTENT, EXTENT, 14)).hasMessageContaining("extents");
            volume.flush().join();
            rig.crash();
            assertThat(rig.pool().capacity()).isEqualTo(13L * EXTENT);
            BlockDevice again = rig.store().openVolume("disk");
            for (int i = 0; i < 13; i++) {
                assertThat(read(again, (long) i * EXTENT, EXTENT)).containsOnly(i + 1);
            }
        }
    }

    @Test
    void growth_thatDidNotReachTheLabel_isCompletedWhenThePoolIsOpened() throws Exception {
        MemoryDevice medium = medium(4);
        try (StoreRig rig = rig(medium).withPool()) {
            byte[] label = BlockIo.read(medium, 0, 2 * EXTENT).array();
            medium.grow(12L * EXTENT);
            rig.store().growPool("main");
            BlockIo.write(medium, 0, ByteBuffer.wrap(label), WriteMode.FUA);
            rig.reopen();
            assertThat(rig.pool().capacity()).isEqualTo(13L * EXTENT);
            rig.reopen();
            assertThat(rig.pool().capacity()).isEqualTo(13L * EXTENT);
        }
    }
}
