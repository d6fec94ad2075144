package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quoin.device.MemoryDevice;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.IscsiTargetConfig;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that whoever looks for the disk of a member is told its path and its serial number, while it works, when it failed, when it is
 * gone and after the node was started again. The disks are units of an iSCSI target, and loop devices where root may have the kernel give
 * them a serial number.
 */
class SerialNumberTest extends CommandTest {

    private static final int BLOCK = 512;
    private static final long SIZE = 16 << 20;
    private static final String NAME = "iqn.2026-11.dev.quoin:shelf-";

    @TempDir
    Path files;

    private final Deque<AutoCloseable> undo = new ArrayDeque<>();

    @AfterEach
    void undo() throws Exception {
        while (!undo.isEmpty()) {
            undo.pop().close();
        }
    }

    /** A shelf with one disk that has a serial number; gives its URL. */
    private String shelf(String serial) throws Exception {
        MemoryDevice disk = new MemoryDevice(serial, BLOCK, SIZE);
        undo.push(disk);
        IscsiTarget target = IscsiTarget.start(IscsiTargetConfig.of(
                NAME + serial.toLowerCase(Locale.ROOT),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                List.of(new LogicalUnit(0, disk, UnitIdentity.of(serial)))));
        undo.push(target);
        return "iscsi://127.0.0.1:" + target.port() + "/" + NAME + serial.toLowerCase(Locale.ROOT) + "/0";
    }

    private JsonNode member(String array, int role) throws Exception {
        return json("array", "show", array).path("members").path(role);
    }

    @Test
    void disksOfATarget_areNamed_untilAnotherTakesTheRole() throws Exception {
        String a = shelf("DISK-A");
        String b = shelf("DISK-B");
        done("array", "create", "shelves", "--level", "1", a, b);
        assertThat(terminal().out()).contains("SERIAL", "DISK-A", "DISK-B");
        assertThat(member("shelves", 1).path("device").asText()).isEqualTo(b);
        assertThat(member("shelves", 1).path("serial").asText()).isEqualTo("DISK-B");
        assertThat(run("array", "examine", b)).isEqualTo(1);
        assertThat(terminal().out()).contains("in-use", "DISK-B");

        done("array", "fail", "shelves", "1", "--yes");
        assertThat(terminal().out()).contains("failed", b, "DISK-B");
        assertThat(json("array", "list").findValuesAsText("serial")).contains("DISK-A", "DISK-B");
        done("array", "events", "shelves");
        assertThat(terminal().out()).contains(b + " (serial DISK-B): taken out");
        assertThat(run("status")).isEqualTo(5);
        assertThat(terminal().out()).contains("member 1 failed on " + b + " (serial DISK-B)");

        done("array", "stop", "shelves");
        undo.pop().close();
        done("array", "assemble", "shelves");
        assertThat(terminal().out()).contains("missing", b, "DISK-B");
        done("array", "events", "shelves");
        assertThat(terminal().out()).contains("without members [1 on " + b + " (serial DISK-B)]");
        assertThat(run("array", "examine", b)).isEqualTo(1);
        assertThat(terminal().out()).contains("unreachable", "DISK-B");

        done("array", "stop", "shelves");
        done("array", "assemble", "shelves", "--dry-run");
        assertThat(terminal().out())
                .contains("DISK-A", "unreachable", "DISK-B", "would start array shelves (degraded)");
        done("array", "assemble", "shelves", a);
        assertThat(terminal().out()).as("its record was written anew").contains("missing", b, "DISK-B");
        assertThat(run("array", "assemble", "shelves", "--dry-run")).as("runs").isEqualTo(1);
        running().close();
        List<String> notices = new ArrayList<>();
        startAgain(notices::add);
        assertThat(member("shelves", 1).path("serial").asText()).isEqualTo("DISK-B");
        assertThat(notices)
                .anyMatch(notice -> notice.contains("member 1 is missing or damaged, of " + b + " (serial DISK-B)"));
        assertThat(run("status")).isEqualTo(5);
        assertThat(terminal().out()).contains("member 1 is missing, it was on " + b + " (serial DISK-B)");

        String c = shelf("DISK-C");
        done("array", "replace", "shelves", "1", "--with", c, "--yes");
        assertThat(terminal().out()).contains(c, "DISK-C").doesNotContain("DISK-B");
        done("array", "rebuild", "shelves");
        done("array", "fail", "shelves", "1", "--yes");
        done("array", "remove", "shelves", "1", "--yes");
        assertThat(member("shelves", 1).path("serial").isNull()).isTrue();
        assertThat(member("shelves", 1).path("device").isNull()).isTrue();
        done("array", "stop", "shelves");
    }

