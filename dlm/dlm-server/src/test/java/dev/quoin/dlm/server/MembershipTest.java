package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.client.admin.AdminException;
import dev.quoin.dlm.client.admin.DlmAdminClient;
import dev.quoin.dlm.client.admin.GroupMember;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The group of peers changes while it runs: nothing is lost, clients go on, and what would end service is refused. */
class MembershipTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    private static DlmAdminClient admin(Cluster cluster) {
        return DlmAdminClient.of(cluster.servers(), LIMIT, Security.off());
    }

    private static DlmPeerConfig.Peer peer(String id, boolean witness) throws IOException {
        List<Integer> ports = Cluster.freePorts(2);
        return new DlmPeerConfig.Peer(
                id, "127.0.0.1:" + ports.getFirst(), List.of("127.0.0.1:" + ports.getLast()), witness);
    }

    private static GroupMember member(DlmPeerConfig.Peer peer) {
        return new GroupMember(peer.id(), peer.raftAddress(), peer.clientAddresses(), peer.witness());
    }

    private DlmPeer join(DlmPeerConfig.Peer peer) throws IOException {
        return DlmPeer.start(DlmPeerConfig.joining("test", peer, dir.resolve(peer.id()), Security.off()));
    }

    private static void put(LockClient client, int count) {
        for (int i = 0; i < count; i++) {
            client.registry()
                    .commit(Transaction.builder().put("k" + i, new byte[100]).build());
        }
    }

    private static void awaitEqual(DlmPeer one, DlmPeer other) {
        await().atMost(LIMIT).until(() -> one.appliedIndex() == other.appliedIndex() && one.digest() == other.digest());
    }

    @Test
    void memberAdded_emptyBehindPurgedLog_catchesUpVotesAndServes() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3, config -> config.snapshots(SnapshotPolicy.DEFAULT.entries(20, 5)))
                        .startAll();
                LockClient client = cluster.connect("a")) {
            Held held = client.lockspace("s", SessionEndPolicy.RELEASE)
                    .acquire(ResourceName.of("r"), LockRequest.of(LockMode.EX))
                    .orThrow();
            put(client, 200);
            DlmPeerConfig.Peer fourth = peer("p3", false);
            try (DlmPeer joined = join(fourth)) {
                assertThat(admin(cluster).status(fourth.clientAddress()).warnings())
                        .anyMatch(warning -> warning.contains("waits to be added"));
                assertThat(admin(cluster).add(member(fourth)))
                        .extracting(GroupMember::id)
                        .containsExactly("p0", "p1", "p2", "p3");
                awaitEqual(joined, cluster.awaitLeader());
                assertThat(joined.statesFetched()).isPositive();
                // One that already belongs is refused.
                assertThatThrownBy(() -> admin(cluster).add(member(fourth)))
                        .isInstanceOfSatisfying(
                                AdminException.class,
                                refused -> assertThat(refused.code()).isEqualTo(AdminException.Code.EXISTS));
                admin(cluster).transfer("p3");
                await().atMost(LIMIT).until(joined::isLeader);
                put(client, 5);
                assertThat(held.isValidFor(Duration.ZERO)).isTrue();
                // The leader itself is removed: it hands over first.
                assertThat(admin(cluster).remove("p3", false))
                        .extracting(GroupMember::id)
                        .containsExactly("p0", "p1", "p2");
                await().atMost(LIMIT).until(() -> joined.stopped().isDone());
            }
            put(client, 5);
            held.releaseAsync(null).get();
        }
    }

    @Test
    void memberReplaced_byOneOfAnotherName_restartsKnowTheNewSet() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient client = cluster.connect("a")) {
            put(client, 20);
            DlmPeerConfig.Peer next = peer("p9", false);
            try (DlmPeer joined = join(next)) {
                cluster.stop("p2");
                cluster.running.put("p9", joined);
                assertThat(admin(cluster).replace("p2", member(next)))
                        .extracting(GroupMember::id)
                        .containsExactly("p0", "p1", "p9");
                put(client, 5);
                // Its configuration file still names p2; the log knows better.
                cluster.stop("p1");
                cluster.start("p1");
                await().atMost(LIMIT)
                        .until(() -> cluster.running.get("p1").members().stream()
                                .anyMatch(member -> member.id().equals("p9")));
                awaitEqual(joined, cluster.awaitLeader());
                put(client, 5);
            }
        }
    }

    @Test
    void witness_whenDataPeersFail_keepsTheMajorityAndNeverServes() throws Exception {
        List<Integer> ports = Cluster.freePorts(6);
        List<DlmPeerConfig.Peer> peers = List.of(
                new DlmPeerConfig.Peer("a", "127.0.0.1:" + ports.get(0), "127.0.0.1:" + ports.get(1)),
                new DlmPeerConfig.Peer("b", "127.0.0.1:" + ports.get(2), "127.0.0.1:" + ports.get(3)),
                new DlmPeerConfig.Peer("w", "127.0.0.1:" + ports.get(4), List.of("127.0.0.1:" + ports.get(5)), true));
        try (Cluster cluster = new Cluster(dir, peers).startAll();
                LockClient client = cluster.connect("n")) {
            put(client, 10);
            for (int round = 0; round < 2; round++) {
                String leader = cluster.awaitLeader().id();
                assertThat(leader).isNotEqualTo("w");
                cluster.stop(leader);
                put(client, 10);
                assertThat(cluster.awaitLeader().id()).isNotIn("w", leader);
                assertThat(cluster.running.get("w").isLeader()).isFalse();
                cluster.start(leader);
                DlmPeer back = cluster.running.get(leader);
                awaitEqual(back, cluster.running.get("w"));
            }
            assertThatThrownBy(() -> admin(cluster).transfer("w")).hasMessageContaining("witness");
        }
    }

    @Test
    void removal_thatWouldLeaveNoMajority_isRefusedUnlessForced() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient client = cluster.connect("a")) {
            put(client, 5);
            String leader = cluster.awaitLeader().id();
            List<String> others = cluster.running.keySet().stream()
                    .filter(id -> !id.equals(leader))
                    .toList();
            cluster.stop(others.getFirst());
            await().atMost(LIMIT)
                    .until(() -> admin(cluster).leader().lags().stream()
                            .anyMatch(lag -> lag.silent().compareTo(Duration.ofSeconds(5)) > 0));
            // Of the two that would stay, one does not answer.
            assertThatThrownBy(() -> admin(cluster).remove(others.getLast(), false))
                    .isInstanceOfSatisfying(
                            AdminException.class,
                            refused -> assertThat(refused.code()).isEqualTo(AdminException.Code.REFUSED))
                    .hasMessageContaining(others.getFirst());
            // The one that does not answer may go.
            assertThat(admin(cluster).remove(others.getFirst(), false)).hasSize(2);
            put(client, 5);
            assertThatThrownBy(() -> admin(cluster).remove("nobody", false))
                    .isInstanceOfSatisfying(
                            AdminException.class,
                            refused -> assertThat(refused.code()).isEqualTo(AdminException.Code.NOT_FOUND));
        }
    }

    @Test
    void snapshot_onDemand_isDurableAsOfThen() throws Exception {
        try (Cluster cluster = new Cluster(dir, 1).startAll();
                LockClient client = cluster.connect("a")) {
            put(client, 50);
            long applied = cluster.running.get("p0").appliedIndex();
            assertThat(admin(cluster).snapshot(cluster.servers().getFirst())).isGreaterThanOrEqualTo(applied);
            assertThat(admin(cluster).status(cluster.servers().getFirst()).snapshotIndex())
                    .isGreaterThanOrEqualTo(applied);
        }
    }
}
