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
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.CertificateAuthority;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.security.TlsFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
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
        takesALockAndGivesItBack(id -> Security.off(), List.of());
    }

    @Test
    void sample_withCertificates_doesTheSame() throws Exception {
        Path keys = dir.resolve("keys");
        CertificateAuthority authority = CertificateAuthority.create(dir.resolve("authority"), "test");
        for (Identity identity : List.of(
                new Identity("test", Role.PEER, "p0"),
                new Identity("test", Role.PEER, "p1"),
                new Identity("test", Role.PEER, "p2"),
                new Identity("test", Role.NODE, "python"),
                new Identity("test", Role.NODE, "java"))) {
            authority.issue(identity, List.of("127.0.0.1"), Duration.ofDays(1), keys, false);
        }
        Function<String, Security> of = name -> {
            try {
                return Security.mutualTls(TlsFiles.in(keys, name.equals("java") ? Role.NODE : Role.PEER, name));
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        };
        takesALockAndGivesItBack(of, List.of("--certs=" + keys));
    }

    private void takesALockAndGivesItBack(Function<String, Security> security, List<String> options) throws Exception {
        String python = python();
        assumeTrue(!python.isEmpty(), "Python's grpc module is not installed (package python3-grpcio)");
        assumeTrue(succeeds("protoc", "--version"), "protoc is not installed (package protobuf-compiler)");
        Path protos = root().resolve("dlm/dlm-proto/src/main/proto");
        assertThat(succeeds("protoc", "--python_out=" + dir, "-I" + protos, "dlm.proto"))
                .isTrue();

        try (Cluster cluster = new Cluster(dir, 3, security, config -> config).startAll();
                LockClient client =
                        DlmClient.connect(DlmClientConfig.of("java", cluster.servers(), security.apply("java")))) {
            DlmPeer leader = cluster.awaitLeader();
            // Only servers that do not lead: it has to follow the redirection.
            List<String> others = cluster.servers().stream()
                    .filter(address -> !address.equals(leader.clientAddress()))
                    .toList();
            List<String> command = new ArrayList<>(List.of(
                    python,
                    root().resolve("dlm/samples/python/quoin_lock.py").toString(),
                    "--servers=" + String.join(",", others),
                    "--space=jobs",
                    "--resource=" + RESOURCE));
            command.addAll(options);
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
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
