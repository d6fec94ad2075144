package dev.quoin.tools.admin;

import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Listens for the commands of administrators, and records in the node's directory where and with which token.
 *
 * <p>Each call has a virtual thread, which only waits for others: the node's own threads do the work.
 */
public final class AdminServer implements AutoCloseable {

    /** How many calls one connection may have open at once. */
    public static final int CALLS_MAX = 64;

    /** Where to listen if nobody says otherwise. */
    public static final HostPort ANY_LOOPBACK_PORT = new HostPort("127.0.0.1", 0);

    /** How long calls under way may take to end when the server closes. */
    private static final long CLOSE_SECONDS = 2;

    private final Server server;
    private final ExecutorService calls;
    private final Path directory;
    private final HostPort address;

    private AdminServer(Server server, ExecutorService calls, Path directory, HostPort address) {
        this.server = server;
        this.calls = calls;
        this.directory = directory;
        this.address = address;
    }

    /**
     * Listens and writes {@code node.json}. Blocking.
     *
     * @param service what to answer with
     * @param listen where to listen; port 0 takes any free one
     * @param directory the node's directory, which only its user can read
     * @throws Fault if the address is not free or the directory cannot be written
     */
    public static AdminServer start(BindableService service, HostPort listen, Path directory) throws Fault {
        String token = BearerToken.make();
        ExecutorService calls = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("admin-call-", 1).factory());
        Server server = NettyServerBuilder.forAddress(listen.socketAddress())
                .executor(calls)
                .intercept(BearerToken.required(token))
                .addService(service)
                .maxConcurrentCallsPerConnection(CALLS_MAX)
                .build();
        try {
            server.start();
        } catch (IOException busy) {
            calls.shutdown();
            throw new Fault(
                    ExitCode.CONFLICT,
                    "address " + listen,
                    "cannot be listened on: " + reason(busy),
                    "stop what listens there, or name another address for admin in the configuration",
                    busy);
        }
        var admin = new AdminServer(server, calls, directory, listen.withPort(server.getPort()));
        try {
            new NodeFile(ProcessHandle.current().pid(), admin.address, token, Instant.now()).writeTo(directory);
        } catch (IOException unwritable) {
            admin.close();
            throw Fault.failed(
                    "file " + directory.resolve(NodeFile.NAME),
                    "cannot be written: " + unwritable,
                    "check the directory's permissions and space",
                    unwritable);
        }
        return admin;
    }

    /** Where it listens. */
    public HostPort address() {
        return address;
    }

    /** Ends the calls under way and removes {@code node.json}. Blocking; idempotent. */
    @Override
    public void close() {
        try {
            NodeFile.remove(directory);
        } catch (IOException left) {
            // Whoever reads it finds nobody at its address, and is told so.
        }
        server.shutdown();
        try {
            if (!server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
                server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException interrupted) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        calls.shutdownNow();
    }

    private static String reason(IOException failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage());
    }
}
