package dev.quoin.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.it.QuoinProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A node that serves volumes of arrays to whoever proves by CHAP who it is, as a process that can be killed and started again. */
final class ServedNode implements AutoCloseable {

    static final String TARGET = "iqn.2026-11.dev.quoin:kernel";

    /** What {@code web1} proves itself with. */
    static final String SECRET = "correct-horse-1";

    /** What the target proves itself with, as {@code alpha}. */
    static final String TARGET_SECRET = "battery-staple-2";

    private static final Duration START_MAX = Duration.ofSeconds(90);

    private final Path directory;
    private final int port;
    private Process process;

    private ServedNode(Path directory, int port) throws IOException {
        this.directory = directory;
        this.port = port;
        this.process = serve();
    }

    /** Starts it for the first time. Blocking. */
    static ServedNode start(Path directory) throws IOException {
        List<Integer> ports = QuoinProcess.freePorts(3);
        secret(directory.resolve("user.secret"), SECRET);
        secret(directory.resolve("target.secret"), TARGET_SECRET);
        Files.writeString(directory.resolve("node.yaml"), """
                node: alpha
                directory: %1$s/alpha
                dlm:
                  cluster: kernel
                  tls: off
                  peers:
                    - {id: a, raft: 127.0.0.1:%2$d, clients: 127.0.0.1:%3$d, here: true}
                arrays:
                  - {name: main, level: 5, member-size: 256MiB, members: ["file:%1$s/m0", "file:%1$s/m1", "file:%1$s/m2"]}
                  - {name: small, level: 5, member-size: 64MiB, members: ["file:%1$s/s0", "file:%1$s/s1", "file:%1$s/s2"]}
                pools:
                  - {name: main, arrays: [main]}
                  - {name: small, arrays: [small]}
                volumes:
                  - {name: disk0, pool: main, size: 192MiB, lun: 0}
                  - {name: disk1, pool: main, size: 64MiB, lun: 1}
                  - {name: thin0, pool: small, size: 96MiB, lun: 2}
                  - {name: thin1, pool: small, size: 96MiB, lun: 3}
                target:
                  name: %4$s
                  listen: 127.0.0.1:%5$d
                  announce: ["%6$s:%5$d"]
                  chap:
                    users:
                      - {user: web1, secret-file: %1$s/user.secret}
                    mutual: {user: alpha, secret-file: %1$s/target.secret}
                """.formatted(
                        directory, ports.get(0), ports.get(1), TARGET, ports.get(2), LinuxGuest.HOST));
        return new ServedNode(directory, ports.get(2));
    }

    private static void secret(Path file, String secret) throws IOException {
        Files.writeString(file, secret);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private Process serve() throws IOException {
        Path out = Files.createTempFile(directory, "serve", ".out");
        Process started = QuoinProcess.with(List.of(
                        "serve", "--config", directory.resolve("node.yaml").toString()))
                .redirectOutput(out.toFile())
                .start();
        await().atMost(START_MAX).until(() -> {
            String said = Files.readString(out);
            assertThat(started.isAlive()).as("the node runs; it said: %s", said).isTrue();
            return said.contains("see it with");
        });
        return started;
    }

    /** Where the guest reaches the target. */
    String portal() {
        return LinuxGuest.HOST + ":" + port;
    }

    /** Ends the process as a crash would. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Starts the process anew after {@link #kill}. Blocking. */
    void restart() throws IOException {
        process = serve();
    }

    /** Runs a command of the program against it; gives its exit status. Blocking. */
    int quoin(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--dir", directory.resolve("alpha").toString()));
        return QuoinProcess.with(all)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("commands.out").toFile()))
                .start()
                .waitFor();
    }

    /** What it logged so far. */
    String log() throws IOException {
        return Files.readString(directory.resolve("alpha/log/quoin.log"));
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit()
                .orTimeout(30, TimeUnit.SECONDS)
                .exceptionally(slow -> process.destroyForcibly())
                .join();
    }
}
