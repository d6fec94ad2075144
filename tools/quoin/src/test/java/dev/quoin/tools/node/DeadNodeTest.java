package dev.quoin.tools.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.Security;
import dev.quoin.iscsi.SessionInfo;
import dev.quoin.tools.FreePorts;
import dev.quoin.tools.config.ArrayConfig;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.DlmConfig;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.PoolConfig;
import dev.quoin.tools.config.TargetConfig;
import dev.quoin.tools.config.TlsConfig;
import dev.quoin.tools.config.VolumeConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves the way from a dead node to its locks: its lease runs out, the target cuts its session off, and only then is what it held given to
 * others. The dead node is a process that was stopped, and goes on writing when it wakes.
 */
@Timeout(120)
class DeadNodeTest {

    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration LEASE = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    private NodeConfig config(HostPort clients) throws IOException {
        List<String> members = List.of(
                "file:" + directory.resolve("m0"),
                "file:" + directory.resolve("m1"),
                "file:" + directory.resolve("m2"));
        return new NodeConfig(
                "node-a",
                directory.resolve("node-a"),
                new HostPort(LOOPBACK, 0),
                null,
                new DlmConfig(
                        "dead-node",
                        new TlsConfig.Off(),
                        List.of(),
                        RaftTransport.DEFAULT,
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        List.of(DlmConfig.Peer.here("a", new HostPort(LOOPBACK, FreePorts.next()), clients)),
                        List.of()),
                List.of(new ArrayConfig(
                        "main", 5, new ByteSize(ArrayConfig.CHUNK_DEFAULT), members, new ByteSize(64L << 20))),
                List.of(new PoolConfig("main", List.of("main"))),
                List.of(new VolumeConfig("shared0", "main", new ByteSize(32L << 20), 0)),
                TargetConfig.open("iqn.2026-11.dev.quoin:dead-node", new HostPort(LOOPBACK, 0), 1),
                List.of());
    }

    private Process start(Node node, HostPort clients, SessionEndPolicy policy) throws Exception {
        Portal portal = node.requirePortal();
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CarelessMount.class.getName(),
                        "node-b",
                        "shared0",
                        clients.toString(),
                        Long.toString(LEASE.toMillis()),
                        policy.name(),
                        "iscsi://" + portal.address() + "/" + portal.name() + "/0")
                .redirectErrorStream(true)
                .start();
    }

    private static void signal(String name, Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static int stored(BlockDevice volume) throws IOException {
        return BlockIo.read(volume, 0, CarelessMount.BLOCK).getInt(0);
    }

    @FunctionalInterface
    private interface Afterwards {
        void check(Node node, BlockDevice volume, Process stopped, String initiator, int found) throws Exception;
    }

    /** Stops a process that holds the lock and writes, takes the lock, and looks at what is then. */
    private void takeFromAStoppedNode(SessionEndPolicy policy, Afterwards afterwards) throws Exception {
        HostPort clients = new HostPort(LOOPBACK, FreePorts.next());
        NodeConfig config = config(clients);
        try (Node node = Node.start(NodeDirectory.open(config.directory(), 0), config, notice -> {});
                LockClient survivor =
                        DlmClient.connect(DlmClientConfig.of("survivor", List.of(clients.toString()), Security.off())
                                .timeouts(LIMIT, LIMIT))) {
            BlockDevice volume = node.volumes().device("shared0");
            Process other = start(node, clients, policy);
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8))) {
                String line = out.readLine();
                while (line != null && !line.startsWith("initiator ")) {
                    line = out.readLine();
                }
                assertThat(line).as("the other node runs").isNotNull();
                String initiator = line.substring("initiator ".length());
                await().atMost(LIMIT).until(() -> stored(volume) > 0);
                assertThat(initiators(node)).contains(initiator);
                signal("STOP", other);
                try (Held held = survivor.lockspace(policy.name(), policy)
                        .acquire(
                                ResourceName.of(CarelessMount.DISK),
                                LockRequest.of(LockMode.EX).timeout(LIMIT))
                        .orThrow()) {
                    afterwards.check(node, volume, other, initiator, stored(volume));
                    assertThat(held.isValidFor(Duration.ZERO)).isTrue();
                }
            } finally {
                other.destroyForcibly().waitFor();
            }
        }
    }

    private static List<String> initiators(Node node) throws Exception {
        return node.requirePortal().sessions().stream()
                .map(SessionInfo::initiatorName)
                .toList();
    }

    @Test
    void lockOfADeadNode_isGivenAwayAfterItsSessionIsCutOff() throws Exception {
        takeFromAStoppedNode(SessionEndPolicy.HOLD_UNTIL_FENCED, (node, volume, stopped, initiator, found) -> {
            assertThat(initiators(node)).as("at the moment of the grant").doesNotContain(initiator);
            signal("CONT", stopped);
            // It writes on, finds itself cut off, is let in no more, and gives up.
            await().atMost(LIMIT).until(() -> !stopped.isAlive());
            assertThat(stored(volume)).isEqualTo(found);
        });
    }

    /** The harness finds the write that a lease alone does not keep out. */
    @Test
    void lockThatNeedsNoFence_isGivenAwayWhileTheDeadNodeCanStillWrite() throws Exception {
        takeFromAStoppedNode(SessionEndPolicy.RELEASE, (node, volume, stopped, initiator, found) -> {
            assertThat(initiators(node)).contains(initiator);
            signal("CONT", stopped);
            await().atMost(LIMIT).until(() -> stored(volume) > found);
        });
    }
}
