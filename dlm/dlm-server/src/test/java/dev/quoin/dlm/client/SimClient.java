package dev.quoin.dlm.client;

import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.client.session.SimSpaces;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.sim.SimNode;
import dev.quoin.dlm.sim.SimPipe;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One life of a client's process: the real client, over simulated streams and clocks. */
public final class SimClient {

    /** Reaches a peer by its address. */
    @FunctionalInterface
    public interface Network {
        /** The pipe to it, or null if nobody listens there now. */
        @Nullable SimPipe<ClientFrame, ServerFrame> connect(
                String address, java.util.function.Consumer<ServerFrame> frames, Runnable ended);
    }

    private final Connection connection;
    private final List<String> servers;

    public SimClient(SimNode node, List<String> servers, Network network) {
        this.servers = servers;
        Means means = new Means(
                (connecting, number, address) -> new Stream(network, node, connecting, number, address),
                node.timer(),
                node.world().random,
                node::nanos,
                name -> callbacks(node));
        connection = new Connection(
                new HashSet<>(servers.stream().map(DlmClientConfig.Server::at).toList()), means);
    }

    /** Not at once, and in order. */
    private static Executor callbacks(SimNode node) {
        return task -> node.after(0, "", task);
    }

    /** Opens a session without waiting for it. */
    public CompletableFuture<ClientSession> open(String name, Duration lease, Duration patience) {
        return connection.openAsync(DlmClientConfig.of(name, servers, Security.off())
                .supersede(false)
                .lease(lease)
                .timeouts(patience, patience));
    }

    /** The lockspace that the log begins with. */
    public static Lockspace space(ClientSession session) {
        return SimSpaces.first(session);
    }

    private static final class Stream implements ServerStream {

        private static final long CONNECT_NANOS = 1_000_000;

        private final Network network;
        private final SimNode node;
        private final Connection connection;
        private final long number;
        private final String address;
        private @Nullable SimPipe<ClientFrame, ServerFrame> pipe;
        private boolean ended;
        private boolean proved;

        Stream(Network network, SimNode node, Connection connection, long number, String address) {
            this.network = network;
            this.node = node;
            this.connection = connection;
            this.number = number;
            this.address = address;
        }

        @Override
        public void start() {
            node.after(CONNECT_NANOS, "connect " + address, () -> {
                if (ended) {
                    return;
                }
                pipe = network.connect(
                        address,
                        frame -> {
                            if (!ended) {
                                connection.take(this, frame);
                            }
                        },
                        () -> fail("pipe broken"));
                if (pipe == null) {
                    fail("connection refused");
                } else {
                    connection.drain();
                }
            });
        }

        private void fail(String why) {
            if (!ended) {
                connection.failed(this, why);
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
        public boolean isReady() {
            return pipe != null && !ended;
        }

        @Override
        public void send(ClientFrame frame) {
            if (pipe != null && !ended) {
                pipe.sendToAccepting(frame);
            }
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
        public void end() {
            if (!ended) {
                ended = true;
                if (pipe != null) {
                    pipe.breakDown(0);
                }
            }
        }
    }
}
