package dev.quoin.tools.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/**
 * Answers {@code /metrics}, {@code /livez} (200 while the process works) and {@code /readyz} (200 while the node serves, else 503). It tells and does
 * nothing; there is no authentication.
 */
public final class MetricsServer implements AutoCloseable {

    private static final int BACKLOG = 16;
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final String TEXT = "text/plain; charset=utf-8";

    private final HttpServer server;
    private final ExecutorService threads;
    private final HostPort address;

    private MetricsServer(HttpServer server, ExecutorService threads, HostPort address) {
        this.server = server;
        this.threads = threads;
        this.address = address;
    }

    /**
     * Listens. Blocking.
     *
     * @param listen where; port 0 takes any free one
     * @param ready whether the node serves now; must not block
     * @throws Fault if the address is not free
     */
    public static MetricsServer start(HostPort listen, PrometheusMeters meters, BooleanSupplier ready) throws Fault {
        HttpServer server;
        try {
            server = HttpServer.create(listen.socketAddress(), BACKLOG);
        } catch (IOException busy) {
            throw new Fault(
                    ExitCode.CONFLICT,
                    "address " + listen,
                    "cannot be listened on: " + busy.getMessage(),
                    "stop what listens there, or name another address for metrics in the configuration",
                    busy);
        }
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("metrics-call-", 1).factory());
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, meters, ready));
        server.start();
        return new MetricsServer(
                server, threads, listen.withPort(server.getAddress().getPort()));
    }

    private static void answer(HttpExchange exchange, PrometheusMeters meters, BooleanSupplier ready)
            throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                send(exchange, METHOD_NOT_ALLOWED, TEXT, "GET expected\n".getBytes(StandardCharsets.UTF_8));
                return;
            }
            switch (exchange.getRequestURI().getPath()) {
                case "/metrics" -> {
                    var text = new ByteArrayOutputStream();
                    meters.writeTo(text);
                    send(exchange, OK, PrometheusMeters.CONTENT_TYPE, text.toByteArray());
                }
                case "/livez" -> send(exchange, OK, TEXT, "ok\n".getBytes(StandardCharsets.UTF_8));
                case "/readyz" -> {
                    boolean serves = ready.getAsBoolean();
                    send(
                            exchange,
                            serves ? OK : UNAVAILABLE,
                            TEXT,
                            (serves ? "ok\n" : "no leader of the lock manager is known\n")
                                    .getBytes(StandardCharsets.UTF_8));
                }
                default ->
                    send(
                            exchange,
                            NOT_FOUND,
                            TEXT,
                            "/metrics, /livez or /readyz expected\n".getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    /** Where it listens. */
    public HostPort address() {
        return address;
    }

    /** Ends it. Idempotent. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
