package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proves that mdadm, a program of others, finds on exported members what the array is. */
class MdadmExamineTest {

    private static final Instant NOW = Instant.parse("2026-11-30T08:00:00.5Z");

    @TempDir
    Path directory;

    private static Path mdadm;

    @BeforeAll
    static void find() {
        mdadm = List.of("/usr/sbin/mdadm", "/sbin/mdadm").stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(mdadm != null, "mdadm is not installed (package mdadm)");
    }

    /** What it says of a device, by field. */
    private static Map<String, String> examine(Path device) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(mdadm.toString(), "--examine", device.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        Map<String, String> fields = new TreeMap<>();
        said.lines().filter(line -> line.contains(" : ")).forEach(line -> {
            int colon = line.indexOf(" : ");
            fields.put(
                    line.substring(0, colon).strip(), line.substring(colon + 3).strip());
        });
        return fields;
    }

    @ParameterizedTest
    @CsvSource({
        "RAID0, 3, 65536, alternate",
        "RAID1, 2, 65536, ",
        "RAID5, 4, 16384, left-symmetric",
        "RAID6, 5, 65536, left-symmetric",
        "RAID10, 4, 131072, near=2",
        "RAID10, 3, 4096, near=2"
    })
    void examine_ofEveryMember_findsTheArray(Level level, int count, int chunk, String layout) throws Exception {
        List<BlockDevice> members = new ArrayList<>();
        for (int role = 0; role < count; role++) {
            members.add(FileDevice.create(directory.resolve("member" + role), 8 << 20));
        }
        RaidArray array = RaidArray.create(new ArraySpec("main", level, chunk), members);
        BlockIo.write(array, 0, ByteBuffer.wrap(new byte[1 << 20]), WriteMode.CACHED);
        long size = array.geometry().size();
        array.close();
        MdExport.Report report = MdExport.run("main", members, NOW, Progress.NONE);
        members.forEach(BlockDevice::close);
        String uuid = report.array().toString().replace("-", "").replaceAll("(.{8})(?!$)", "$1:");
        for (int role = 0; role < count; role++) {
            Map<String, String> found = examine(directory.resolve("member" + role));
            assertThat(found)
                    .containsEntry("Version", "1.0")
                    .containsEntry("Raid Level", "raid" + level.number())
                    .containsEntry("Raid Devices", String.valueOf(count))
                    .containsEntry("Array UUID", uuid)
                    .containsEntry("State", "clean")
                    .containsEntry("Device Role", "Active device " + role);
            assertThat(found.get("Name")).isEqualTo("main");
            assertThat(found.get("Checksum")).endsWith("- correct");
            assertThat(found.get("Array State")).startsWith("A".repeat(count) + " ");
            assertThat(found.get("Layout")).isEqualTo(layout);
            assertThat(found.get("Chunk Size")).isEqualTo(level == Level.RAID1 ? null : chunk / 1024 + "K");
            if (level != Level.RAID0) {
                assertThat(found.get("Array Size")).startsWith(size / 1024 + " KiB ");
            }
        }
    }
}
