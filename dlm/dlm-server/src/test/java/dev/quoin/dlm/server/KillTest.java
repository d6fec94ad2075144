package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that peers killed in the middle of work (SIGKILL), one after the other and then all at once, lose nothing they
 * acknowledged and do nothing twice; with snapshots and log purges all along.
 */
class KillTest {

    @TempDir
    Path dir;

    @Test
    void killedPeers_loseAndDoubleNothing() throws Exception {
        Cluster addresses = new Cluster(dir, 3);
        List<PeerProcess> peers = new ArrayList<>();
        try {
            for (DlmPeerConfig.Peer member : addresses.members) {
                peers.add(start(addresses, member));
            }
            try (LockClient client = DlmClient.connect(DlmClientConfig.of("a", addresses.servers(), Security.off())
                    .timeouts(Duration.ofSeconds(60), Duration.ofSeconds(60))
                    .lease(Duration.ofSeconds(60)))) {
                Worker worker = new Worker(client, 3);
                awaitProgress(worker);
                // One of them leads.
                for (int i = 0; i < peers.size(); i++) {
                    peers.get(i).kill();
                    awaitProgress(worker);
                    // With the next one killed, it has to have caught up for the work to go on.
                    peers.set(i, start(addresses, addresses.members.get(i)));
                }
                for (PeerProcess peer : peers) {
                    peer.kill();
                }
                for (int i = 0; i < peers.size(); i++) {
                    peers.set(i, start(addresses, addresses.members.get(i)));
                }
                awaitProgress(worker);
                worker.stop();
                assertThat(worker.failure()).isNull();
                long counted = 0;
                for (Registry.Entry entry : client.registry().range("count/")) {
                    counted += ByteBuffer.wrap(entry.value()).getLong();
                }
                assertThat(counted).isEqualTo(worker.rounds());
                assertThat(client.lockspace("s", SessionEndPolicy.HOLD_UNTIL_FENCED)
                                .locks(new byte[0]))
                        .isEmpty();
            }
        } finally {
            for (PeerProcess peer : peers) {
                peer.close();
            }
        }
    }

    private PeerProcess start(Cluster addresses, DlmPeerConfig.Peer member) throws Exception {
        return new PeerProcess(dir.resolve(member.id()), member.id(), addresses.members);
    }

    private static void awaitProgress(Worker worker) {
        long before = worker.rounds();
        await().atMost(Duration.ofSeconds(60)).until(() -> worker.rounds() > before + 10 || worker.failure() != null);
        assertThat(worker.failure()).isNull();
    }
}
