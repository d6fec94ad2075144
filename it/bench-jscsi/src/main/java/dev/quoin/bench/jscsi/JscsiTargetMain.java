package dev.quoin.bench.jscsi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jscsi.target.Configuration;
import org.jscsi.target.Target;
import org.jscsi.target.TargetServer;

/** Exports a file by jSCSI's target until its standard input ends: {@code FILE PORT NAME}. */
public final class JscsiTargetMain {

    /** What the bench waits for. */
    private static final String READY = "bench-child-ready";

    private static final Path LISTENERS = Path.of("/proc/net/tcp6");
    private static final Path LISTENERS_4 = Path.of("/proc/net/tcp");
    private static final int POLL_MILLIS = 20;

    private JscsiTargetMain() {}

    /** A target at a port of the loopback address; the fields are only there for those who extend the class. */
    private static final class Loopback extends Configuration {
        Loopback(int port, Target target) throws IOException {
            super("127.0.0.1");
            this.port = port;
            targets.add(target);
        }
    }

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int port = Integer.parseInt(arguments[1]);
        Target target = new Target(arguments[2], "", new FileModule(Path.of(arguments[0])));
        TargetServer server = new TargetServer(new Loopback(port, target));
        Thread serving = Thread.ofPlatform().daemon().start(() -> serve(server));
        // A connection that says nothing would end this server: the system is asked instead.
        while (!listens(port)) {
            if (!serving.isAlive()) {
                throw new IOException("the server ended before it listened on port " + port);
            }
            Thread.sleep(POLL_MILLIS);
        }
        System.out.println(READY + " port " + port);
        System.out.flush();
        while (System.in.read() >= 0) {
            // Only the end of the stream means anything.
        }
    }

    private static void serve(TargetServer server) {
        try {
            server.call();
        } catch (Exception failure) {
            throw new IllegalStateException("jSCSI's target ended", failure);
        }
    }

    private static boolean listens(int port) throws IOException {
        String suffix = ":%04X ".formatted(port);
        for (Path table : new Path[] {LISTENERS, LISTENERS_4}) {
            for (String line : Files.readAllLines(table)) {
                String[] fields = line.strip().split(" +", 5);
                if (fields.length > 3
                        && (fields[1] + " ").endsWith(suffix)
                        && fields[3].toUpperCase(Locale.ROOT).equals("0A")) {
                    return true;
                }
            }
        }
        return false;
    }
}
