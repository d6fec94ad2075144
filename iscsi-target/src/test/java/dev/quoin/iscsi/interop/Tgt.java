package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quoin.iscsi.initiator.IscsiUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A tgt with one target of one unit, 1 MiB, that lets everybody in. */
final class Tgt implements AutoCloseable {

    private static final String NAME = "iqn.x:tgt";

    /** Of a daemon of its own, beside one that the system may run. */
    private static final String CONTROL_PORT = "78";

    private final Program admin;
    private final Map<String, String> environment;
    private final Process daemon;
    private final int port;

    private Tgt(Program admin, Map<String, String> environment, Process daemon, int port) {
        this.admin = admin;
        this.environment = environment;
        this.daemon = daemon;
        this.port = port;
    }

    /** Starts it, or leaves the test out if it is not installed or does not run here. Blocking. */
    static Tgt start(Path directory) throws Exception {
        Program program = Program.require("tgtd", "tgt");
        Program admin = Program.require("tgtadm", "tgt");
        Path socket = directory.resolve("tgt.socket");
        assumeTrue(socket.toString().length() < 100, "the temporary directory's name is too long for a Unix socket");
        Path disk = Files.write(directory.resolve("disk"), new byte[1 << 20]);
        Path log = directory.resolve("tgtd.log");
        int port = freePort();
        Map<String, String> environment = Map.of("TGT_IPC_SOCKET", socket.toString());
        Process daemon = program.start(
                log, environment, List.of("-f", "-C", CONTROL_PORT, "--iscsi", "portal=127.0.0.1:" + port));
        Tgt tgt = new Tgt(admin, environment, daemon, port);
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> !daemon.isAlive() || listens(port));
            assumeTrue(daemon.isAlive(), () -> "tgtd does not run here: " + text(log));
            tgt.configure("target new --tid 1 -T " + NAME);
            tgt.configure("logicalunit new --tid 1 --lun 1 -b " + disk);
            tgt.configure("target bind --tid 1 -I ALL");
            return tgt;
        } catch (Exception | AssertionError failure) {
            tgt.close();
            throw failure;
        }
    }

    /** The unit. */
    IscsiUrl url() {
        return new IscsiUrl("127.0.0.1", port, NAME, 1, null);
    }

    /** Changes its configuration: mode, operation and arguments of tgtadm. */
    void configure(String words) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-C", CONTROL_PORT, "--lld", "iscsi", "--mode"));
        String[] split = words.split(" ", 3);
        arguments.addAll(List.of(split[0], "--op", split[1]));
        arguments.addAll(List.of(split[2].split(" ")));
        Program.Result result = admin.run(environment, arguments.toArray(String[]::new));
        assertThat(result.status()).as("tgtadm %s: %s", words, result.output()).isZero();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    @Override
    public void close() {
        daemon.destroyForcibly().onExit().join();
    }
}
