package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proves that a power cut at any moment loses nothing that was durable, mixes no block and harms no block that nobody wrote, with
 * and without the loss of a member; and that it would notice if one of the measures against that were missing.
 *
 * <p>{@code -Dcuts=N} sets the number of cuts for each scenario.
 */
class CrashSweepTest {

    private static final int CUTS = Integer.getInteger("cuts", 120);
    private static final long FIRST_SEED = Long.getLong("seed", 1);

    @ParameterizedTest
    @EnumSource(CrashRun.Scenario.class)
    void cut_anywhere_leavesEachBlockOldOrNew(CrashRun.Scenario scenario) throws Exception {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + CUTS; seed++) {
            List<String> wrong = outcome(seed, scenario, Sabotage.NONE);
            assertThat(wrong).as("-Dcuts=1 -Dseed=" + seed + " " + scenario).isEmpty();
        }
    }

    @Test
    void cut_withoutJournal_isNoticed() {
        assertNoticed(CrashRun.Scenario.CUT_AND_LOSS, Sabotage.NO_JOURNAL);
    }

    @Test
    void cut_withoutFlushOfTheJournal_isNoticed() {
        assertNoticed(CrashRun.Scenario.CUT_AND_LOSS, Sabotage.NO_JOURNAL_FLUSH);
    }

    @Test
    void failure_thatIsNotRecorded_isNoticed() {
        assertNoticed(CrashRun.Scenario.FAILURE, Sabotage.NO_FAILURE_RECORD);
    }

    private static void assertNoticed(CrashRun.Scenario scenario, Sabotage sabotage) {
        int noticed = 0;
        for (long seed = 1; seed <= 200 && noticed < 3; seed++) {
            noticed += outcome(seed, scenario, sabotage).isEmpty() ? 0 : 1;
        }
        assertThat(noticed).as("wrong results with " + sabotage).isGreaterThanOrEqualTo(3);
    }

    static List<String> outcome(long seed, CrashRun.Scenario scenario, Sabotage sabotage) {
        try {
            return new CrashRun(seed, scenario, sabotage).run();
        } catch (Exception refused) {
            java.io.StringWriter trace = new java.io.StringWriter();
            refused.printStackTrace(new java.io.PrintWriter(trace));
            return List.of(trace.toString());
        }
    }
}
