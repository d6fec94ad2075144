package dev.quoin.dlm.server;

import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.DlmGrpc;
import dev.quoin.dlm.proto.FetchStateRequest;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.proto.StateChunk;
import dev.quoin.dlm.server.GroupCommit.Item;
import dev.quoin.dlm.store.StateStore;
import dev.quoin.dlm.wire.Router;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where clients come in. Frames are taken on the connection's own thread, which never waits for anything. */
final class Door implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Door.class);

    /** A client's frame may have this size; ours stay below 1 MiB. */
    private static final int FRAME_BYTES_MAX = 2 << 20;

    /** The most client processes connected at once. */
    private static final int STREAMS_MAX = 10_000;

    /** What the door asks of the peer. */
    interface Lead {
        boolean isLeaderReady();

        /** The leader's client address, empty if not known. */
        String leaderAddress();
    }

    private final Lead lead;
    private final Router router;
    private final Leases leases;
    private final GroupCommit commit;
    private final StateStore store;
    private final ExecutorService transfers;
    private final Set<StreamOutlet> outlets = ConcurrentHashMap.newKeySet();
    private final Server server;

    Door(
            String address,
            Lead lead,
            Router router,
            Leases leases,
            GroupCommit commit,
            StateStore store,
            ExecutorService transfers)
            throws IOException {
        this.lead = lead;
        this.router = router;
        this.leases = leases;
        this.commit = commit;
        this.store = store;
        this.transfers = transfers;
        server = NettyServerBuilder.forAddress(Addresses.parse(address))
                .directExecutor()
                .maxInboundMessageSize(FRAME_BYTES_MAX)
                .addService(new Service())
                .build();
        try {
            server.start();
        } catch (IOException failure) {
            throw new IOException(
                    "the lock manager cannot listen for clients at " + address + " (" + message(failure)
                            + "): give it a free address of this machine",
                    failure);
        }
    }

    private static String message(Throwable failure) {
        return failure.getCause() == null ? String.valueOf(failure.getMessage()) : message(failure.getCause());
    }

    /** Sends every client to the leader, which is another peer now. */
    void redirectAll() {
        String leader = lead.isLeaderReady() ? "" : lead.leaderAddress();
        for (StreamOutlet outlet : outlets) {
            redirect(outlet, leader);
        }
    }

    private void redirect(StreamOutlet outlet, String leader) {
        outlets.remove(outlet);
        router.unseat(outlet);
        outlet.redirect(leader);
    }

    /** An entry could not be appended or its fate is unknown: its clients ask again, here or elsewhere. */
    void failed(GroupCommit.Submission submission) {
        submission.items().stream()
                .map(Item::outlet)
                .filter(java.util.Objects::nonNull)
                .distinct()
                .forEach(outlet -> redirect(outlet, lead.leaderAddress()));
    }

    @Override
    public void close() {
        outlets.forEach(outlet -> redirect(outlet, ""));
        server.shutdownNow();
        try {
            server.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(ClientFrame frame, StreamOutlet outlet) {
        if (!lead.isLeaderReady()) {
            redirect(outlet, lead.leaderAddress());
            return;
        }
        for (OpenSession open : frame.getOpensList()) {
            router.expect(open.getNonce(), outlet);
            if (!commit.offer(new Item(LogCommand.newBuilder().setOpen(open).build(), outlet, 0, 0))) {
                redirect(outlet, lead.leaderAddress());
                return;
            }
        }
        for (SessionFrame session : frame.getSessionsList()) {
            take(session, outlet);
        }
    }

    private void take(SessionFrame frame, StreamOutlet outlet) {
        long session = frame.getSession();
        if (frame.getAttach()) {
            router.seat(session, outlet);
        } else if (!router.isSeated(session, outlet)) {
            // It goes on over a newer stream, or it has ended and was told so.
            return;
        }
        leases.renew(session);
        frame.getUnwatchedList().forEach(watch -> router.unwatch(session, watch));
        boolean logged = frame.getAttach()
                || frame.getOperationsCount() > 0
                || frame.getAckedCount() > 0
                || frame.getAckedThrough() > 0;
        if (!logged && frame.getKeepalive() == 0) {
            return;
        }
        LogCommand command = logged ? LogCommand.newBuilder().setSession(frame).build() : null;
        if (!commit.offer(new Item(command, outlet, session, frame.getKeepalive()))) {
            long from = frame.getOperationsCount() > 0 ? frame.getOperations(0).getSequence() : 0;
            if (frame.getAttach() || from == 0) {
                redirect(outlet, lead.leaderAddress());
            } else {
                outlet.send(Router.busy(session, from));
            }
        }
    }

    private final class Service extends DlmGrpc.DlmImplBase {

        @Override
        public StreamObserver<ClientFrame> session(StreamObserver<ServerFrame> responses) {
            ServerCallStreamObserver<ServerFrame> stream = (ServerCallStreamObserver<ServerFrame>) responses;
            StreamOutlet outlet = new StreamOutlet(stream);
            stream.setOnCancelHandler(() -> forget(outlet));
            if (outlets.size() >= STREAMS_MAX) {
                stream.onError(Status.RESOURCE_EXHAUSTED
                        .withDescription(STREAMS_MAX + " clients are connected already")
                        .asRuntimeException());
                outlet.gone();
            } else {
                outlets.add(outlet);
            }
            return new StreamObserver<>() {
                @Override
                public void onNext(ClientFrame frame) {
                    if (outlets.contains(outlet)) {
                        take(frame, outlet);
                    }
                }

                @Override
                public void onError(Throwable failure) {
                    forget(outlet);
                }

                @Override
                public void onCompleted() {
                    forget(outlet);
                    stream.onCompleted();
                }
            };
        }

        private void forget(StreamOutlet outlet) {
            outlets.remove(outlet);
            router.unseat(outlet);
            outlet.gone();
        }

        @Override
        public void fetchState(FetchStateRequest request, StreamObserver<StateChunk> responses) {
            ServerCallStreamObserver<StateChunk> stream = (ServerCallStreamObserver<StateChunk>) responses;
            stream.setOnCancelHandler(() -> {});
            try {
                transfers.execute(() -> {
                    try {
                        StateTransfer.send(store, stream);
                    } catch (IOException | RuntimeException failure) {
                        LOG.warn("state not sent to another peer", failure);
                        stream.onError(Status.UNAVAILABLE
                                .withDescription(String.valueOf(failure.getMessage()))
                                .asRuntimeException());
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
