package dev.quoin.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.IscsiTargetConfig;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that what the demo check says of a disk is so: right data pass, one wrong byte anywhere fails. */
class DiskWorkTest {

    private static final SeededImage IMAGE = new SeededImage(11, 8L << 20);
    private static final String NAME = "iqn.2026-11.dev.quoin:test";

    @TempDir
    Path temporary;

    private final BlockDevice disk = new MemoryDevice("disk", 512, 32L << 20);

    @Test
    void image_written_isVerified_whereItWasWritten() throws Exception {
        DiskImage.write(disk, 4 << 20, IMAGE);

        DiskImage.verify(disk, 4 << 20, IMAGE);
        assertThatExceptionOfType(CheckFailure.class).isThrownBy(() -> DiskImage.verify(disk, 0, IMAGE));
    }

    @Test
    void image_withOneWrongByte_isFound_inTheFirstAndInTheLastPiece() throws Exception {
        for (long place : new long[] {0, IMAGE.length() - 1}) {
            DiskImage.write(disk, 0, IMAGE);
            spoil(place);
            assertThatExceptionOfType(CheckFailure.class)
                    .as("byte %d", place)
                    .isThrownBy(() -> DiskImage.verify(disk, 0, IMAGE));
        }
    }

    @Test
    void load_written_isVerified_andASpoiltByteIsFound() throws Exception {
        LoadWriter load = LoadWriter.start(disk, 8 << 20, 16 << 20, 5);
        load.awaitProgress(200, Duration.ofSeconds(30));
        load.stop();

        assertThat(load.writes()).isGreaterThanOrEqualTo(200);
        load.verify(disk);
        spoil((24L << 20) - 1);
        assertThatExceptionOfType(CheckFailure.class).isThrownBy(() -> load.verify(disk));
    }

    @Test
    void load_onADeadDisk_fails() throws Exception {
        LoadWriter load = LoadWriter.start(disk, 0, 16 << 20, 5);
        load.awaitProgress(1, Duration.ofSeconds(30));
        disk.close();

        assertThatExceptionOfType(DeviceException.class)
                .isThrownBy(() -> load.awaitProgress(1_000_000, Duration.ofSeconds(30)));
    }

    @Test
    void qemu_movesAnImage_andFindsOneWrongByte() throws Exception {
        Path file = temporary.resolve("image.raw");
        DiskImage.writeFile(file, IMAGE);
        assertThat(file).hasSize(IMAGE.length());
        try (IscsiTarget target = IscsiTarget.start(IscsiTargetConfig.of(
                NAME,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                List.of(new LogicalUnit(0, disk, UnitIdentity.of("1")))))) {
            var qemu = new QemuImage("127.0.0.1:" + target.port(), NAME, 0);
            if (!hasQemu()) {
                assertThatExceptionOfType(Checklist.Skipped.class).isThrownBy(qemu::require);
                return;
            }
            qemu.require();
            qemu.write(file);
            DiskImage.verify(disk, 0, IMAGE);
            qemu.compare(file);

            spoil(IMAGE.length() - 1);
            assertThatExceptionOfType(CheckFailure.class).isThrownBy(() -> qemu.compare(file));
            assertThatExceptionOfType(CheckFailure.class)
                    .isThrownBy(new QemuImage("127.0.0.1:" + target.port(), NAME, 9)::require);
        }
    }

    /** Whether qemu-img and its iSCSI driver are where Debian puts them. */
    private static boolean hasQemu() throws Exception {
        boolean program = Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv("PATH"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "qemu-img")));
        try (var drivers = Files.find(Path.of("/usr/lib"), 4, (path, attributes) -> path.endsWith("block-iscsi.so"))) {
            return program && drivers.findAny().isPresent();
        }
    }

    private void spoil(long place) throws Exception {
        long block = place / 512 * 512;
        ByteBuffer content = BlockIo.read(disk, block, 512);
        content.put((int) (place - block), (byte) (content.get((int) (place - block)) ^ 1));
        BlockIo.write(disk, block, content, WriteMode.CACHED);
    }
}
