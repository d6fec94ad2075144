package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceProvider.Access;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves the device contract for {@link FileDevice} on a disk, a loop device here, and what is special to disks. Skipped without root. */
class DiskDeviceTest extends BlockDeviceContract {

    private static final long SIZE = 4 << 20;

    @TempDir
    private Path directory;

    private final Host host = Host.asRoot();
    private Path disk;

    @Override
    protected BlockDevice open() throws Exception {
        setLength(SIZE);
        disk = host.loop(directory.resolve("backing"));
        return FileDevice.open(disk, Access.READ_WRITE);
    }

    @AfterEach
    void undo() throws Exception {
        device().close();
        host.close();
    }

    private void setLength(long length) throws IOException {
        try (var file = new RandomAccessFile(directory.resolve("backing").toFile(), "rw")) {
            file.setLength(length);
        }
    }

    @Test
    void geometry_isThatOfTheDisk() throws Exception {
        assertThat(device().geometry().size()).isEqualTo(SIZE);
        assertThat(device().geometry().blockSize()).isEqualTo(512);
        assertThat(device().geometry().physicalBlockSize()).isEqualTo(4096);
    }

    @Test
    void diskOfLargeBlocks_hasThem() throws Exception {
        device().close();
        Host.run("losetup", "--sector-size", "4096", disk.toString());
        try (FileDevice large = FileDevice.open(disk, Access.READ_WRITE)) {
            assertThat(large.geometry().blockSize()).isEqualTo(4096);
            assertThatThrownBy(() -> BlockIo.read(large, 512, 512))
                    .isInstanceOfSatisfying(
                            DeviceException.class,
                            refused -> assertThat(refused.code()).isEqualTo(Code.OUT_OF_RANGE));
        }
    }

    @Test
    void serialNumber_isWhatTheKernelSays_andStaysKnownWhenTheDiskIsGone() throws Exception {
        assertThat(device().serialNumber()).isEmpty();
        device().close();
        Path said = Files.createDirectories(directory.resolve("said"));
        Files.writeString(said.resolve("serial"), "S4EWNX0M123456\n");
        host.tell(disk, said);
        try (FileDevice named = FileDevice.open(disk, Access.READ_WRITE)) {
            Files.delete(said.resolve("serial"));
            assertThat(named.serialNumber()).contains("S4EWNX0M123456");
        }
    }

    @Test
    void openDisk_cannotBeOpenedOrMounted() {
        assertThatThrownBy(() -> FileDevice.open(disk, Access.READ_WRITE))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.BUSY))
                .hasMessageContaining(disk.toString())
                .hasMessageContaining("claimed");
        assertThatThrownBy(() -> Host.run("mkfs.ext4", "-q", disk.toString())).hasMessageContaining("in use");
    }

    @Test
    void mountedDisk_isRefused() throws Exception {
        device().close();
        Host.run("mkfs.ext4", "-q", disk.toString());
        Path mounted = directory.resolve("mounted");
        try (Host mounting = Host.asRoot()) {
            mounting.mount(disk, mounted);
            assertThatThrownBy(() -> FileDevice.open(disk, Access.READ_WRITE))
                    .isInstanceOfSatisfying(
                            DeviceException.class,
                            refused -> assertThat(refused.code()).isEqualTo(Code.BUSY))
                    .hasMessageContaining("mounted");
        }
        FileDevice.open(disk, Access.READ_WRITE).close();
    }

    @Test
    void disk_thatBecomesLarger_tellsItsNewSize() throws Exception {
        setLength(2 * SIZE);
        Host.run("losetup", "--set-capacity", disk.toString());
        device().refreshSize();
        assertThat(device().geometry().size()).isEqualTo(2 * SIZE);
        BlockIo.write(device(), 2 * SIZE - 512, ByteBuffer.allocate(512), WriteMode.FUA);
    }

    @Test
    void whatWasWritten_isInTheFileBelow() throws Exception {
        byte[] content = new byte[4096];
        content[7] = 42;
        BlockIo.write(device(), 8192, ByteBuffer.wrap(content), WriteMode.FUA);
        device().close();
        try (FileDevice again = FileDevice.open(disk, Access.READ_ONLY)) {
            assertThat(BlockIo.read(again, 8192, 4096).array()).isEqualTo(content);
        }
        host.close();
        try (FileDevice below = FileDevice.open(directory.resolve("backing"), Access.READ_ONLY)) {
            assertThat(BlockIo.read(below, 8192, 4096).array()).isEqualTo(content);
        }
    }
}
