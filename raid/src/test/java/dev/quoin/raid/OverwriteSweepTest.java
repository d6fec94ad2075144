package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that with the journal policy headers a power cut leaves each block old or new, where all members are there and write 4 KiB as
 * one; that else it may be unreadable if its codeword was being written over, and nothing worse; and that the sweep would notice if one of
 * the measures for that were missing.
 *
 * <p>{@code -Dcuts=N} sets the number of runs for each level and scenario.
 */
class OverwriteSweepTest {

    private static final int CUTS = Integer.getInteger("cuts", 150);
    private static final long FIRST_SEED = Long.getLong("seed", 1);
    private static final int SABOTAGED_CUTS_MAX = 400;

    static Stream<Arguments> levelsAndScenarios() {
        return Stream.of(Level.values())
                .flatMap(level -> Stream.of(OverwriteScenario.values())
                        .filter(scenario -> scenario.suits(level))
                        .map(scenario -> Arguments.of(level, scenario)));
    }

    @ParameterizedTest
    @MethodSource("levelsAndScenarios")
    void cut_anywhere_leavesEachBlockOldOrNewOrUnreadable(Level level, OverwriteScenario scenario) {
        LongStream.range(FIRST_SEED, FIRST_SEED + CUTS)
                .parallel()
                .forEach(seed -> assertThat(Sweep.outcome(new OverwriteRun(seed, level, scenario, Sabotage.NONE)::run))
                        .as("-Dcuts=1 -Dseed=" + seed + " " + level + " " + scenario)
                        .isEmpty());
    }

    /** Else the runs that allow it would prove nothing. */
    @Test
    void tornBlocks_ofAStripeSet_areUnreadable() {
        AtomicInteger unreadable = new AtomicInteger();
        for (long seed = 1; seed <= 100; seed++) {
            OverwriteRun run = new OverwriteRun(seed, Level.RAID0, OverwriteScenario.TORN, Sabotage.NONE);
            assertThat(Sweep.outcome(run::run)).isEmpty();
            unreadable.addAndGet(run.unreadable);
        }
        assertThat(unreadable).hasPositiveValue();
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID3", mode = EnumSource.Mode.EXCLUDE)
    void overwriting_beforeTheRecordIsDurable_isNoticed(Level level) {
        assertNoticed(level, OverwriteScenario.CUT, Sabotage.OVERWRITTEN_AT_ONCE);
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID3", mode = EnumSource.Mode.EXCLUDE)
    void flush_thatDoesNotReachWhatWasPutInPlace_isNoticed(Level level) {
        assertNoticed(level, OverwriteScenario.CUT, Sabotage.NO_FLUSH_OF_OVERWRITTEN);
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID3", mode = EnumSource.Mode.EXCLUDE)
    void replay_thatDoesNotLookWhatIsInPlace_isNoticed(Level level) {
        assertNoticed(level, OverwriteScenario.CUT, Sabotage.NO_LOOK_AT_OVERWRITTEN);
    }

    @ParameterizedTest
    @EnumSource(
            value = Level.class,
            names = {"RAID5", "RAID6"})
    void replay_thatTrustsParitiesOfWhatItDoesNotKnow_isNoticed(Level level) {
        assertNoticed(level, OverwriteScenario.LOSS, Sabotage.PARITIES_OF_THE_UNKNOWN);
    }

    private static void assertNoticed(Level level, OverwriteScenario scenario, Sabotage sabotage) {
        Sweep.assertNoticed(
                sabotage, SABOTAGED_CUTS_MAX, seed -> new OverwriteRun(seed, level, scenario, sabotage)::run);
    }
}
