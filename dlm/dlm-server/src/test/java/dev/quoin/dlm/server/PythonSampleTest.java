package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a program in another language gets along with the page about the protocol: the sample in Python, over a change of leader. */
class PythonSampleTest {

    private static final ResourceName RESOURCE = ResourceName.of("nightly");

    @TempDir
    Path dir;

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    private static String python() throws InterruptedException {
        for (String candidate : List.of("python3", "/usr/bin/python3")) {
            if (succeeds(candidate, "-c", "import grpc, google.protobuf")) {
                return candidate;
            }
        }
        return "";
    }

    private static Path root() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(root.resolve("verify"))) {
            root = root.getParent();
        }
        return root;
    }

    @Test
    void sample_overAChangeOfLeader_takesALockAndGivesItBack() throws Exception {
        String python = python();
        assumeTrue(!python.isEmpty(), "Python's grpc module is not installed (package python3-grpcio)");
        assumeTrue(succeeds("protoc", "--version"), "protoc is not installed (package protobuf-compiler)");
        Path protos = root().resolve("dlm/dlm-proto/src/main/proto");
        assertThat(succeeds("protoc", "--python_out=" + dir, "-I" + protos, "dlm.proto"))
                .isTrue();

        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient client = cluster.connect("java")) {
            DlmPeer leader = cluster.awaitLeader();
            // Only servers that do not lead: it has to follow the redirection.
            List<String> others = cluster.servers().stream()
                    .filter(address -> !address.equals(leader.clientAddress()))
                    .toList();
            ProcessBuilder builder = new ProcessBuilder(
                            python,
                            root().resolve("dlm/samples/python/quoin_lock.py").toString(),
                            "--servers=" + String.join(",", others),
                            "--space=jobs",
                            "--resource=" + RESOURCE)
                    .redirectErrorStream(true);
            builder.environment().put("PYTHONPATH", dir.toString());
            Process sample = builder.start();
            List<String> lines = new CopyOnWriteArrayList<>();
            Thread reader = Thread.ofPlatform().start(() -> {
                try (BufferedReader out = sample.inputReader(StandardCharsets.UTF_8)) {
                    out.lines().forEach(lines::add);
                } catch (IOException gone) {
                    lines.add(gone.toString());
                }
            });
            try {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> !sample.isAlive() || lines.stream().anyMatch(l -> l.startsWith("granted")));
                Lockspace space = client.lockspace("jobs", SessionEndPolicy.RELEASE);
                List<LockInfo> held = space.locks(new byte[0]);
                assertThat(held).as(lines.toString()).hasSize(1);
                assertThat(held.getFirst().node()).isEqualTo("python");
                FencingToken token = held.getFirst().token();
                assertThat(lines)
                        .anyMatch(l -> l.startsWith("redirected"))
                        .contains("granted lock=" + held.getFirst().id() + " token=" + token.value());

                CompletableFuture<LockOutcome> next = space.acquireAsync(RESOURCE, LockRequest.of(LockMode.EX));
                cluster.stop(leader.id());
                cluster.awaitLeader();
                assertThat(next).isNotDone();
                sample.outputWriter(StandardCharsets.UTF_8).append('\n').flush();
                assertThat(next.join())
                        .isInstanceOfSatisfying(
                                LockOutcome.Granted.class,
                                granted -> assertThat(granted.held().token()).isGreaterThan(token));
                assertThat(sample.waitFor()).as(lines.toString()).isZero();
                reader.join();
                assertThat(lines).contains("released");
            } finally {
                sample.destroyForcibly();
            }
        }
    }
}
