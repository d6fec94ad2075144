package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.core.Effect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Proves that leases run out only where somebody leads, only when nobody renews, and are proposed once. */
class LeasesTest {

    private final Leases leases = new Leases(System::nanoTime);

    /** Each is told once, so every look counts. */
    private List<Long> expiredWithin(Duration time, Runnable each) {
        List<Long> expired = new ArrayList<>();
        await().pollInterval(Duration.ofMillis(10)).during(time).until(() -> {
            each.run();
            expired.addAll(leases.expired());
            return true;
        });
        return expired;
    }

    @Test
    void lease_notRenewed_isProposedOnce() {
        leases.lead(Map.of(1L, 100L, 2L, 60_000L));
        assertThat(leases.expired()).isEmpty();
        await().pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(leases.expired()).containsExactly(1L));
        assertThat(leases.expired()).isEmpty();
    }

    @Test
    void lease_renewed_staysAlive() {
        leases.lead(Map.of(1L, 300L));
        assertThat(expiredWithin(Duration.ofMillis(600), () -> leases.renew(1))).isEmpty();
    }

    @Test
    void leases_whereNobodyLeads_areNotWatched() {
        leases.lead(Map.of(1L, 0L));
        leases.stop();
        leases.note(new Effect.Opened(new UUID(0, 0), 2, 0, 0));
        assertThat(expiredWithin(Duration.ofMillis(100), () -> {})).isEmpty();
    }

    @Test
    void session_ended_isForgotten() {
        leases.lead(Map.of(1L, 0L));
        leases.note(new Effect.SessionGone(1, "over"));
        assertThat(expiredWithin(Duration.ofMillis(100), () -> {})).isEmpty();
    }
}
