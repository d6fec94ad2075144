package dev.quoin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves docs/howto/lock-cluster.md: three nodes, each a process with its own configuration and certificate, form one lock manager; a lock that is held
 * through one is seen through another, and a killed node takes its locks with it and stops nobody.
 */
class ThreeNodesIT {

    private static final List<String> NODES = List.of("a", "b", "c");
    private static final Duration START_MAX = Duration.ofSeconds(90);
    private static final Pattern LEADER = Pattern.compile("leader (\\w+), term");

    @TempDir
    Path temp;

    private final List<Process> running = new ArrayList<>();

    @AfterEach
    void stopAll() throws InterruptedException {
        for (Process process : running) {
            process.destroyForcibly().waitFor();
        }
    }

    private record Said(int status, String text) {}

    private static Said run(List<String> arguments) throws IOException, InterruptedException {
        Process process = QuoinProcess.with(arguments).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("%s ends", arguments)
                .isTrue();
        return new Said(process.exitValue(), text);
    }

    /** Asks a node. */
    private Said ask(String node, String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(2, List.of("--dir", temp.resolve(node).toString()));
        return run(all);
    }

    private void writeConfig(String node, List<Integer> ports) throws IOException {
        StringBuilder text = new StringBuilder("""
                node: %s
                directory: %s
                dlm:
                  cluster: office
                  tls: %s
                  peers:
                """.formatted(node, temp.resolve(node), temp.resolve("certs-" + node)));
        for (int i = 0; i < NODES.size(); i++) {
            String peer = NODES.get(i);
            text.append("    - {id: %s, raft: 127.0.0.1:%d, clients: 127.0.0.1:%d%s}%n"
                    .formatted(peer, ports.get(2 * i), ports.get(2 * i + 1), peer.equals(node) ? ", here: true" : ""));
        }
        Files.writeString(temp.resolve(node + ".yaml"), text);
    }

    private Process serve(String node) throws IOException {
        Process process = QuoinProcess.with(List.of(
                        "serve", "--config", temp.resolve(node + ".yaml").toString()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        temp.resolve(node + ".out").toFile()))
                .start();
        running.add(process);
        return process;
    }

    private void awaitUp(String node, Process process) {
        await().atMost(START_MAX).until(() -> {
            String said = Files.readString(temp.resolve(node + ".out"));
            assertThat(process.isAlive())
                    .as("node %s runs; it said: %s", node, said)
                    .isTrue();
            return said.contains("node " + node + " is up");
        });
    }

    private String leader(String asked) throws Exception {
        Matcher leader = LEADER.matcher(ask(asked, "dlm", "status").text());
        return leader.find() ? leader.group(1) : "";
    }

    @Test
    void threeNodes_shareLocks_andOutliveOne() throws Exception {
        String authority = temp.resolve("authority").toString();
        assertThat(run(List.of("dlm", "certs", "create", authority, "--cluster", "office"))
                        .status())
                .isZero();
        List<Integer> ports = QuoinProcess.freePorts(2 * NODES.size());
        List<Process> nodes = new ArrayList<>();
        for (String node : NODES) {
            assertThat(run(List.of(
                                    "dlm",
                                    "certs",
                                    "issue",
                                    authority,
                                    "peer",
                                    node,
                                    "--out",
                                    temp.resolve("certs-" + node).toString()))
                            .status())
                    .isZero();
            writeConfig(node, ports);
        }
        // The first waits for a second to have a majority with.
        for (String node : NODES) {
            nodes.add(serve(node));
        }
        for (int i = 0; i < NODES.size(); i++) {
            awaitUp(NODES.get(i), nodes.get(i));
        }
        String leader = leader("a");
        assertThat(NODES).contains(leader);
        String other =
                NODES.stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
        String third = NODES.stream()
                .filter(node -> !node.equals(leader) && !node.equals(other))
                .findFirst()
                .orElseThrow();

        Process holder = QuoinProcess.with(
                        List.of("lock", "acquire", "--dir", temp.resolve(leader).toString(), "nightly", "--for", "5m"))
                .redirectOutput(temp.resolve("holder.out").toFile())
                .start();
        running.add(holder);
        await().atMost(START_MAX)
                .until(() -> Files.readString(temp.resolve("holder.out")).contains("granted"));
        assertThat(ask(other, "lock", "list").text()).contains("nightly");
        assertThat(ask(third, "lock", "acquire", "nightly", "--wait", "1s").status())
                .isEqualTo(4);

        nodes.get(NODES.indexOf(leader)).destroyForcibly().waitFor();
        await().atMost(START_MAX).until(() -> !List.of("", leader).contains(leader(other)));
        Said status = ask(other, "dlm", "status");
        assertThat(status.status()).as(status.text()).isEqualTo(5);
        assertThat(status.text()).contains("unreachable");
        // What the killed node held goes when its lease is over.
        Said granted = ask(third, "lock", "acquire", "nightly", "--wait", "40s", "--for", "1ms");
        assertThat(granted.status()).as(granted.text()).isZero();
        assertThat(granted.text()).contains("EX granted, fencing token");
        assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(holder.exitValue())
                .as("the holder learns that it lost the lock")
                .isEqualTo(1);

        Process again = serve(leader);
        awaitUp(leader, again);
        await().atMost(START_MAX)
                .untilAsserted(
                        () -> assertThat(ask(leader, "dlm", "status").status()).isZero());

        // Without a majority a node says so, and does not wait.
        nodes.get(NODES.indexOf(other)).destroyForcibly().waitFor();
        again.destroyForcibly().waitFor();
        assertThat(ask(third, "dlm", "status").status()).isEqualTo(7);
        Said refused = ask(third, "lock", "acquire", "nightly", "--wait", "5s", "--for", "1ms");
        assertThat(refused.status()).as(refused.text()).isEqualTo(7);
    }
}
