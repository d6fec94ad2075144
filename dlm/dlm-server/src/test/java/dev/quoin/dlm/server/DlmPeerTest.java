package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that real peers keep what they acknowledged over the loss of a leader, a restart of all, and a peer left behind. */
class DlmPeerTest {

    private static final ResourceName R = ResourceName.of("r");

    @TempDir
    Path dir;

    private static Lockspace space(LockClient client) throws IOException {
        return client.lockspace("s", SessionEndPolicy.HOLD_UNTIL_FENCED);
    }

    private static Held held(LockOutcome outcome) {
        assertThat(outcome).isInstanceOf(LockOutcome.Granted.class);
        return ((LockOutcome.Granted) outcome).held();
    }

    @Test
    void onePeer_alone_servesAndKeepsStateOverARestart() throws Exception {
        try (Cluster cluster = new Cluster(dir, 1).startAll();
                LockClient client = cluster.connect("a")) {
            Held lock = held(space(client).acquire(R, LockRequest.of(LockMode.EX)));
            assertThat(client.registry()
                            .commit(Transaction.builder()
                                    .put("k", new byte[] {7})
                                    .build()))
                    .isEqualTo(new TransactionOutcome.Committed(1));
            long before = cluster.running.get("p0").digest();
            cluster.stopAll();
            cluster.startAll();
            assertThat(client.registry().get("k").orElseThrow().value()).containsExactly(7);
            assertThat(lock.isValidFor(Duration.ZERO)).isTrue();
            assertThat(space(client).locks(new byte[0]))
                    .extracting(LockInfo::token)
                    .containsExactly(lock.token());
            assertThat(before).isNotZero();
            lock.releaseAsync(null).join();
        }
    }

