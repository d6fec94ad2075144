package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Proves that a client that loses its connection again and again, with the answers on it, gets each request done once. */
class LostConnectionTest {

    @Test
    void connectionsLost_manyTimes_doNothingTwiceAndLoseNothing() throws Exception {
        try (LocalLocks locks = LocalLocks.create();
                LockClient a = locks.connect("a");
                LockClient b = locks.connect("b")) {
            List<Long> seen = new CopyOnWriteArrayList<>();
            try (AutoCloseable watch = a.registry().watch("seen/", 1, change -> seen.add(change.revision()))) {
                assertThat(watch).isNotNull();
                Worker first = new Worker(a, 5);
                Worker second = new Worker(b, 5);
                int told = 0;
                for (int i = 0; i < 200; i++) {
                    long before = first.rounds() + second.rounds();
                    locks.loseConnection();
                    b.registry()
                            .commitAsync(Transaction.builder()
                                    .put("seen/" + i, new byte[0])
                                    .build());
                    told++;
                    await().pollInterval(Duration.ofMillis(2)).until(() -> first.rounds() + second.rounds() > before);
                }
                first.stop();
                second.stop();
                assertThat(first.failure()).isNull();
                assertThat(second.failure()).isNull();
                long counted = 0;
                for (Registry.Entry entry : a.registry().range("count/")) {
                    counted += ByteBuffer.wrap(entry.value()).getLong();
                }
                assertThat(counted).isEqualTo(first.rounds() + second.rounds());
                assertThat(a.lockspace("s", SessionEndPolicy.HOLD_UNTIL_FENCED).locks(new byte[0]))
                        .isEmpty();
                int expected = told;
                await().until(() -> seen.size() == expected);
                assertThat(seen).isSorted().doesNotHaveDuplicates();
            }
        }
    }
}
