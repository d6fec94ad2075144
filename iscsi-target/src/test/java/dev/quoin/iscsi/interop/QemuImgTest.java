package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.Exported;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Proves that QEMU writes an image to a unit and finds it there. */
@Timeout(120)
class QemuImgTest {

    @TempDir
    Path directory;

    @Test
    void image_toTheUnitAndBack_isTheSame() throws Exception {
        Program qemu = Program.require("qemu-img", "qemu-utils");
        assumeTrue(
                qemu.run(Map.of(), "--help").output().contains("iscsi")
                        || Files.isRegularFile(Path.of("/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so")),
                "the iSCSI driver of QEMU is not installed (package qemu-block-extra)");
        byte[] content = new byte[8 << 20];
        new Random(11).nextBytes(content);
        Path image = Files.write(directory.resolve("image"), content);
        try (BlockDevice device = new MemoryDevice("memory", 512, content.length);
                Exported exported = Exported.devices(device)) {
            assertThat(qemu.good("info", exported.text(0))).contains(content.length + " bytes");
            qemu.good("convert", "-n", "-f", "raw", "-O", "raw", image.toString(), exported.text(0));
            assertThat(qemu.good("compare", "-f", "raw", "-F", "raw", image.toString(), exported.text(0)))
                    .contains("identical");
            Path back = directory.resolve("back");
            qemu.good("convert", "-f", "raw", "-O", "raw", exported.text(0), back.toString());
            assertThat(Files.mismatch(image, back)).isEqualTo(-1);
            qemu.good(
                    "bench", "-w", "-t", "none", "-c", "2000", "-d", "32", "-s", "4096", "-f", "raw", exported.text(0));
        }
    }
}
