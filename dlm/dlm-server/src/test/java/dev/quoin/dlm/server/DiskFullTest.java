package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.client.admin.AdminException;
import dev.quoin.dlm.client.admin.DlmAdminClient;
import dev.quoin.dlm.client.admin.PeerReport;
import dev.quoin.dlm.security.Security;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that a peer whose disk takes no more loses nothing and stops nobody: the others go on, and when there is room again it catches up. The
 * full disk is a limit on the size of files, which refuses writes in the same place.
 */
class DiskFullTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** In blocks of 1024 bytes: enough to start with, not for what is then written. */
    private static final int FILE_BLOCKS_MAX = 2_048;

    @TempDir
    Path dir;

    private static Optional<PeerReport> report(DlmPeerConfig.Peer peer) {
        try {
            return Optional.of(DlmAdminClient.of(List.of(peer.clientAddress()), Duration.ofSeconds(2), Security.off())
                    .status(peer.clientAddress()));
        } catch (AdminException silent) {
            return Optional.empty();
        }
    }

    private static void put(LockClient client, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            String key = prefix + i;
            byte[] value = new byte[60_000];
            ByteBuffer.wrap(value).putInt(i);
            await().atMost(LIMIT)
                    .until(() -> client.registry()
                                    .commit(Transaction.builder()
                                            .put(key, value)
                                            .build())
                            instanceof TransactionOutcome.Committed);
        }
    }

    @Test
    void peer_whoseDiskIsFull_losesNothingAndCatchesUp() throws Exception {
        Cluster addresses = new Cluster(dir, 3);
        List<PeerProcess> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                List<String> by = i == 0
                        ? List.of("bash", "-c", "ulimit -f " + FILE_BLOCKS_MAX + "; exec \"$@\"", "--")
                        : List.of();
                DlmPeerConfig.Peer member = addresses.members.get(i);
                peers.add(new PeerProcess(by, dir.resolve(member.id()), member.id(), addresses.members));
            }
            try (LockClient client = DlmClient.connect(DlmClientConfig.of("a", addresses.servers(), Security.off())
                    .timeouts(LIMIT, LIMIT)
                    .lease(LIMIT))) {
                put(client, "k", 100);
                assertThat(Files.readString(dir.resolve("p0.log"))).contains("File too large");
                peers.getFirst().kill();
                DlmPeerConfig.Peer full = addresses.members.getFirst();
                peers.set(0, new PeerProcess(dir.resolve(full.id()), full.id(), addresses.members));
                put(client, "m", 20);
                List<Registry.Entry> entries = client.registry().range("");
                assertThat(entries).hasSize(120);
                assertThat(entries)
                        .allSatisfy(entry -> assertThat(
                                        ByteBuffer.wrap(entry.value()).getInt())
                                .isEqualTo(Integer.parseInt(entry.key().substring(1))));
                await().atMost(LIMIT).until(() -> {
                    List<PeerReport> reports = addresses.members.stream()
                            .flatMap(member -> report(member).stream())
                            .toList();
                    return reports.size() == 3
                            && reports.stream()
                                            .map(PeerReport::appliedIndex)
                                            .distinct()
                                            .count()
                                    == 1
                            && reports.stream()
                                            .map(PeerReport::digest)
                                            .distinct()
                                            .count()
                                    == 1;
                });
            }
        } finally {
            peers.forEach(PeerProcess::close);
        }
    }
}
