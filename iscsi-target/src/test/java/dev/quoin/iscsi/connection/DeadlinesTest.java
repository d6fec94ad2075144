package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.connection.Deadlines.Due;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Proves when an initiator is pinged and when it is given up. */
class DeadlinesTest {

    private static final long SECOND = 1_000_000_000L;

    private final Deadlines deadlines = new Deadlines(
            new ConnectionLimits(
                    Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(5), 1, Duration.ofSeconds(1)),
            0);

    @Test
    void silentInitiator_isPingedOnce_thenGivenUp() {
        assertThat(deadlines.due(9 * SECOND)).isEqualTo(Due.NOTHING);
        assertThat(deadlines.quiet(9 * SECOND)).isEqualTo(SECOND);
        assertThat(deadlines.due(10 * SECOND)).isEqualTo(Due.PING);
        assertThat(deadlines.due(11 * SECOND)).isEqualTo(Due.NOTHING);
        assertThat(deadlines.quiet(11 * SECOND)).isEqualTo(4 * SECOND);
        assertThat(deadlines.due(15 * SECOND)).isEqualTo(Due.SILENT);
        deadlines.heard(14 * SECOND);
        assertThat(deadlines.due(15 * SECOND)).isEqualTo(Due.NOTHING);
        assertThat(deadlines.due(24 * SECOND)).isEqualTo(Due.PING);
    }

    @Test
    void initiatorThatTakesNothing_isGivenUp_unlessItTakesAByte() {
        deadlines.output(true, 100, SECOND);
        assertThat(deadlines.due(30 * SECOND)).isEqualTo(Due.NOTHING);
        deadlines.output(true, 101, 30 * SECOND);
        assertThat(deadlines.due(59 * SECOND)).isEqualTo(Due.NOTHING);
        deadlines.output(true, 101, 60 * SECOND);
        assertThat(deadlines.due(60 * SECOND)).isEqualTo(Due.STUCK);
        deadlines.output(false, 0, 60 * SECOND);
        assertThat(deadlines.due(60 * SECOND)).isNotEqualTo(Due.STUCK);
    }
}
