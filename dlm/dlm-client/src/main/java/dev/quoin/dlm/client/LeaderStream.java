package dev.quoin.dlm.client;

import dev.quoin.dlm.client.loop.ConnectionLoop;
import dev.quoin.dlm.client.tls.GrpcSecurity;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.DlmGrpc;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.security.Security;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A stream over gRPC. Any thread may use it.
 *
 * <p>gRPC wants a call to be started before it is cancelled. So whoever ends a stream that is just being started leaves the
 * cancelling to the thread that starts it.
 */
final class LeaderStream implements ServerStream, ClientResponseObserver<ClientFrame, ServerFrame> {

    private static final int CONNECT_MILLIS_MAX = 1_000;
    private static final int FRAME_BYTES_MAX = 8 << 20;

    /** For all connections of this process: there are few, and each carries all sessions. */
    private static final ConnectionLoop LOOP = new ConnectionLoop("dlm-client-loop");

    private enum Life {
        NEW,
        STARTING,
        STARTED,
        ENDED
    }

    private final Connection connection;
    private final long number;
    private final String address;
    private final ManagedChannel channel;
    private final AtomicReference<Life> life = new AtomicReference<>(Life.NEW);
    private volatile @Nullable ClientCallStreamObserver<ClientFrame> out;
    private volatile boolean proved;

    LeaderStream(Security security, Connection connection, long number, String address) {
        this.connection = connection;
        this.number = number;
        this.address = address;
        channel = LOOP.carry(NettyChannelBuilder.forAddress(Addresses.parse(address), GrpcSecurity.toPeer(security)))
                // Answers are handed over on the connection's own thread: one thread less to wake.
                .directExecutor()
                // What was not answered is sent again by the sessions, over whatever stream comes next.
                .disableRetry()
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                .maxInboundMessageSize(FRAME_BYTES_MAX)
                .build();
    }

    @Override
    public void start() {
        if (life.compareAndSet(Life.NEW, Life.STARTING)) {
            DlmGrpc.newStub(channel).session(this);
            if (life.compareAndSet(Life.STARTING, Life.STARTED)) {
                // Whoever asked before was told that it is not ready.
                connection.drain();
            } else {
                cancel();
            }
        }
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public void proves() {
        proved = true;
    }

    @Override
    public boolean hasProved() {
        return proved;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ClientFrame> stream) {
        out = stream;
        stream.setOnReadyHandler(connection::drain);
    }

    @Override
    public boolean isReady() {
        ClientCallStreamObserver<ClientFrame> stream = out;
        // A call that is still being started cannot be asked: gRPC hands it out before it can answer.
        return stream != null && life.get() == Life.STARTED && stream.isReady();
    }

    @Override
    public void send(ClientFrame frame) {
        ClientCallStreamObserver<ClientFrame> stream = out;
        if (stream != null) {
            try {
                stream.onNext(frame);
            } catch (IllegalStateException cancelled) {
                // The stream has just ended; what was in the frame goes out again over the next one.
                connection.failed(this, String.valueOf(cancelled.getMessage()));
            }
        }
    }

    @Override
    public void soon(Runnable task) {
        LOOP.execute(task);
    }

    @Override
    public void onNext(ServerFrame frame) {
        connection.take(this, frame);
    }

    @Override
    public void onError(Throwable failure) {
        connection.failed(this, reason(failure));
    }

    /** What went wrong, and what lies under it: of a refused certificate gRPC itself says only that the connection failed. */
    private static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.equals(failure)
                ? String.valueOf(failure.getMessage())
                : failure.getMessage() + ": " + root.getMessage();
    }

    @Override
    public void onCompleted() {
        connection.failed(this, "ended by the server");
    }

    @Override
    public void end() {
        Life before = life.getAndSet(Life.ENDED);
        if (before == Life.NEW || before == Life.STARTED) {
            cancel();
        }
    }

    /** Called once, and never while the call is being started. */
    private void cancel() {
        ClientCallStreamObserver<ClientFrame> stream = out;
        if (stream != null) {
            stream.cancel("no longer used", null);
        }
        channel.shutdownNow();
    }
}
