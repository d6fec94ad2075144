package dev.quoin.tools.admin;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A connection to the administration door of a running node. Any thread may use it. */
public final class AdminClient implements AutoCloseable {

    /** How long the first answer of a node may take. */
    public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** The longest answer that is taken, in bytes. */
    private static final int MESSAGE_LENGTH_MAX = 16 << 20;

    private final ManagedChannel channel;
    private final AdminGrpc.AdminBlockingV2Stub stub;
    private final HostPort endpoint;

    private AdminClient(ManagedChannel channel, AdminGrpc.AdminBlockingV2Stub stub, HostPort endpoint) {
        this.channel = channel;
        this.stub = stub;
        this.endpoint = endpoint;
    }

    /** What a command asks of the node. */
    @FunctionalInterface
    public interface Request<R> {
        /** Sends the request and waits for the reply. */
        R send(AdminGrpc.AdminBlockingV2Stub stub) throws StatusException, InterruptedException;
    }

    /**
     * Connects. Blocking, for at most {@link #CONNECT_TIMEOUT}.
     *
     * @throws Fault if nothing answers there
     */
    public static AdminClient connect(HostPort endpoint, String token) throws Fault {
        ManagedChannel channel = NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                .usePlaintext()
                .maxInboundMessageSize(MESSAGE_LENGTH_MAX)
                .intercept(BearerToken.sent(token))
                .build();
        try {
            awaitReady(channel, endpoint);
        } catch (Fault unreachable) {
            channel.shutdownNow();
            throw unreachable;
        }
        return new AdminClient(channel, AdminGrpc.newBlockingV2Stub(channel), endpoint);
    }

    /**
     * Sends a request that must be answered within {@code timeout}.
     *
     * @throws Fault what the node says, or that its answer is missing
     */
    public <R> R ask(Duration timeout, Request<R> request) throws Fault {
        return send(stub.withDeadlineAfter(timeout), request);
    }

    /**
     * Sends a request that may take as long as it takes.
     *
     * @throws Fault what the node says, or that its answer is missing
     */
    public <R> R await(Request<R> request) throws Fault {
        return send(stub, request);
    }

    private <R> R send(AdminGrpc.AdminBlockingV2Stub ready, Request<R> request) throws Fault {
        try {
            return request.send(ready);
        } catch (StatusException failure) {
            throw explain(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Fault(ExitCode.INTERRUPTED, "node " + endpoint, "interrupted", "run it again", interrupted);
        }
    }

    private Fault explain(StatusException failure) {
        Fault told = FaultCodec.decode(failure.getTrailers());
        if (told != null) {
            return told;
        }
        String node = "node " + endpoint;
        return switch (failure.getStatus().getCode()) {
            case DEADLINE_EXCEEDED ->
                new Fault(
                        ExitCode.OUTCOME_UNKNOWN,
                        node,
                        "no answer came in time; what was asked may or may not have been done",
                        "look with quoin status, then try again with a longer --timeout",
                        failure);
            case UNAVAILABLE, CANCELLED ->
                new Fault(
                        ExitCode.OUTCOME_UNKNOWN,
                        node,
                        "the connection broke before the answer; what was asked may or may not have been done",
                        "see whether the node still runs with quoin status, and its log",
                        failure);
            case UNIMPLEMENTED ->
                new Fault(
                        ExitCode.FAILED,
                        node,
                        "the node does not know this request",
                        "use the quoin command of the node's version: quoin --version",
                        failure);
            default ->
                new Fault(
                        ExitCode.BUG,
                        node,
                        "an answer that no node should give found: " + failure.getStatus(),
                        "report it with the node's log",
                        failure);
        };
    }

    private static void awaitReady(ManagedChannel channel, HostPort endpoint) throws Fault {
        long deadline = System.nanoTime() + CONNECT_TIMEOUT.toNanos();
        ConnectivityState state = channel.getState(true);
        try {
            while (state != ConnectivityState.READY) {
                if (state == ConnectivityState.TRANSIENT_FAILURE || System.nanoTime() - deadline > 0) {
                    throw Fault.notFound(
                            "node " + endpoint,
                            "nothing answers at this address",
                            "start a node with quoin demo or quoin serve, or name another with --dir or --endpoint");
                }
                var changed = new CountDownLatch(1);
                channel.notifyWhenStateChanged(state, changed::countDown);
                if (!changed.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    continue;
                }
                state = channel.getState(true);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Fault(
                    ExitCode.INTERRUPTED, "node " + endpoint, "interrupted while connecting", "try again", interrupted);
        }
    }

    /** Ends the calls under way and the connection. Idempotent. */
    @Override
    public void close() {
        channel.shutdownNow();
        try {
            if (!channel.awaitTermination(1, TimeUnit.SECONDS)) {
                channel.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
