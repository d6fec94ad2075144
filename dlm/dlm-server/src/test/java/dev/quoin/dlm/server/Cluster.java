package dev.quoin.dlm.server;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Real peers in this process, each with its own directory and ports. */
final class Cluster implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path dir;
    private final UnaryOperator<DlmPeerConfig> tune;
    private final Function<String, Security> security;
    final List<DlmPeerConfig.Peer> members;
    final Map<String, DlmPeer> running = new ConcurrentSkipListMap<>();

    Cluster(Path dir, int size) throws IOException {
        this(dir, size, config -> config);
    }

    Cluster(Path dir, int size, UnaryOperator<DlmPeerConfig> tune) throws IOException {
        this(dir, size, id -> Security.off(), tune);
    }

    /** Peers with keys of their own. */
    Cluster(Path dir, int size, Function<String, Security> security, UnaryOperator<DlmPeerConfig> tune)
            throws IOException {
        this.dir = dir;
        this.tune = tune;
        this.security = security;
        List<Integer> ports = freePorts(size * 2);
        List<DlmPeerConfig.Peer> all = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            all.add(new DlmPeerConfig.Peer(
                    "p" + i, "127.0.0.1:" + ports.get(2 * i), "127.0.0.1:" + ports.get(2 * i + 1)));
        }
        members = List.copyOf(all);
    }

    /** Peers with addresses and duties of their own. */
    Cluster(Path dir, List<DlmPeerConfig.Peer> members) {
        this(dir, members, config -> config);
    }

    Cluster(Path dir, List<DlmPeerConfig.Peer> members, UnaryOperator<DlmPeerConfig> tune) {
        this.dir = dir;
        this.tune = tune;
        this.security = id -> Security.off();
        this.members = List.copyOf(members);
    }

    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports.add(socket.getLocalPort());
            }
            return ports;
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    DlmPeerConfig config(String id) {
        return tune.apply(DlmPeerConfig.of("test", id, members, dir.resolve(id), security.apply(id)));
    }

    Cluster startAll() {
        each(members.stream().map(DlmPeerConfig.Peer::id).toList(), this::start);
        return this;
    }

    private interface Step {
        void run(String id) throws IOException;
    }

    /** All at once: each takes most of its time waiting. */
    private static void each(List<String> ids, Step step) {
        List<java.util.concurrent.CompletableFuture<Void>> all = ids.stream()
                .map(id -> java.util.concurrent.CompletableFuture.runAsync(
                        () -> {
                            try {
                                step.run(id);
                            } catch (IOException failure) {
                                throw new java.io.UncheckedIOException(failure);
                            }
                        },
                        task -> Thread.ofPlatform().start(task)))
                .toList();
        all.forEach(java.util.concurrent.CompletableFuture::join);
    }

    void start(String id) throws IOException {
        running.put(id, DlmPeer.start(config(id)));
    }

    void stop(String id) {
        DlmPeer peer = running.remove(id);
        if (peer != null) {
            peer.close();
        }
    }

    void startMissing() throws IOException {
        for (DlmPeerConfig.Peer member : members) {
            if (!running.containsKey(member.id())) {
                start(member.id());
            }
        }
    }

    void stopAll() {
        each(List.copyOf(running.keySet()), this::stop);
    }

    DlmPeer awaitLeader() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0) {
            for (DlmPeer peer : running.values()) {
                if (peer.isLeader()) {
                    return peer;
                }
            }
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("no leader in " + PATIENCE);
    }

    List<String> servers() {
        return members.stream().map(DlmPeerConfig.Peer::clientAddress).toList();
    }

    DlmClientConfig clientConfig(String node) {
        return DlmClientConfig.of(node, servers(), Security.off())
                .timeouts(PATIENCE, PATIENCE)
                .lease(Duration.ofSeconds(20));
    }

    LockClient connect(String node) throws IOException {
        return DlmClient.connect(clientConfig(node));
    }

    @Override
    public void close() {
        stopAll();
    }
}
