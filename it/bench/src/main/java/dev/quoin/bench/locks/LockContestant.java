package dev.quoin.bench.locks;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Child;
import dev.quoin.bench.Figures;
import dev.quoin.bench.Measure;
import dev.quoin.bench.ServerProcess;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockNotGrantedException;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.client.admin.AdminException;
import dev.quoin.dlm.client.admin.DlmAdminClient;
import dev.quoin.dlm.client.cache.CacheOptions;
import dev.quoin.dlm.client.cache.CacheOwner;
import dev.quoin.dlm.client.cache.LocalHold;
import dev.quoin.dlm.client.cache.NodeLockCache;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Quoin's lock manager with three peers. A client is a session with a lock of its own, which it takes and gives back without a
 * pause; both are durable on a majority before it goes on.
 */
final class LockContestant extends LockSystem {

    private static final int PEERS = 3;

    /** Long, so that a machine that is busy for a while shows in the figures and does not end the run. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final LockRequest REQUEST = LockRequest.of(LockMode.EX);
    private static final int REACQUISITIONS = 2_000_000;
    private static final Duration ADMIN_LIMIT = Duration.ofSeconds(20);
    private static final int SOAK_CLIENTS = 64;
    private static final Duration SOAK_TIME = Duration.ofMinutes(10);

    private final String name;
    private final Path directory;
    private final RaftTransport transport;
    private final List<Integer> ports;
    private final List<ServerProcess> peers = new ArrayList<>();
    private final List<LockClient> sessions = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private int failovers;
    private int stalls;

    /** One client. */
    private record Client(Lockspace space, ResourceName lock) {

        void pair() throws LockNotGrantedException {
            space.acquire(lock, REQUEST).orThrow().releaseAsync(null).join();
        }

        void pipelined() throws LockNotGrantedException {
            space.acquire(lock, REQUEST).orThrow().close();
        }
    }

    private LockContestant(String name, Path directory, RaftTransport transport, List<Integer> ports) {
        this.name = name;
        this.directory = directory;
        this.transport = transport;
        this.ports = ports;
    }

    /** Quoin as it is measured beside others. Starts the peers and waits for a leader. Blocking. */
    static LockContestant start(Path directory, RaftTransport transport) throws BenchException {
        LockContestant quoin = new LockContestant("quoin", directory, transport, ServerProcess.freePorts(2 * PEERS));
        try {
            quoin.startPeers();
            return quoin;
        } catch (BenchException failure) {
            quoin.close();
            throw failure;
        }
    }

    /** Quoin with the transport that it is not measured with. Its peers start when it is its turn. */
    static LockContestant other(Path directory, RaftTransport transport) throws BenchException {
        RaftTransport other = transport == RaftTransport.GRPC ? RaftTransport.SOCKET : RaftTransport.GRPC;
        return new LockContestant(
                LockMeasure.OTHER_TRANSPORT, directory.resolve("other"), other, ServerProcess.freePorts(2 * PEERS));
    }

    private void startPeers() throws BenchException {
        try {
            Files.createDirectories(directory);
        } catch (IOException failure) {
            throw new BenchException("directory " + directory + " cannot be made: " + failure, failure);
        }
        for (int i = 0; i < PEERS; i++) {
            peers.add(peer(i));
        }
        for (ServerProcess peer : peers) {
            peer.awaitOutput(Child.READY);
        }
    }

    @Override
    public void warmUp(Measure measure) throws BenchException {
        if (peers.isEmpty()) {
            startPeers();
        }
        super.warmUp(measure);
    }

    private ServerProcess peer(int index) throws BenchException {
        List<String> arguments = new ArrayList<>(
                List.of(Integer.toString(index), directory.resolve("p" + index).toString(), transport.word()));
        ports.forEach(port -> arguments.add(Integer.toString(port)));
        return ServerProcess.java(
                "peer" + index + "-" + failovers, directory, LockPeerMain.class, arguments.toArray(String[]::new));
    }

