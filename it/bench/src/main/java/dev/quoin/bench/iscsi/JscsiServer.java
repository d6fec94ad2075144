package dev.quoin.bench.iscsi;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Child;
import dev.quoin.bench.Programs;
import dev.quoin.bench.ServerProcess;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Starts jSCSI's target with one LUN on a file, in a process of its own on libraries of its own.
 *
 * <p>It plays where qemu-img loads one connection. It cannot take part with iscsi-perf and our initiator, whose READ (16) it does not
 * know, nor with several sessions, as it serves one connection at a time. The flush at the end of a load of writes it refuses, which
 * costs it nothing.
 */
final class JscsiServer {

    static final String TARGET = "iqn.2026-11.dev.quoin:bench-jscsi";
    static final int LUN = 0;

    private static final String MAIN = "dev.quoin.bench.jscsi.JscsiTargetMain";
    private static final String CLASS_PATH = "quoin.bench.jscsi";

    private JscsiServer() {}

    /** Starts it, unless its libraries are not there. It must not be connected to but for a login: that ends it. */
    static Optional<ServerProcess> start(Path directory, Path file, int port, Programs programs) throws BenchException {
        String classPath = System.getProperty(CLASS_PATH, "");
        if (classPath.isEmpty()) {
            programs.skip("jscsi", "its libraries are not there: run ./bench");
            return Optional.empty();
        }
        ServerProcess server = ServerProcess.java(
                "jscsi", directory, classPath, MAIN, file.toString(), Integer.toString(port), TARGET);
        try {
            server.awaitOutput(Child.READY);
            return Optional.of(server);
        } catch (BenchException failure) {
            server.close();
            throw failure;
        }
    }
}
