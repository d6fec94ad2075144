package dev.quoin.tools.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import dev.quoin.property.Property;
import dev.quoin.raid.Progress;
import dev.quoin.raid.WorkLimits;
import dev.quoin.tools.FreePorts;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.StrictYaml;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.NodeDirectory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a running node tells what docs/metrics.md says, no more and no less, in the form that Prometheus reads, and that the numbers move. */
class MetricsTest {

    private static final Pattern ROW = Pattern.compile("\\| `(quoin_[a-z_]+)` \\| (counter|gauge|histogram) \\|.*");
    private static final Pattern TYPE = Pattern.compile("# TYPE (quoin_[a-z_]+) (counter|gauge|histogram)");
    private static final Pattern HELP = Pattern.compile("# HELP quoin_[a-z_]+ \\S.*");
    private static final Pattern SAMPLE =
            Pattern.compile("(quoin_[a-z_]+)\\{([a-z]+=\"[^\"]*\",?)+} ([0-9.]+(E-?[0-9]+)?|\\+Inf|NaN)");

    @TempDir
    Path dir;

    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void stopLogging() {
        Logging.toNowhere();
        http.close();
    }

    private static Path root() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(root.resolve("verify"))) {
            root = root.getParent();
        }
        return root;
    }

    private HttpResponse<String> get(HostPort address, String path, String method) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://" + address + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, String> documented() throws Exception {
        Map<String, String> types = new TreeMap<>();
        for (String line : Files.readAllLines(root().resolve("docs/metrics.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                types.put(row.group(1), row.group(2));
            }
        }
        return types;
    }

    /** Each line is one of three kinds, or the test fails. */
    private static Map<String, String> types(String text) {
        Map<String, String> types = new TreeMap<>();
        for (String line : text.lines().toList()) {
            Matcher type = TYPE.matcher(line);
            if (type.matches()) {
                types.put(type.group(1), type.group(2));
            } else if (!HELP.matcher(line).matches()) {
                assertThat(line).matches(SAMPLE);
            }
        }
        return types;
    }

    private static double value(String text, String sample) {
        return text.lines()
                .filter(line -> line.startsWith(sample + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    private NodeConfig config(int clients) throws Exception {
        return StrictYaml.parse(
                "test",
                """
                node: alpha
                directory: %s
                metrics: 127.0.0.1:0
                dlm:
                  tls: off
                  peers:
                    - {id: a, raft: 127.0.0.1:%d, clients: 127.0.0.1:%d, here: true}
                    - {id: b, raft: 127.0.0.1:%d, clients: 127.0.0.1:%d, here: true}
                    - {id: c, raft: 127.0.0.1:%d, clients: 127.0.0.1:%d, here: true}
                arrays:
                  - {name: main, level: 1, members: ["file:%s", "file:%s"], member-size: 16MiB}
                """.formatted(
                                dir.resolve("node"),
                                FreePorts.next(),
                                clients,
                                FreePorts.next(),
                                FreePorts.next(),
                                FreePorts.next(),
                                FreePorts.next(),
                                dir.resolve("member0"),
                                dir.resolve("member1")),
                NodeConfig.class);
    }

    @Test
    void array_thatLosesContentAndAMember_isToldOf_untilItIsStopped() throws Exception {
        NodeConfig config = config(FreePorts.next());
        try (Node node = Node.start(NodeDirectory.open(config.directory(), 0), config, notice -> {})) {
            HostPort address = node.metricsAddress().orElseThrow();
            byte[] content = new byte[4096];
            Property.random(7).nextBytes(content);
            BlockIo.write(node.arrays().get("main"), 8 << 20, ByteBuffer.wrap(content), WriteMode.FUA);
            String optimal = get(address, "/metrics", "GET").body();
            assertThat(value(optimal, "quoin_raid_state{array=\"main\",state=\"optimal\"}"))
                    .isEqualTo(1);
            assertThat(raid(optimal, "degraded")).isZero();
            assertThat(raid(optimal, "size_bytes")).isBetween(8.0 * (1 << 20), 16.0 * (1 << 20));
            assertThat(raid(optimal, "journal_batches_total") + raid(optimal, "written_blocks_total"))
                    .isPositive();
            assertThat(raid(optimal, "checksum_errors_total")).isZero();
            assertThat(raid(optimal, "scrub_ratio")).isEqualTo(1);

            node.stopArray("main");
            assertThat(get(address, "/metrics", "GET").body()).doesNotContain("quoin_raid_");
            spoil(dir.resolve("member0"), content);
            node.startArray("main", List.of(), false);
            node.arrays().get("main").scrub(Progress.NONE).join();
            String repaired = get(address, "/metrics", "GET").body();
            assertThat(raid(repaired, "checksum_errors_total")).isPositive();
            assertThat(raid(repaired, "repaired_blocks_total")).isEqualTo(1);
            assertThat(raid(repaired, "unrepairable_blocks_total")).isZero();
            assertThat(raid(repaired, "read_blocks_total")).isGreaterThanOrEqualTo(2);

            node.arrays().fail("main", 1);
            String degraded = get(address, "/metrics", "GET").body();
            assertThat(value(degraded, "quoin_raid_state{array=\"main\",state=\"optimal\"}"))
                    .isZero();
            assertThat(value(degraded, "quoin_raid_state{array=\"main\",state=\"degraded\"}"))
                    .isEqualTo(1);
            assertThat(value(degraded, "quoin_raid_members{array=\"main\",state=\"active\"}"))
                    .isEqualTo(1);
            assertThat(value(degraded, "quoin_raid_members{array=\"main\",state=\"failed\"}"))
                    .isEqualTo(1);
            assertThat(raid(degraded, "degraded")).isEqualTo(1);

            // Slow, so that it is still under way when it is asked for.
            node.arrays().get("main").limits(new WorkLimits(1, 1, Duration.ofSeconds(1)));
            node.arrays().replace("main", 1, "");
            node.arrays().rebuild("main", Progress.NONE);
            await().until(() -> raid(get(address, "/metrics", "GET").body(), "rebuild_ratio") < 1);
            assertThat(value(
                            get(address, "/metrics", "GET").body(),
                            "quoin_raid_members{array=\"main\",state=\"rebuilding\"}"))
                    .isEqualTo(1);
        }
    }

    private static double raid(String text, String name) {
        return value(text, "quoin_raid_" + name + "{array=\"main\"}");
    }

    /** Changes the last copy of a content in a file. */
    private static void spoil(Path file, byte[] content) throws Exception {
        byte[] all = Files.readAllBytes(file);
        int at = all.length - content.length;
        while (!Arrays.equals(all, at, at + content.length, content, 0, content.length)) {
            at -= 512;
        }
        all[at + 99] ^= 1;
        Files.write(file, all);
    }

    @Test
    void node_tellsWhatIsDocumented_andTheNumbersMove() throws Exception {
        int clients = FreePorts.next();
        NodeConfig config = config(clients);
        try (Node node = Node.start(NodeDirectory.open(config.directory(), 0), config, notice -> {});
                LockClient client = DlmClient.connect(
                        DlmClientConfig.of("test", List.of("127.0.0.1:" + clients), Security.off()))) {
            HostPort address = node.metricsAddress().orElseThrow();
            String leader = node.peers().leader().orElseThrow();
            String before = get(address, "/metrics", "GET").body();
            for (int i = 0; i < 10; i++) {
                client.lockspace("s", SessionEndPolicy.RELEASE)
                        .acquire(ResourceName.of("r" + i), LockRequest.of(LockMode.EX))
                        .orThrow();
            }
            HttpResponse<String> response = get(address, "/metrics", "GET");
            String after = response.body();

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/plain; version=0.0.4");
            Map<String, String> documented = documented();
            Map<String, String> told = types(after);
            assertThat(told).isEqualTo(documented).hasSizeGreaterThan(12);
            String granted = "quoin_lock_answers_total{outcome=\"granted\",peer=\"" + leader + "\"}";
            assertThat(value(after, granted) - (Double.isNaN(value(before, granted)) ? 0 : value(before, granted)))
                    .isEqualTo(10);
            assertThat(value(after, "quoin_raft_is_leader{peer=\"a\"}")
                            + value(after, "quoin_raft_is_leader{peer=\"b\"}")
                            + value(after, "quoin_raft_is_leader{peer=\"c\"}"))
                    .isEqualTo(1);
            assertThat(value(after, "quoin_lock_held{peer=\"" + leader + "\"}")).isGreaterThanOrEqualTo(10);
            assertThat(value(after, "quoin_lock_grant_latency_seconds_count{peer=\"" + leader + "\"}"))
                    .isGreaterThanOrEqualTo(10);

            assertThat(get(address, "/livez", "GET").statusCode()).isEqualTo(200);
            assertThat(get(address, "/readyz", "GET").statusCode()).isEqualTo(200);
            assertThat(get(address, "/other", "GET").statusCode()).isEqualTo(404);
            assertThat(get(address, "/metrics", "POST").statusCode()).isEqualTo(405);
            for (String peer : List.of("a", "b", "c")) {
                node.peers().stop(peer);
            }
            await().until(() -> get(address, "/readyz", "GET").statusCode() == 503);
        }
    }
}
