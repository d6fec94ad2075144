package dev.quoin.clusterfs.fsck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.Fsck;
import dev.quoin.clusterfs.Mkfs;
import dev.quoin.clusterfs.MkfsOptions;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that checker and mkfs read the format in the same way, on devices of many sizes. */
class FsckMkfsTest {

    private static final long MIB = 1 << 20;

    @Test
    void freshFileSystem_ofAnySize_isClean() throws Exception {
        for (long size : new long[] {16 * MIB, 64 * MIB, 100 * MIB + 4096, 1024 * MIB, 3000 * MIB}) {
            MemoryDevice device = new MemoryDevice("memory:disk", 512, size);
            Superblock made = Mkfs.format(device, MkfsOptions.of("fresh"));

            FsckReport report = Fsck.check(device);

            assertThat(report.findings()).as(size + " bytes").isEmpty();
            assertThat(report.counts().blocks()).isEqualTo(made.layout().blocks());
            assertThat(report.counts().inodes()).isOne();
        }
    }

    @Test
    void freshFileSystem_withOneBitOfItsBitmapSet_isDamaged() throws Exception {
        MemoryDevice device = new MemoryDevice("memory:disk", 512, 64 * MIB);
        Superblock made = Mkfs.format(device, MkfsOptions.of("fresh"));
        long block = made.layout().groupStart(1) + 77;
        new Patch(device).mark(made.layout(), block, BlockState.METADATA);

        assertThat(Fsck.check(device).findings())
                .isEqualTo(List.of(new Finding.BitmapWrong(block, 1, BlockState.METADATA, BlockState.FREE)));
    }

    @Test
    void check_writesNothing() throws Exception {
        MemoryDevice medium = new MemoryDevice("memory:disk", 512, 16 * MIB);
        Mkfs.format(medium, MkfsOptions.of("fresh"));
        try (FaultyDevice device = new FaultyDevice(medium, new PowerSupply(1))) {
            device.resetCounters();

            assertThat(Fsck.check(device).clean()).isTrue();

            assertThat(device.counters().writes()).isZero();
            assertThat(device.counters().reads()).isPositive();
        }
    }

    @Test
    void deviceLargerThanTheFileSystem_withoutSuperblock_isCheckedByACopyInAGroup() throws Exception {
        MemoryDevice small = new MemoryDevice("memory:small", 512, 64 * MIB);
        Mkfs.format(small, MkfsOptions.of("fresh"));
        BlockDevice large = new MemoryDevice("memory:large", 512, 80 * MIB);
        Patch.copy(small, large);
        BlockIo.writeZeroes(large, 16 * 4096, 4096, WriteMode.CACHED);

        assertThat(Fsck.check(large).findings())
                .singleElement()
                .extracting(Finding::object)
                .isEqualTo("superblock in block 16");
    }
}