    @Test
    void diskOfTheKernel_isNamed_whenItFailedAndWhenItIsGone() throws Exception {
        String serial = "S4EWNX0M123456";
        Path loop = loop(serial);
        done(
                "array",
                "create",
                "disks",
                "--level",
                "1",
                "--member-size",
                "16MiB",
                "file:" + files.resolve("0"),
                "file:" + loop);
        done("array", "show", "disks");
        assertThat(terminal().out()).containsPattern("1  active .* file:" + loop + " +" + serial);
        done("array", "fail", "disks", "1", "--yes");
        done("array", "show", "disks");
        assertThat(terminal().out()).containsPattern("1  failed .* file:" + loop + " +" + serial);
        done("array", "stop", "disks");
        undo();
        Files.delete(files.resolve("backing"));
        done("array", "assemble", "disks");
        assertThat(terminal().out()).containsPattern("1  missing .* file:" + loop + " +" + serial);
        done("array", "stop", "disks");
    }

    /** A loop device of which the kernel says this serial number. Skips the test if that is not permitted. */
    private Path loop(String serial) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "loop devices need root");
        Path backing = files.resolve("backing");
        try (var file = new RandomAccessFile(backing.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        Path said = Files.createDirectories(files.resolve("said"));
        Files.writeString(said.resolve("serial"), serial + "\n");
        Path loop = Path.of(said("losetup", "--find", "--show", backing.toString()));
        undo.push(() -> said("losetup", "--detach", loop.toString()));
        String sys =
                Path.of("/sys/block").resolve(loop.getFileName()).toRealPath().toString();
        said("mount", "--bind", said.toString(), sys);
        undo.push(() -> said("umount", sys));
        return loop;
    }

    private static String said(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assumeTrue(process.waitFor() == 0, () -> List.of(command) + ": " + text);
        return text;
    }

    @Test
    void recordOfAnOlderRelease_isReadWithoutDisks_andTellsWhereTheMemberWas() throws Exception {
        assertThat(createArray(files, "older", "1", 2)).isZero();
        String uuid = json("array", "show", "older").path("uuid").asText();
        done("array", "stop", "older");
        String record = "{\"v\":1,\"uuid\":\"%s\",\"members\":[\"file:%s\",\"file:%s\"],\"spares\":[]}"
                .formatted(uuid, files.resolve("older-0"), files.resolve("older-1"));
        String server = running().node().peers().list().getFirst().address();
        try (LockClient client = DlmClient.connect(DlmClientConfig.of("test", List.of(server), Security.off()))) {
            assertThat(client.registry()
                            .commit(Transaction.builder()
                                    .put("node/demo/array/older", record.getBytes(StandardCharsets.UTF_8))
                                    .build()))
                    .isInstanceOf(TransactionOutcome.Committed.class);
        }
        Files.delete(files.resolve("older-1"));
        done("array", "assemble", "older");
        assertThat(member("older", 1).path("state").asText()).isEqualTo("missing");
        assertThat(member("older", 1).path("device").asText()).isEqualTo("file:" + files.resolve("older-1"));
        assertThat(member("older", 1).path("serial").isNull()).isTrue();
        assertThat(terminal().out()).doesNotContain("SERIAL");
        done("array", "stop", "older");
    }
}
