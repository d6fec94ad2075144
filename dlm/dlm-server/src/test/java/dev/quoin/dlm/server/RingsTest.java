package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.client.DlmClientConfig.Server;
import dev.quoin.dlm.client.RingEvent;
import dev.quoin.dlm.client.RingEvent.RingLost;
import dev.quoin.dlm.client.RingEvent.RingRegained;
import dev.quoin.dlm.security.Security;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that of two networks to the lock manager one can fail, silently or not, and is missed by nobody but the operator. */
class RingsTest {

    private static final Duration LEASE = Duration.ofSeconds(4);

    @TempDir
    Path dir;

    @Test
    void eitherRingLost_again_andAgain_costsNoLeaseAndDoublesNothing() throws Exception {
        List<Integer> ports = Cluster.freePorts(3);
        DlmPeerConfig.Peer peer = new DlmPeerConfig.Peer(
                "p0",
                "127.0.0.1:" + ports.get(0),
                List.of("127.0.0.1:" + ports.get(1), "127.0.0.1:" + ports.get(2)),
                false);
        List<RingEvent> events = new CopyOnWriteArrayList<>();
        try (DlmPeer running = DlmPeer.start(DlmPeerConfig.of("test", "p0", List.of(peer), dir, Security.off()));
                Relay red = new Relay(ports.get(1));
                Relay blue = new Relay(ports.get(2))) {
            running.awaitLeader(Duration.ofSeconds(20));
            DlmClientConfig config = DlmClientConfig.ofServers(
                            "a", List.of(Server.at(red.address(), blue.address())), Security.off())
                    .lease(LEASE)
                    .timeouts(Duration.ofSeconds(20), Duration.ofSeconds(20))
                    .onRing(events::add);
            try (LockClient client = DlmClient.connect(config)) {
                AtomicBoolean lost = new AtomicBoolean();
                client.onLost(() -> lost.set(true));
                Worker worker = new Worker(client, 4);
                awaitProgress(worker);

                // The ring in use goes silent: only keepalives find out, and the other ring keeps the lease meanwhile.
                awaitBothRings(client, worker);
                red.goSilent();
                awaitProgress(worker);
                await().until(() -> isLost(events, red));
                red.repair();
                await().until(() -> events.contains(new RingRegained(red.address())));

                // The one in use breaks.
                events.clear();
                blue.breakDown();
                awaitProgress(worker);
                await().until(() -> isLost(events, blue));
                blue.repair();
                await().until(() -> events.contains(new RingRegained(blue.address())));

                // The one not in use goes silent: the work does not even pause.
                events.clear();
                blue.goSilent();
                await().until(() -> isLost(events, blue));
                awaitProgress(worker);
                blue.repair();
                await().until(() -> events.contains(new RingRegained(blue.address())));

                worker.stop();
                assertThat(worker.failure()).isNull();
                assertThat(lost).isFalse();
                long counted = 0;
                for (Registry.Entry entry : client.registry().range("count/")) {
                    counted += ByteBuffer.wrap(entry.value()).getLong();
                }
                assertThat(counted).isEqualTo(worker.rounds());
                assertThat(client.sessions()).hasSize(1);
            }
        }
    }

    /** Until the lease is renewed by both there is nothing to prove. */
    private static void awaitBothRings(LockClient client, Worker worker) {
        long from = System.nanoTime();
        await().until(() -> System.nanoTime() - from > LEASE.toNanos() / 2);
        assertThat(client.isValidFor(LEASE.dividedBy(4))).isTrue();
        awaitProgress(worker);
    }

    private static boolean isLost(List<RingEvent> events, Relay relay) {
        return events.stream()
                .anyMatch(event ->
                        event instanceof RingLost(String address, String _) && address.equals(relay.address()));
    }

    private static void awaitProgress(Worker worker) {
        long before = worker.rounds();
        await().atMost(Duration.ofSeconds(20)).until(() -> worker.rounds() > before + 10 || worker.failure() != null);
        assertThat(worker.failure()).isNull();
    }

    @Test
    void leaderChanged_whereServersHaveTwoAddresses_isNoEvent() throws Exception {
        List<RingEvent> events = new CopyOnWriteArrayList<>();
        List<Integer> ports = Cluster.freePorts(9);
        List<DlmPeerConfig.Peer> members = new ArrayList<>();
        for (int i = 0; i < 9; i += 3) {
            members.add(new DlmPeerConfig.Peer(
                    "p" + i,
                    "127.0.0.1:" + ports.get(i),
                    List.of("127.0.0.1:" + ports.get(i + 1), "127.0.0.1:" + ports.get(i + 2)),
                    false));
        }
        try (Cluster cluster = new Cluster(dir, members).startAll();
                LockClient client = DlmClient.connect(DlmClientConfig.ofServers(
                                "a",
                                cluster.members.stream()
                                        .map(member -> new Server(member.clientAddresses()))
                                        .toList(),
                                Security.off())
                        .lease(LEASE)
                        .timeouts(Duration.ofSeconds(20), Duration.ofSeconds(20))
                        .onRing(events::add))) {
            Worker worker = new Worker(client, 4);
            for (int i = 0; i < 3; i++) {
                awaitProgress(worker);
                String leader = cluster.awaitLeader().id();
                cluster.stop(leader);
                awaitProgress(worker);
                cluster.start(leader);
            }
            worker.stop();
            assertThat(worker.failure()).isNull();
            assertThat(events).isEmpty();
        }
    }
}
