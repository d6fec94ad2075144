package dev.quoin.tools.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
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
import java.nio.file.Files;
import java.nio.file.Path;
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

    @Test
    void node_tellsWhatIsDocumented_andTheNumbersMove() throws Exception {
        int clients = FreePorts.next();
        NodeConfig config = StrictYaml.parse(
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
                """.formatted(
                                dir.resolve("node"),
                                FreePorts.next(),
                                clients,
                                FreePorts.next(),
                                FreePorts.next(),
                                FreePorts.next(),
                                FreePorts.next()),
                NodeConfig.class);
        try (Node node = Node.start(NodeDirectory.open(config.directory(), 0), config, notice -> {});
                LockClient client = DlmClient.connect(
                        DlmClientConfig.of("test", java.util.List.of("127.0.0.1:" + clients), Security.off()))) {
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
            for (String peer : java.util.List.of("a", "b", "c")) {
                node.peers().stop(peer);
            }
            await().until(() -> get(address, "/readyz", "GET").statusCode() == 503);
        }
    }
}
