package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.client.admin.DlmAdminClient;
import dev.quoin.dlm.client.admin.GroupMember;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.CertificateAuthority;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.security.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every transport of the log must be able to do, with real peers. */
abstract class TransportSuite {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    abstract RaftTransport transport();

    /** Whether it gives up a connection on which nothing comes any more, though nobody says that it has ended. */
    abstract boolean findsSilentConnections();

    private DlmPeerConfig tuned(DlmPeerConfig config) {
        return config.transport(transport()).snapshots(SnapshotPolicy.DEFAULT.entries(20, 5));
    }

    private Cluster cluster() throws IOException {
        return new Cluster(dir, 3, this::tuned).startAll();
    }

    private static void put(LockClient client, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(client.registry()
                            .commit(Transaction.builder()
                                    .put("k" + i, new byte[100])
                                    .build()))
                    .isInstanceOf(TransactionOutcome.Committed.class);
        }
    }

    private static void awaitEqual(DlmPeer one, DlmPeer other) {
        await().atMost(LIMIT).until(() -> one.appliedIndex() == other.appliedIndex() && one.digest() == other.digest());
    }

    private static String follower(Cluster cluster) {
        String leader = cluster.awaitLeader().id();
        return cluster.running.keySet().stream()
                .filter(id -> !id.equals(leader))
                .findFirst()
                .orElseThrow();
    }

    private static DlmPeerConfig.Peer newPeer(String id) throws IOException {
        List<Integer> ports = Cluster.freePorts(2);
        return new DlmPeerConfig.Peer(id, "127.0.0.1:" + ports.getFirst(), "127.0.0.1:" + ports.getLast());
    }

    private static GroupMember member(DlmPeerConfig.Peer peer) {
        return new GroupMember(peer.id(), peer.raftAddress(), peer.clientAddresses(), peer.witness());
    }

    private DlmPeer join(DlmPeerConfig.Peer peer) throws IOException {
        return DlmPeer.start(tuned(DlmPeerConfig.joining("test", peer, dir.resolve(peer.id()), Security.off())));
    }

    private static DlmAdminClient admin(Cluster cluster) {
        return DlmAdminClient.of(cluster.servers(), LIMIT, Security.off());
    }

    /** Only whole files of the log are purged: new leaders begin new ones. */
    private static void makePeersFetch(Cluster cluster, LockClient client) throws IOException {
        for (int round = 0; round < 2; round++) {
            put(client, 60);
            cluster.awaitLeader().transferLeadership(follower(cluster), LIMIT);
        }
        put(client, 60);
    }

    @Test
    void peers_laggingOrEmpty_fetchTheState_joinLeadAndLeave() throws Exception {
        try (Cluster cluster = cluster();
                LockClient client = cluster.connect("a")) {
            put(client, 10);
            String lagging = follower(cluster);
            cluster.stop(lagging);
            makePeersFetch(cluster, client);
            cluster.start(lagging);
            DlmPeer back = cluster.running.get(lagging);
            awaitEqual(back, cluster.awaitLeader());
            assertThat(back.statesFetched()).isPositive();

            DlmPeerConfig.Peer fourth = newPeer("p3");
            try (DlmPeer joined = join(fourth)) {
                assertThat(admin(cluster).add(member(fourth)))
                        .extracting(GroupMember::id)
                        .containsExactly("p0", "p1", "p2", "p3");
                awaitEqual(joined, cluster.awaitLeader());
                assertThat(joined.statesFetched()).isPositive();
                admin(cluster).transfer("p3");
                await().atMost(LIMIT).until(joined::isLeader);
                put(client, 5);
                admin(cluster).remove("p3", false);
                await().atMost(LIMIT).until(() -> joined.stopped().isDone());
            }
            put(client, 5);
        }
    }

    @Test
    void member_isReplacedByAnother_whichServesAfterRestart() throws Exception {
        try (Cluster cluster = cluster();
                LockClient client = cluster.connect("a")) {
            put(client, 30);
            DlmPeerConfig.Peer next = newPeer("p9");
            try (DlmPeer joined = join(next)) {
                cluster.stop("p2");
                cluster.running.put("p9", joined);
                assertThat(admin(cluster).replace("p2", member(next)))
                        .extracting(GroupMember::id)
                        .containsExactly("p0", "p1", "p9");
                put(client, 5);
                cluster.stop("p1");
                // The new one is needed for a majority now.
                put(client, 5);
                cluster.start("p1");
                awaitEqual(cluster.running.get("p1"), cluster.awaitLeader());
            }
        }
    }

    @Test
    void leadership_isHandedOnAndOn_whileClientsWork() throws Exception {
        try (Cluster cluster = cluster();
                LockClient client = cluster.connect("a")) {
            Worker worker = new Worker(client, 3);
            for (int round = 0; round < 6; round++) {
                String next = follower(cluster);
                cluster.awaitLeader().transferLeadership(next, LIMIT);
                assertThat(cluster.awaitLeader().id()).isEqualTo(next);
                awaitProgress(worker);
            }
            finish(worker, client);
        }
    }

    @Test
    void followerCutOff_delaysNobody_andCatchesUp() throws Exception {
        try (Relays relays = new Relays(dir, 3);
                Cluster cluster = relays.cluster(this::tuned).startAll();
                LockClient client = cluster.connect("a")) {
            put(client, 10);
            String cut = follower(cluster);
            relays.of(cut).goSilent();
            long began = System.nanoTime();
            put(client, 100);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
            if (findsSilentConnections()) {
                // New connections work; on the old one nothing comes through, and nobody is told.
                relays.of(cut).reopen();
            } else {
                relays.of(cut).repair();
            }
            awaitEqual(cluster.running.get(cut), cluster.awaitLeader());
            relays.of(cut).breakDown();
            put(client, 20);
            relays.of(cut).repair();
            awaitEqual(cluster.running.get(cut), cluster.awaitLeader());
        }
    }

    private static void awaitProgress(Worker worker) {
        long before = worker.rounds();
        await().atMost(LIMIT).until(() -> worker.rounds() > before + 10 || worker.failure() != null);
        assertThat(worker.failure()).isNull();
    }

    private static void finish(Worker worker, LockClient client) throws Exception {
        worker.stop();
        assertThat(worker.failure()).isNull();
        long counted = 0;
        for (Registry.Entry entry : client.registry().range("count/")) {
            counted += ByteBuffer.wrap(entry.value()).getLong();
        }
        assertThat(counted).isEqualTo(worker.rounds());
    }

    @Test
    void peersPausedAndKilled_loseAndDoubleNothing() throws Exception {
        Cluster addresses = new Cluster(dir, 3);
        Map<String, PeerProcess> peers = new HashMap<>();
        try {
            for (DlmPeerConfig.Peer one : addresses.members) {
                peers.put(one.id(), start(addresses, one));
            }
            try (LockClient client = DlmClient.connect(DlmClientConfig.of("a", addresses.servers(), Security.off())
                    .timeouts(LIMIT, LIMIT)
                    .lease(LIMIT))) {
                Worker worker = new Worker(client, 3);
                awaitProgress(worker);
                // One of them leads.
                for (DlmPeerConfig.Peer one : addresses.members) {
                    peers.get(one.id()).signal("STOP");
                    awaitProgress(worker);
                    awaitProgress(worker);
                    peers.get(one.id()).signal("CONT");
                    awaitProgress(worker);
                }
                for (DlmPeerConfig.Peer one : addresses.members) {
                    peers.get(one.id()).kill();
                    awaitProgress(worker);
                    peers.put(one.id(), start(addresses, one));
                }
                awaitProgress(worker);
                finish(worker, client);
            }
        } finally {
            peers.values().forEach(PeerProcess::close);
        }
    }

    private PeerProcess start(Cluster addresses, DlmPeerConfig.Peer one) throws IOException {
        return new PeerProcess(dir.resolve(one.id()), one.id(), addresses.members, transport());
    }

    @Test
    void mutualTls_carriesTheLog_throughLeaderChangesAndStateTransfer() throws Exception {
        Path keys = dir.resolve("keys");
        CertificateAuthority authority = CertificateAuthority.create(keys, "test");
        Map<String, Security> issued = new HashMap<>();
        for (int i = 0; i < 3; i++) {
            issued.put("p" + i, issue(authority, keys, Role.PEER, "p" + i));
        }
        Security own = issue(authority, keys, Role.NODE, "a");
        try (Cluster cluster = new Cluster(dir, 3, issued::get, this::tuned).startAll();
                LockClient client = DlmClient.connect(
                        DlmClientConfig.of("a", cluster.servers(), own).timeouts(LIMIT, LIMIT))) {
            put(client, 10);
            String first = cluster.awaitLeader().id();
            cluster.stop(first);
            makePeersFetch(cluster, client);
            cluster.start(first);
            awaitEqual(cluster.running.get(first), cluster.awaitLeader());
            assertThat(cluster.running.get(first).statesFetched()).isPositive();
            cluster.awaitLeader().transferLeadership(first, LIMIT);
            put(client, 5);
        }
    }

    static Security issue(CertificateAuthority authority, Path keys, Role role, String name) {
        try {
            authority.issue(new Identity("test", role, name), List.of(), Duration.ofDays(1), keys, false);
            return Security.mutualTls(TlsFiles.in(keys, role, name));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Peers that reach each other through relays. */
    private static final class Relays implements AutoCloseable {

        private final Path dir;
        private final List<DlmPeerConfig.Peer> real;
        private final Map<String, Relay> relays = new HashMap<>();

        Relays(Path dir, int size) throws IOException {
            this.dir = dir;
            real = new Cluster(dir, size).members;
            for (DlmPeerConfig.Peer peer : real) {
                relays.put(
                        peer.id(), new Relay(Addresses.parse(peer.raftAddress()).getPort()));
            }
        }

        Relay of(String id) {
            return relays.get(id);
        }

        Cluster cluster(java.util.function.UnaryOperator<DlmPeerConfig> tune) {
            return new Cluster(dir, real, config -> tune.apply(seen(config)));
        }

        /** The others as a peer reaches them. */
        private DlmPeerConfig seen(DlmPeerConfig config) {
            List<DlmPeerConfig.Peer> seen = new ArrayList<>();
            for (DlmPeerConfig.Peer peer : real) {
                seen.add(
                        peer.id().equals(config.id())
                                ? peer
                                : new DlmPeerConfig.Peer(
                                        peer.id(), relays.get(peer.id()).address(), peer.clientAddress()));
            }
            return DlmPeerConfig.of(config.cluster(), config.id(), seen, config.dir(), config.security());
        }

        @Override
        public void close() throws IOException {
            for (Relay relay : relays.values()) {
                relay.close();
            }
        }
    }
}
