package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.property.Property;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Proves that background work keeps to its maximum, gives way to slow requests down to its minimum, and comes back. */
class PaceTest {

    private static final long MIB = 1L << 20;
    private static final long SECOND = 1_000_000_000;
    private static final Duration BOUND = Duration.ofMillis(20);

    private static WorkLimits limits(long min, long max) {
        return new WorkLimits(min, max, BOUND);
    }

    @Test
    void work_overAnySpan_isNeverMoreThanTheMaximumAndOneStep() {
        Property.forAll(200, random -> {
            long max = 1 + random.nextLong(1L << random.nextInt(10, 40));
            long now = random.nextLong(-SECOND, SECOND);
            Pace pace = new Pace(limits(1 + random.nextLong(max), max), now);
            long began = now;
            long done = 0;
            long largest = 0;
            for (int i = 0; i < 300; i++) {
                now += random.nextInt(4) == 0 ? random.nextLong(SECOND) : random.nextLong(1_000_000);
                pace.answered(random.nextInt(200), random.nextInt(3));
                if (pace.delay(now) == 0) {
                    long bytes = random.nextLong(Math.max(2, max / 8));
                    largest = Math.max(largest, bytes);
                    done += bytes;
                    pace.spent(bytes, now);
                    assertThat(pace.rate()).isBetween(1L, max);
                }
                double allowed = (double) max * (now - began) / SECOND;
                assertThat((double) done).isLessThanOrEqualTo(allowed + largest + 1);
            }
        });
    }

    @Test
    void work_thatIsNotDisturbed_isAsFastAsTheMaximum() {
        Pace pace = new Pace(limits(MIB, 10 * MIB), 0);
        long now = 0;
        for (int i = 0; i < 100; i++) {
            pace.spent(MIB, now);
            now += pace.delay(now);
            assertThat(pace.delay(now)).isZero();
        }
        assertThat(now).isBetween(10 * SECOND - 1000, 10 * SECOND + 1000);
    }

    @Test
    void requests_ofWhichMoreThanOneInAHundredIsSlow_halveTheRateDownToTheMinimum_andItComesBack() {
        Pace pace = new Pace(limits(3 * MIB, 64 * MIB), 0);
        long now = 0;
        for (long expected : new long[] {32, 16, 8, 4, 3, 3}) {
            now += Pace.INTERVAL_NANOS;
            pace.answered(99, 1);
            pace.delay(now);
            assertThat(pace.rate()).isEqualTo(expected * MIB);
        }
        now += Pace.INTERVAL_NANOS;
        pace.answered(100, 1);
        pace.delay(now);
        assertThat(pace.rate()).as("one in a hundred may be slow").isEqualTo(3 * MIB + 3 * MIB / 4);
        for (int i = 0; i < 20; i++) {
            now += Pace.INTERVAL_NANOS;
            pace.delay(now);
        }
        assertThat(pace.rate()).isEqualTo(64 * MIB);
    }

    @Test
    void unlimitedWork_waitsForNothing_andHalvesWhatItDidWhenRequestsAreSlow() {
        Pace pace = new Pace(limits(MIB, WorkLimits.UNLIMITED), 0);
        assertThat(pace.step(256 << 10, 32)).isEqualTo(32);
        pace.spent(100 * MIB, SECOND / 2);
        assertThat(pace.delay(SECOND / 2)).isZero();
        assertThat(pace.rate()).isEqualTo(WorkLimits.UNLIMITED);
        pace.answered(10, 1);
        pace.spent(100 * MIB, SECOND);
        assertThat(pace.rate()).as("half of 200 MiB/s").isEqualTo(100 * MIB);
        assertThat(pace.delay(SECOND)).isEqualTo(SECOND);
        long now = SECOND;
        for (int i = 0; i < 100; i++) {
            now += Pace.INTERVAL_NANOS;
            pace.delay(now);
        }
        assertThat(pace.rate()).isEqualTo(WorkLimits.UNLIMITED);
        assertThat(pace.delay(now)).isZero();
    }

    @Test
    void step_isWhatATenthOfASecondAllows_andAtLeastOne() {
        assertThat(new Pace(limits(1, 1), 0).step(256 << 10, 32)).isEqualTo(1);
        assertThat(new Pace(limits(1, 10 * MIB), 0).step(256 << 10, 32)).isEqualTo(4);
        assertThat(new Pace(limits(1, 1000 * MIB), 0).step(256 << 10, 32)).isEqualTo(32);
    }

    @Test
    void otherLimits_changeWhatADebtTakes() {
        Pace pace = new Pace(limits(MIB, MIB), 0);
        pace.spent(10 * MIB, 0);
        assertThat(pace.delay(0)).isEqualTo(10 * SECOND);
        pace.limits(limits(MIB, 5 * MIB), SECOND);
        assertThat(pace.delay(SECOND)).isEqualTo(9 * SECOND / 5);
        pace.limits(limits(MIB, WorkLimits.UNLIMITED), SECOND);
        assertThat(pace.delay(SECOND)).isZero();
    }

    @Test
    void limits_thatMakeNoSense_areRefused() {
        assertThatThrownBy(() -> limits(0, 1)).hasMessageContaining("1 or more expected");
        assertThatThrownBy(() -> limits(2, 1)).hasMessageContaining("at least the minimum of 2 expected");
        assertThatThrownBy(() -> new WorkLimits(1, 2, Duration.ZERO)).hasMessageContaining("more than 0");
        assertThatThrownBy(() -> new WorkLimits(1, 2, Duration.ofSeconds(61))).hasMessageContaining("at most 60000 ms");
    }
}
