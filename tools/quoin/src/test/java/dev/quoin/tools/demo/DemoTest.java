package dev.quoin.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.tools.admin.NodeFile;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Logging;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that the demo starts where nothing is, finds everything again, refuses what it cannot use without harm, and runs on with
 * a member file that is damaged.
 */
class DemoTest {

    private static final byte[] CONTENT = "kept".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private final List<String> notices = new ArrayList<>();

    @AfterEach
    void releaseLog() {
        Logging.toNowhere();
    }

    @Test
    void demo_startedTwice_findsEverything_andABusyPortHarmsNothing() throws Exception {
        try (Demo demo = start(freePort())) {
            FileTree.of(vfs(demo, "node-a")).write("/file", CONTENT);
            vfs(demo, "node-a").sync();
            assertThat(FileTree.of(vfs(demo, "node-b")).read("/file")).isEqualTo(CONTENT);
            assertThat(demo.node().peers().list())
                    .extracting(peer -> peer.state())
                    .containsOnlyOnce("leader")
                    .doesNotContain("stopped");
            assertThat(welcome(demo)).contains("shared0 (1 GiB, LUN 1)", "node-a and node-b", "Ctrl-C");
            assertRefused(
                    ExitCode.CONFLICT,
                    "in use by process " + ProcessHandle.current().pid(),
                    null);
        }
        assertThat(NodeFile.readFrom(directory)).as("after the close").isEmpty();
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertRefused(ExitCode.CONFLICT, "in use by another program", busy.getLocalPort());
        }
        assertThat(notices).isEmpty();

        try (Demo demo = start(freePort())) {
            assertThat(FileTree.of(vfs(demo, "node-b")).read("/file")).isEqualTo(CONTENT);
            assertThat(status(demo).health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        }
        assertThat(notices).isEmpty();
    }

    @Test
    void demo_withADamagedMember_startsDegraded_andSaysSo() throws Exception {
        try (Demo demo = start(freePort())) {
            FileTree.of(vfs(demo, "node-a")).write("/file", CONTENT);
        }
        try (RandomAccessFile member =
                new RandomAccessFile(directory.resolve("members/member1").toFile(), "rw")) {
            byte[] garbage = new byte[1 << 20];
            java.util.Arrays.fill(garbage, (byte) 0x5A);
            member.write(garbage);
            member.seek(member.length() - garbage.length);
            member.write(garbage);
        }

        try (Demo demo = start(freePort())) {
            assertThat(notices)
                    .anySatisfy(notice -> assertThat(notice)
                            .contains("array main: started degraded", "member 1", "quoin array replace main 1"));
            assertThat(status(demo).health()).isEqualTo(ArrayStatus.Health.DEGRADED);
            assertThat(FileTree.of(vfs(demo, "node-b")).read("/file")).isEqualTo(CONTENT);

            demo.node().arrays().replace("main", 1, "");
            demo.node().arrays().rebuild("main", (done, total) -> {}).get();
        }
        notices.clear();
        Files.delete(directory.resolve("members/member3"));

        try (Demo demo = start(freePort())) {
            assertThat(notices).anySatisfy(notice -> assertThat(notice).contains("cannot be opened", "member3"));
            assertThat(FileTree.of(vfs(demo, "node-a")).read("/file"))
                    .as("from the rebuilt member")
                    .isEqualTo(CONTENT);
        }
        Files.delete(directory.resolve("members/member0"));

        assertRefused(ExitCode.CRITICAL, "cannot be started", null);
        assertThat(directory.resolve("members/member0"))
                .as("nothing is made in its place")
                .doesNotExist();
    }

    private Demo start(Integer port) throws Fault {
        return Demo.start(directory, port, "test", notices::add);
    }

    private void assertRefused(ExitCode code, String reason, Integer port) {
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> start(port)).satisfies(fault -> {
            assertThat(fault.code()).isEqualTo(code);
            assertThat(fault.message()).contains(reason);
            assertThat(fault.next()).isNotEmpty();
        });
    }

    private static Vfs vfs(Demo demo, String node) throws Fault {
        return demo.node().requireFileSystems().through("shared0", node);
    }

    private static ArrayStatus status(Demo demo) throws Fault {
        return demo.node().arrays().get("main").status();
    }

    private static String welcome(Demo demo) {
        var bytes = new ByteArrayOutputStream();
        demo.welcome(new PrintStream(bytes, true, StandardCharsets.UTF_8), "");
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
