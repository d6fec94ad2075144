package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.client.DlmClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that opening a session ends in a session or in the one checked exception, however little time there is. */
class ConnectTest {

    @TempDir
    Path dir;

    @Test
    void connect_withAnyTimeout_succeedsOrSaysWhatToCheck() throws Exception {
        try (Cluster cluster = new Cluster(dir, 1).startAll()) {
            cluster.awaitLeader();
            List<Throwable> unexpected = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                try (LockClient client = DlmClient.connect(
                        cluster.clientConfig("a").timeouts(Duration.ofNanos(1 + i * 3_000L), Duration.ofSeconds(1)))) {
                    assertThat(client.node()).isEqualTo("a");
                } catch (DlmException late) {
                    assertThat(late.code()).isEqualTo(DlmException.Code.NO_QUORUM);
                } catch (RuntimeException wrong) {
                    unexpected.add(wrong);
                }
            }
            assertThat(unexpected).isEmpty();
        }
    }
}
