package dev.quoin.bench.iscsi;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Command;
import dev.quoin.bench.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts tgt in the foreground with one LUN on a file, on a port and a control socket of its own. */
final class TgtServer {

    static final String TARGET = "iqn.2026-11.dev.quoin:bench-tgt";

    /** tgt's LUN 0 is its controller. */
    static final int LUN = 1;

    private static final Duration COMMAND_MAX = Duration.ofSeconds(20);
    private static final String CONTROL_PORT = "77";

    private TgtServer() {}

    /**
     * Starts it and waits until the LUN can be logged in to.
     *
     * @param daemon the path of tgtd
     * @param admin the path of tgtadm
     */
    static ServerProcess start(Path daemon, Path admin, Path directory, Path file, int port) throws BenchException {
        Map<String, String> environment =
                Map.of("TGT_IPC_SOCKET", directory.resolve("tgt.socket").toString());
        ServerProcess server = new ServerProcess(
                "tgt",
                directory,
                environment,
                List.of(daemon.toString(), "-f", "-C", CONTROL_PORT, "--iscsi", "portal=127.0.0.1:" + port));
        try {
            server.awaitPort(port);
            configure(admin, environment, "target", "new", "-T", TARGET);
            configure(
                    admin,
                    environment,
                    "logicalunit",
                    "new",
                    "--lun",
                    Integer.toString(LUN),
                    "-b",
                    file.toString(),
                    "--bstype",
                    "rdwr");
            configure(admin, environment, "target", "bind", "-I", "ALL");
            return server;
        } catch (BenchException failure) {
            server.close();
            throw failure;
        }
    }

    private static void configure(
            Path admin, Map<String, String> environment, String mode, String operation, String... more)
            throws BenchException {
        List<String> command = new ArrayList<>(List.of(
                admin.toString(),
                "-C",
                CONTROL_PORT,
                "--lld",
                "iscsi",
                "--mode",
                mode,
                "--op",
                operation,
                "--tid",
                "1"));
        command.addAll(List.of(more));
        Command.run(COMMAND_MAX, environment, command.toArray(String[]::new));
    }
}
