package dev.quoin.bench.locks;

import com.google.protobuf.ByteString;
import dev.quoin.bench.BenchException;
import dev.quoin.bench.Programs;
import dev.quoin.bench.ServerProcess;
import dev.quoin.bench.etcd.proto.LeaseGrantRequest;
import dev.quoin.bench.etcd.proto.LeaseGrpc;
import dev.quoin.bench.etcd.proto.LockGrpc;
import dev.quoin.bench.etcd.proto.LockRequest;
import dev.quoin.bench.etcd.proto.UnlockRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Three etcd servers at their defaults with the lock service of each, over four connections. */
final class Etcd extends LockSystem {

    private static final int SERVERS = 3;
    private static final int CONNECTIONS = 4;
    private static final long LEASE_SECONDS = 3_600;
    private static final int ELECTION_TRIES = 100;

    private final List<ServerProcess> servers;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final long[] leases = new long[CONNECTIONS];

    /** One client: a lock of its own, and a lease that it shares with those of its connection. */
    private record Client(LockGrpc.LockBlockingStub stub, LockRequest lock) implements PairLoad.Client {
        @Override
        public void pair() {
            ByteString key = stub.lock(lock).getKey();
            stub.unlock(UnlockRequest.newBuilder().setKey(key).build());
        }
    }

    private Etcd(List<ServerProcess> servers) {
        this.servers = servers;
    }

    /** Starts it, unless it is not installed and cannot be. */
    static Optional<LockSystem> start(Path directory, Programs programs) throws BenchException {
        Optional<Path> program = programs.find("etcd", "etcd-server", "etcd");
        if (program.isEmpty()) {
            return Optional.empty();
        }
        List<Integer> ports = ServerProcess.freePorts(2 * SERVERS);
        List<String> cluster = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
            cluster.add("e" + i + "=http://127.0.0.1:" + ports.get(2 * i + 1));
        }
        List<ServerProcess> servers = new ArrayList<>();
        Etcd etcd = new Etcd(servers);
        try {
            for (int i = 0; i < SERVERS; i++) {
                String client = "http://127.0.0.1:" + ports.get(2 * i);
                String peer = "http://127.0.0.1:" + ports.get(2 * i + 1);
                servers.add(new ServerProcess(
                        "etcd" + i,
                        directory,
                        Map.of(),
                        List.of(
                                program.get().toString(),
                                "--name",
                                "e" + i,
                                "--data-dir",
                                directory.resolve("etcd-" + i).toString(),
                                "--listen-client-urls",
                                client,
                                "--advertise-client-urls",
                                client,
                                "--listen-peer-urls",
                                peer,
                                "--initial-advertise-peer-urls",
                                peer,
                                "--initial-cluster",
                                String.join(",", cluster),
                                "--initial-cluster-state",
                                "new",
                                "--log-level",
                                "error")));
            }
            for (int i = 0; i < SERVERS; i++) {
                servers.get(i).awaitPort(ports.get(2 * i));
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                etcd.connect(i, ports.get(2 * (i % SERVERS)));
            }
            return Optional.of(etcd);
        } catch (BenchException failure) {
            etcd.close();
            throw failure;
        }
    }

    private void connect(int index, int port) throws BenchException {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build();
        channels.add(channel);
        StatusRuntimeException last = null;
        for (int tries = 0; tries < ELECTION_TRIES; tries++) {
            try {
                leases[index] = LeaseGrpc.newBlockingStub(channel)
                        .withWaitForReady()
                        .leaseGrant(LeaseGrantRequest.newBuilder()
                                .setTTL(LEASE_SECONDS)
                                .build())
                        .getID();
                return;
            } catch (StatusRuntimeException noLeaderYet) {
                last = noLeaderYet;
            }
        }
        throw new BenchException("etcd gives no lease: " + last, last);
    }

    @Override
    public String name() {
        return LockMeasure.ETCD;
    }

    @Override
    List<ServerProcess> processes() {
        return servers;
    }

    @Override
    long pairs(LockMeasure.Kind kind, int count, Duration time) throws BenchException {
        while (clients.size() < count) {
            int at = clients.size() % CONNECTIONS;
            clients.add(new Client(
                    LockGrpc.newBlockingStub(channels.get(at)),
                    LockRequest.newBuilder()
                            .setName(ByteString.copyFromUtf8("bench/" + clients.size()))
                            .setLease(leases[at])
                            .build()));
        }
        return PairLoad.run(clients.subList(0, count), time);
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        super.close();
    }
}
