package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockDeviceContract;
import dev.quoin.device.FileDevice;
import dev.quoin.device.MemoryDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Proves the device contract for {@link RaidArray}: in memory, degraded, and over files. */
class RaidArrayContractTest {

    @Nested
    class InMemory extends BlockDeviceContract {
        @Override
        protected BlockDevice open() throws Exception {
            return RaidArray.create(new ArraySpec("memory", Level.RAID5, 8192), memory(4));
        }
    }

    @Nested
    class Striped extends BlockDeviceContract {
        @Override
        protected BlockDevice open() throws Exception {
            return RaidArray.create(new ArraySpec("striped", Level.RAID0, 8192).withSizesCutToSmallest(), memory(3));
        }
    }

    @Nested
    class Cut extends BlockDeviceContract {
        @Override
        protected BlockDevice open() throws Exception {
            List<BlockDevice> members = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                members.add(new MemoryDevice("member" + i, 512, 2 << 20));
            }
            return RaidArray.create(new ArraySpec("cut", Level.RAID3, 4096), members);
        }
    }

    @Nested
    class Mirrored extends BlockDeviceContract {
        @Override
        protected BlockDevice open() throws Exception {
            return RaidArray.create(new ArraySpec("mirrored", Level.RAID10, 8192), memory(3));
        }
    }

    @Nested
    class DoublyDegraded extends BlockDeviceContract {
        @Override
        protected BlockDevice open() throws Exception {
            RaidArray array = RaidArray.create(new ArraySpec("doubly", Level.RAID6, 8192), memory(5));
            array.fail(0);
            array.fail(3);
            return array;
        }
    }

    @Nested
    class Degraded extends BlockDeviceContract {
        @Override
        protected BlockDevice open() throws Exception {
            RaidArray array = RaidArray.create(new ArraySpec("degraded", Level.RAID5, 16384), memory(3));
            array.fail(1);
            return array;
        }
    }

    @Nested
    class OverFiles extends BlockDeviceContract {

        @TempDir
        private Path directory;

        @Override
        protected BlockDevice open() throws Exception {
            List<BlockDevice> members = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                members.add(FileDevice.create(directory.resolve("member" + i), 4 << 20));
            }
            return RaidArray.create(ArraySpec.raid5("files"), members);
        }
    }

    private static List<BlockDevice> memory(int count) {
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new MemoryDevice("member" + i, 512 << Math.min(i, 3), 2 << 20));
        }
        return members;
    }
}