    @Test
    void leaderClosed_whileClientsWork_nothingIsLostOrDoubled() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient a = cluster.connect("a");
                LockClient b = cluster.connect("b")) {
            Worker first = new Worker(a, 4);
            Worker second = new Worker(b, 4);
            await().until(() -> first.rounds() > 20 && second.rounds() > 20);
            for (int i = 0; i < 3; i++) {
                String leader = cluster.awaitLeader().id();
                long firstBefore = first.rounds();
                long secondBefore = second.rounds();
                cluster.stop(leader);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> first.rounds() > firstBefore + 20 && second.rounds() > secondBefore + 20);
                cluster.start(leader);
            }
            first.stop();
            second.stop();
            assertThat(first.failure()).isNull();
            assertThat(second.failure()).isNull();
            // Each round added 1 to a counter in the registry under the lock, once.
            long counted = 0;
            for (Registry.Entry entry : a.registry().range("count/")) {
                counted += java.nio.ByteBuffer.wrap(entry.value()).getLong();
            }
            assertThat(counted).isEqualTo(first.rounds() + second.rounds());
            assertThat(space(a).locks(new byte[0])).isEmpty();
            awaitEqualDigests(cluster);
        }
    }

    private static void awaitEqualDigests(Cluster cluster) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> cluster.running.values().stream()
                                .mapToLong(DlmPeer::digest)
                                .distinct()
                                .count()
                        == 1);
    }

    @Test
    void allPeersRestarted_stateIsThere() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient a = cluster.connect("a")) {
            Held lock = held(space(a).acquire(R, LockRequest.of(LockMode.PW)));
            a.registry().commit(Transaction.builder().put("k", new byte[] {1}).build());
            cluster.stopAll();
            cluster.startAll();
            assertThat(a.registry()
                            .commit(Transaction.builder()
                                    .ifHeld(lock)
                                    .ifRevision("k", 1)
                                    .put("k", new byte[] {2})
                                    .build()))
                    .isEqualTo(new TransactionOutcome.Committed(2));
            assertThat(lock.convert(LockRequest.of(LockMode.EX))).isInstanceOf(LockOutcome.Granted.class);
            awaitEqualDigests(cluster);
        }
    }

    @Test
    void lagger_beyondTheLog_fetchesTheSnapshot() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3, config -> config.snapshots(SnapshotPolicy.DEFAULT.entries(20, 5)))
                        .startAll();
                LockClient a = cluster.connect("a")) {
            a.registry().commit(Transaction.builder().put("first", new byte[1]).build());
            cluster.awaitLeader();
            String lagger = cluster.running.values().stream()
                    .filter(peer -> !peer.isLeader())
                    .findFirst()
                    .orElseThrow()
                    .id();
            cluster.stop(lagger);
            for (int i = 0; i < 120; i++) {
                assertThat(a.registry()
                                .commit(Transaction.builder()
                                        .put("k" + i, new byte[20_000])
                                        .build()))
                        .isInstanceOf(TransactionOutcome.Committed.class);
            }
            // Closed and opened again, the others begin a new log segment, so that the old ones can go.
            for (String id : List.copyOf(cluster.running.keySet())) {
                cluster.stop(id);
                cluster.start(id);
                cluster.awaitLeader();
            }
            for (int i = 0; i < 60; i++) {
                a.registry()
                        .commit(Transaction.builder()
                                .put("m" + i, new byte[20_000])
                                .build());
            }
            // Old segments go some time after a snapshot; each further entry brings the next one nearer.
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        a.registry()
                                .commit(Transaction.builder()
                                        .put("m0", new byte[20_000])
                                        .build());
                        return cluster.running.keySet().stream().noneMatch(this::keepsItsFirstEntries);
                    });
            cluster.start(lagger);
            awaitEqualDigests(cluster);
            assertThat(cluster.running.get(lagger).statesFetched()).isPositive();
            // It counts as a full member: with it and one other, the work goes on.
            String other = cluster.awaitLeader().id();
            cluster.stop(other);
            assertThat(a.registry().get("k7")).isPresent();
            assertThat(a.registry().range("")).hasSize(181);
        }
    }

    @Test
    void logOfLargeValues_isBoundedInBytes() throws Exception {
        SnapshotPolicy small = SnapshotPolicy.DEFAULT.bytes(8L << 20, 8L << 20);
        try (Cluster cluster = new Cluster(dir, 1, config -> config.snapshots(small)).startAll();
                LockClient a = cluster.connect("a")) {
            for (int i = 0; i < 400; i++) {
                Transaction.Builder large = Transaction.builder();
                for (int part = 0; part < 7; part++) {
                    large.put("part/" + part, new byte[Registry.VALUE_LENGTH_MAX]);
                }
                a.registry().commit(large.build());
            }
            // 180 MB were written in 400 entries; what stays is the newest segment of 32 MB, and those with the last 8
            // MiB.
            String only = cluster.awaitLeader().id();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> DirectorySize.of(dir.resolve(only).resolve("raft")) < 80L << 20);
        }
    }

    /** Whether the first log segment of a peer is still there. */
    private boolean keepsItsFirstEntries(String id) {
        try (Stream<Path> files = Files.walk(dir.resolve(id))) {
            return files.map(file -> file.getFileName().toString())
                    .anyMatch(name -> name.startsWith("log_0-") || name.equals("log_inprogress_0"));
        } catch (IOException | UncheckedIOException changing) {
            return true; // A file went while the tree was walked: look again.
        }
    }

    @Test
    void watch_overAChangeOfLeader_goesOn() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient a = cluster.connect("a")) {
            List<String> seen = new CopyOnWriteArrayList<>();
            try (AutoCloseable watch = a.registry().watch("w", 1, change -> seen.add(change.key()))) {
                assertThat(watch).isNotNull();
                for (int i = 0; i < 30; i++) {
                    if (i == 10 || i == 20) {
                        cluster.stop(cluster.awaitLeader().id());
                        cluster.startMissing();
                    }
                    a.registry()
                            .commit(Transaction.builder()
                                    .put("w" + i, new byte[0])
                                    .build());
                }
                await().until(() -> seen.size() == 30);
                assertThat(seen).doesNotHaveDuplicates();
                assertThat(seen.getLast()).isEqualTo("w29");
            }
        }
    }

    @Test
    void expiredLease_handsOverOrHoldsByPolicy() throws Exception {
        try (Cluster cluster = new Cluster(dir, 1).startAll();
                LockClient b = cluster.connect("b")) {
            try (CutOffClient dead = new CutOffClient(cluster, "dead", Duration.ofMillis(700))) {
                held(dead.client().lockspace("free", SessionEndPolicy.RELEASE).acquire(R, LockRequest.of(LockMode.EX)));
                held(space(dead.client()).acquire(R, LockRequest.of(LockMode.EX)));
                CompletableFuture<Boolean> told = new CompletableFuture<>();
                dead.client().onLost(() -> told.complete(true));
                Lockspace free = b.lockspace("free", SessionEndPolicy.RELEASE);
                CompletableFuture<LockOutcome> handedOver = free.acquireAsync(R, LockRequest.of(LockMode.EX));
                CompletableFuture<Boolean> stillValid =
                        handedOver.thenApply(outcome -> dead.client().isValidFor(Duration.ZERO));
                CompletableFuture<LockOutcome> kept = space(b).acquireAsync(R, LockRequest.of(LockMode.EX));
                await().during(Duration.ofSeconds(1)).until(() -> !handedOver.isDone());
                dead.cutOff();
                assertThat(held(handedOver.join()).value().isValid()).isFalse();
                assertThat(stillValid.join()).isFalse();
                assertThat(told.join()).isTrue();
                assertThat(kept).isNotDone();
                b.declareFenced(dead.client().session());
                held(kept.join());
            }
        }
    }

    @Test
    void majorityLost_requestsEndInNoQuorum() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient client = DlmClient.connect(
                        cluster.clientConfig("a").timeouts(Duration.ofSeconds(30), Duration.ofMillis(800)))) {
            Lockspace space = space(client);
            for (String id : List.of("p0", "p1")) {
                cluster.stop(id);
            }
            // The last one may believe for a moment that it leads.
            await().untilAsserted(() -> assertThat(client.registry()
                            .commit(Transaction.builder()
                                    .put("probe", new byte[0])
                                    .build()))
                    .isInstanceOf(TransactionOutcome.NoQuorum.class));
            assertThat(space.acquire(R, LockRequest.of(LockMode.EX).timeout(Duration.ofSeconds(2))))
                    .isInstanceOf(LockOutcome.NoQuorum.class);
            assertThat(client.registry()
                            .commit(Transaction.builder().put("k", new byte[0]).build()))
                    .isInstanceOf(TransactionOutcome.NoQuorum.class);
            assertThatThrownBy(client::sessions)
                    .isInstanceOfSatisfying(
                            DlmException.class, e -> assertThat(e.code()).isEqualTo(DlmException.Code.NO_QUORUM));
            cluster.startMissing();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> space.acquire(R, LockRequest.of(LockMode.EX)) instanceof LockOutcome.Granted);
            // What was refused was not done: one lock is held.
            assertThat(space.locks(new byte[0])).hasSize(1);
            assertThat(client.registry().get("k")).isEmpty();
        }
    }

    @Test
    void connect_whereNobodyListens_saysWhatToCheck() throws Exception {
        Cluster nobody = new Cluster(dir, 1);
        assertThatThrownBy(() -> DlmClient.connect(
                        nobody.clientConfig("a").timeouts(Duration.ofMillis(300), Duration.ofSeconds(1))))
                .isInstanceOfSatisfying(
                        DlmException.class, e -> assertThat(e.code()).isEqualTo(DlmException.Code.NO_QUORUM))
                .hasMessageContaining(nobody.servers().getFirst())
                .hasMessageContaining("check that a majority");
    }

    @Test
    void directory_inUse_isRefusedWithAMessage() throws Exception {
        try (Cluster cluster = new Cluster(dir, 1).startAll()) {
            assertThatThrownBy(() -> DlmPeer.start(cluster.config("p0")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(dir.resolve("p0").toString())
                    .hasMessageContaining("in use by another peer");
        }
    }

    @Test
    void port_inUse_isRefusedWithAMessage() throws Exception {
        try (Cluster cluster = new Cluster(dir, 1).startAll()) {
            DlmPeerConfig clash = DlmPeerConfig.of("test", "p0", cluster.members, dir.resolve("other"), Security.off());
            assertThatThrownBy(() -> DlmPeer.start(clash))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(cluster.members.getFirst().clientAddress())
                    .hasMessageContaining("give it a free address");
        }
    }

    @Test
    void close_ofAllPeers_isQuick() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll()) {
            cluster.awaitLeader();
            long start = System.nanoTime();
            for (String id : List.copyOf(cluster.running.keySet())) {
                cluster.stop(id);
            }
            // One second each on an idle machine; the rest is room for a busy one.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
        }
    }

    @Test
    void blockingNotifications_handALockToAndFro() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient a = cluster.connect("a");
                LockClient b = cluster.connect("b")) {
            Stubborn first = new Stubborn(space(a), R);
            Stubborn second = new Stubborn(space(b), R);
            first.start();
            second.start();
            // Neither ever releases without being asked, so each turn is a notification that arrived.
            await().atMost(Duration.ofSeconds(20)).until(() -> first.turns() > 50 && second.turns() > 50);
            cluster.stop(cluster.awaitLeader().id());
            int before = first.turns() + second.turns();
            await().atMost(Duration.ofSeconds(20)).until(() -> first.turns() + second.turns() > before + 50);
            first.stop();
            second.stop();
        }
    }
}
