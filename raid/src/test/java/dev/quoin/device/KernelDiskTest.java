package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that what Linux says of a disk is read as it is meant. */
class KernelDiskTest {

    @TempDir
    private Path directory;

    private void say(String file, String text) throws Exception {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    @Test
    void diskOfLargeBlocks_withSerialNumber() throws Exception {
        say("queue/logical_block_size", "4096");
        say("queue/physical_block_size", "16384");
        say("queue/discard_max_bytes", "2147450880");
        say("queue/write_zeroes_max_bytes", "2147450880");
        say("device/serial", "S4EWNX0M123456      ");
        say("wwid", "eui.0025385991b0f8a4");
        KernelDisk disk = KernelDisk.in(directory);
        assertThat(disk.logicalBlockSize()).isEqualTo(4096);
        assertThat(disk.physicalBlockSize()).isEqualTo(16384);
        assertThat(disk.discards()).isTrue();
        assertThat(disk.serialNumber()).contains("S4EWNX0M123456");
    }

    @Test
    void partition_isAsItsDisk() throws Exception {
        say("queue/logical_block_size", "4096");
        say("device/wwid", "naa.5000c500a1b2c3d4");
        say("sda1/partition", "1");
        KernelDisk disk = KernelDisk.in(directory.resolve("sda1"));
        assertThat(disk.logicalBlockSize()).isEqualTo(4096);
        assertThat(disk.serialNumber()).contains("naa.5000c500a1b2c3d4");
    }

    @Test
    void diskOfWhichNothingIsSaid_isAPlainOne() throws Exception {
        say("queue/logical_block_size", "odd");
        assertThat(KernelDisk.in(directory)).isEqualTo(KernelDisk.in(directory.resolve("none")));
        assertThat(KernelDisk.in(directory).logicalBlockSize()).isEqualTo(512);
        assertThat(KernelDisk.in(directory).discards()).isFalse();
        assertThat(KernelDisk.in(directory).serialNumber()).isEmpty();
    }

    @Test
    void numbersOfADevice_areUnpacked() {
        assertThat(KernelDisk.number(0x0700)).isEqualTo("7:0");
        assertThat(KernelDisk.number(0x10305)).isEqualTo("259:5");
        assertThat(KernelDisk.number(0x100811)).isEqualTo("8:273");
    }

    @Test
    void regularFile_isNoDisk() throws Exception {
        say("file", "");
        assertThat(KernelDisk.at(directory.resolve("file"))).isNull();
    }
}
