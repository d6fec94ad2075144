package dev.quoin.dlm.client;

import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.DlmGrpc;
import dev.quoin.dlm.proto.ServerFrame;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One stream to one server, from its opening to its end. */
final class LeaderStream implements ClientResponseObserver<ClientFrame, ServerFrame> {

    private static final int CONNECT_MILLIS_MAX = 1_000;
    private static final int FRAME_BYTES_MAX = 8 << 20;

    private final Connection connection;
    private final long number;
    private final String address;
    private final ManagedChannel channel;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable ClientCallStreamObserver<ClientFrame> out;

    LeaderStream(Connection connection, long number, String address) {
        this.connection = connection;
        this.number = number;
        this.address = address;
        channel = NettyChannelBuilder.forAddress(Addresses.parse(address))
                .usePlaintext()
                // Answers are handed over on the connection's own thread: one thread less to wake.
                .directExecutor()
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                .maxInboundMessageSize(FRAME_BYTES_MAX)
                .build();
    }

    /** Begins; from now on the connection is called back, perhaps before this returns. */
    void start() {
        DlmGrpc.newStub(channel).session(this);
    }

    /** Rises with each stream of the connection, from 1. */
    long number() {
        return number;
    }

    String address() {
        return address;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ClientFrame> stream) {
        out = stream;
        stream.setOnReadyHandler(connection::drain);
    }

    boolean isReady() {
        ClientCallStreamObserver<ClientFrame> stream = out;
        return stream != null && !ended.get() && stream.isReady();
    }

    void send(ClientFrame frame) {
        ClientCallStreamObserver<ClientFrame> stream = out;
        if (stream != null) {
            try {
                stream.onNext(frame);
            } catch (IllegalStateException cancelled) {
                // The stream has just ended; what was in the frame goes out again over the next one.
                connection.drop(this, String.valueOf(cancelled.getMessage()), "");
            }
        }
    }

    @Override
    public void onNext(ServerFrame frame) {
        connection.take(this, frame);
    }

    @Override
    public void onError(Throwable failure) {
        connection.drop(this, String.valueOf(failure.getMessage()), "");
    }

    @Override
    public void onCompleted() {
        connection.drop(this, "ended by the server", "");
    }

    /** Ends the stream and its channel. Idempotent; does not block. */
    void end() {
        if (ended.compareAndSet(false, true)) {
            ClientCallStreamObserver<ClientFrame> stream = out;
            if (stream != null) {
                stream.cancel("no longer used", null);
            }
            channel.shutdownNow();
        }
    }
}
