package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Proves when a snapshot is due, and what it lets go of the log. */
class LogGrowthTest {

    private static final int MIB = 1 << 20;

    private final SnapshotPolicy policy = new SnapshotPolicy(100, 64L * MIB, Duration.ofMinutes(5), 100, 8L * MIB);
    private final LogGrowth growth = new LogGrowth(policy);

    private int applyUntilDue(int bytes, int most) {
        int count = 0;
        long index = count;
        while (count < most) {
            count++;
            if (growth.applied(index++, bytes)) {
                return count;
            }
        }
        return -1;
    }

    @Test
    void smallEntries_areDueByNumber() {
        assertThat(applyUntilDue(10, 1_000)).isEqualTo(100);
    }

    @Test
    void largeEntries_areDueByBytes() {
        assertThat(applyUntilDue(2 * MIB, 1_000)).isEqualTo(32);
    }

    @Test
    void snapshotBegun_countsAnew() {
        applyUntilDue(10, 1_000);
        growth.snapshotBegun();
        assertThat(growth.applied(100, 10)).isFalse();
        assertThat(applyUntilDue(10, 1_000)).isEqualTo(99);
    }

    @Test
    void logOfSmallEntries_goesByNumber() {
        for (int i = 0; i < 1_000; i++) {
            growth.applied(i, 10);
        }
        assertThat(growth.purgeable(990)).isEqualTo(899);
        assertThat(growth.purgeable(500)).isEqualTo(500);
    }

    @Test
    void logOfLargeEntries_goesByBytes() {
        for (int i = 0; i < 50; i++) {
            growth.applied(i, MIB);
        }
        // 42 to 49 are the 8 MiB that stay.
        assertThat(growth.purgeable(49)).isEqualTo(41);
    }

    @Test
    void shortLog_stays() {
        growth.applied(0, 10);
        assertThat(growth.purgeable(0)).isNegative();
    }

    @Test
    void nothingAppliedYet_staysWhateverIsDurable() {
        assertThat(growth.purgeable(1_000)).isNegative();
    }
}