    private List<String> servers() {
        List<String> servers = new ArrayList<>();
        for (int i = 1; i < ports.size(); i += 2) {
            servers.add("127.0.0.1:" + ports.get(i));
        }
        return servers;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean takesPart(Measure measure) {
        return !name.equals(LockMeasure.OTHER_TRANSPORT) || super.takesPart(measure);
    }

    @Override
    List<ServerProcess> processes() {
        return peers;
    }

    @Override
    long pairs(LockMeasure.Kind kind, int count, Duration time) throws BenchException {
        while (clients.size() < count) {
            clients.add(new Client(space(), ResourceName.of("bench/" + clients.size())));
        }
        return PairLoad.run(
                clients.subList(0, count).stream()
                        .map(client -> kind == LockMeasure.Kind.PIPELINED
                                ? (PairLoad.Client) client::pipelined
                                : (PairLoad.Client) client::pair)
                        .toList(),
                time);
    }

    /** A lockspace as a new session sees it. */
    private Lockspace space() throws BenchException {
        try {
            // Many sessions share the name of this process.
            LockClient session = DlmClient.connect(DlmClientConfig.of("bench", servers(), Security.off())
                    .supersede(false)
                    .lease(PATIENCE)
                    .timeouts(PATIENCE, PATIENCE));
            sessions.add(session);
            return session.lockspace("bench", SessionEndPolicy.RELEASE);
        } catch (DlmException failure) {
            throw new BenchException("session " + sessions.size() + ": " + failure.getMessage(), failure);
        }
    }

    @Override
    double special(LockMeasure.Kind kind) throws BenchException {
        return switch (kind) {
            case CACHED -> reacquire();
            case FAILOVER -> failover();
            case SNAPSHOT -> snapshotStall();
            case SOAK -> electionsInSoak();
            case PAIRS, PIPELINED, CPU -> throw new IllegalArgumentException(kind + " is measured by pairs");
        };
    }

    private double reacquire() throws BenchException {
        ResourceName name = ResourceName.of("cached");
        try (NodeLockCache cache = new NodeLockCache(space(), CacheOptions.DEFAULT, CacheOwner.NONE)) {
            if (!(cache.acquire(name, LockMode.EX) instanceof LocalHold first)) {
                throw new BenchException("the lock was not granted");
            }
            first.close();
            double[] figures = new double[5];
            for (int round = 0; round < figures.length; round++) {
                long began = System.nanoTime();
                for (int i = 0; i < REACQUISITIONS; i++) {
                    LocalHold hold = cache.tryAcquire(name, LockMode.EX);
                    if (hold == null) {
                        throw new BenchException("the node did not keep the lock");
                    }
                    hold.close();
                }
                figures[round] = (System.nanoTime() - began) / (double) REACQUISITIONS;
            }
            return Figures.median(figures);
        }
    }

    private double failover() throws BenchException {
        // With the lease and the limits that nobody has tuned.
        try (LockClient session = DlmClient.connect(
                DlmClientConfig.of("failover", servers(), Security.off()).supersede(false))) {
            Lockspace space = session.lockspace("bench", SessionEndPolicy.RELEASE);
            DlmAdminClient admin = DlmAdminClient.of(servers(), ADMIN_LIMIT, Security.off());
            int leader = Integer.parseInt(admin.leader().leader().substring(1));
            failovers++;
            peers.get(leader).kill();
            long killed = System.nanoTime();
            Held held = space.acquire(ResourceName.of("failover/" + failovers), REQUEST)
                    .orThrow();
            double millis = (System.nanoTime() - killed) / 1e6;
            held.close();
            peers.set(leader, peer(leader));
            peers.get(leader).awaitOutput(Child.READY);
            return millis;
        } catch (DlmException | AdminException | LockNotGrantedException failure) {
            throw new BenchException("failover " + failovers + ": " + failure.getMessage(), failure);
        }
    }

    private double snapshotStall() throws BenchException {
        stalls++;
        String name = "stall-" + stalls;
        try (ServerProcess stall = ServerProcess.java(
                name, directory, SnapshotStall.class, directory.resolve(name).toString())) {
            return Long.parseLong(stall.await(Pattern.compile(SnapshotStall.WORST + "(\\d+)"))) / 1e6;
        }
    }

    /** How often the term rose, though nothing happened to any peer. */
    private double electionsInSoak() throws BenchException {
        DlmAdminClient admin = DlmAdminClient.of(servers(), ADMIN_LIMIT, Security.off());
        try {
            long before = admin.leader().term();
            pairs(LockMeasure.Kind.PAIRS, SOAK_CLIENTS, SOAK_TIME);
            return admin.leader().term() - before;
        } catch (AdminException failure) {
            throw new BenchException("soak: " + failure.getMessage(), failure);
        }
    }

    @Override
    public void close() {
        sessions.forEach(LockClient::close);
        super.close();
    }
}
