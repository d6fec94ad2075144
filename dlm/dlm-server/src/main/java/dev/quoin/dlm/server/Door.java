package dev.quoin.dlm.server;

import dev.quoin.dlm.client.loop.ConnectionLoop;
import dev.quoin.dlm.client.tls.GrpcSecurity;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.DlmGrpc;
import dev.quoin.dlm.proto.FetchStateRequest;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.StateChunk;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.store.StateStore;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where clients come in by gRPC, and other peers for the state. Frames go to the {@link Reception} on the connection's own thread. */
final class Door implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Door.class);

    /** A client's frame may have this size; ours stay below 1 MiB. */
    private static final int FRAME_BYTES_MAX = 2 << 20;

    /** What the door asks of the peer. */
    interface Lead {
        /**
         * Sees to it that there is a snapshot, as of that index or later. Blocking.
         *
         * @param meanwhile called often
         */
        void ensureSnapshot(long indexMin, Runnable meanwhile) throws IOException;
    }

    private final Lead lead;
    private final Reception reception;
    private final StateStore store;
    private final ExecutorService transfers;
    private final Server server;

    Door(
            List<String> addresses,
            Security security,
            Lead lead,
            Reception reception,
            StateStore store,
            ExecutorService transfers,
            ConnectionLoop loop,
            BindableService admin)
            throws IOException {
        this.lead = lead;
        this.reception = reception;
        this.store = store;
        this.transfers = transfers;
        NettyServerBuilder builder = loop.carry(NettyServerBuilder.forAddress(
                        Addresses.parse(addresses.getFirst()), GrpcSecurity.ofDoor(security)))
                .directExecutor()
                .maxInboundMessageSize(FRAME_BYTES_MAX)
                .intercept(new Gatekeeper())
                .addService(new Service())
                .addService(admin);
        addresses.stream().skip(1).forEach(address -> builder.addListenAddress(Addresses.parse(address)));
        server = builder.build();
        try {
            server.start();
        } catch (IOException failure) {
            throw new IOException(
                    "the lock manager cannot listen for clients at " + String.join(" and ", addresses) + " ("
                            + message(failure) + "): give it a free address of this machine",
                    failure);
        }
    }

    private static String message(Throwable failure) {
        return failure.getCause() == null ? String.valueOf(failure.getMessage()) : message(failure.getCause());
    }

    @Override
    public void close() {
        reception.close();
        server.shutdownNow();
        try {
            server.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Service extends DlmGrpc.DlmImplBase {

        @Override
        public StreamObserver<ClientFrame> session(StreamObserver<ServerFrame> responses) {
            ServerCallStreamObserver<ServerFrame> stream = (ServerCallStreamObserver<ServerFrame>) responses;
            StreamOutlet outlet = new StreamOutlet(Gatekeeper.CALLER.get(), stream);
            stream.setOnCancelHandler(() -> reception.forget(outlet));
            if (!reception.enter(outlet)) {
                stream.onError(Status.RESOURCE_EXHAUSTED
                        .withDescription(Reception.STREAMS_MAX + " clients are connected already")
                        .asRuntimeException());
            }
            return new StreamObserver<>() {
                @Override
                public void onNext(ClientFrame frame) {
                    reception.take(frame, outlet);
                }

                @Override
                public void onError(Throwable failure) {
                    reception.forget(outlet);
                }

                @Override
                public void onCompleted() {
                    reception.forget(outlet);
                    stream.onCompleted();
                }
            };
        }

        @Override
        public void fetchState(FetchStateRequest request, StreamObserver<StateChunk> responses) {
            ServerCallStreamObserver<StateChunk> stream = (ServerCallStreamObserver<StateChunk>) responses;
            StateTransfer.Destination destination = new StateTransfer.Destination(stream);
            try {
                transfers.execute(() -> {
                    try {
                        lead.ensureSnapshot(request.getIndexMin(), destination::stillAlive);
                        StateTransfer.send(store, destination);
                    } catch (IOException | RuntimeException failure) {
                        LOG.warn("state not sent to another peer", failure);
                        destination.fail(failure);
                    }
                });
            } catch (RejectedExecutionException busy) {
                stream.onError(Status.RESOURCE_EXHAUSTED
                        .withDescription("other peers are being sent the state already")
                        .asRuntimeException());
            }
        }
    }
}
