package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that a power cut at any moment loses nothing that was durable, mixes no block and harms no block that nobody wrote, with
 * and without the loss of a member; and that it would notice if one of the measures against that were missing.
 *
 * <p>{@code -Dcuts=N} sets the number of cuts for each level and scenario.
 */
class CrashSweepTest {

    private static final int CUTS = Integer.getInteger("cuts", 150);
    /** What a sweep of the usual length has at least; a run has one or two. */
    private static final int CUTS_MIN = 10_000;

    private static final long FIRST_SEED = Long.getLong("seed", 1);

    private static final int SABOTAGED_CUTS_MAX = 200;

    /** For defects that one cut in a hundred notices: those that show at one step of many only. */
    private static final int RARE_CUTS_MAX = 1_000;

    private static int swept;
    private static final AtomicInteger CUTS_MADE = new AtomicInteger();

    static Stream<Arguments> levelsAndScenarios() {
        return Stream.of(Level.values())
                .flatMap(level -> Stream.of(CrashScenario.values())
                        .filter(scenario -> scenario.suits(level))
                        .map(scenario -> Arguments.of(level, scenario)));
    }

    @ParameterizedTest
    @MethodSource("levelsAndScenarios")
    void cut_anywhere_leavesEachBlockOldOrNew(Level level, CrashScenario scenario) throws Exception {
        // What waits for a thread is slow.
        int slower = scenario == CrashScenario.GROW ? (CUTS + 1) / 2 : CUTS;
        int cuts = scenario.isSlow() ? Math.max(1, CUTS / 6) : slower;
        // A run shares nothing with another.
        LongStream.range(FIRST_SEED, FIRST_SEED + cuts).parallel().forEach(seed -> {
            CrashRun run = new CrashRun(seed, level, scenario, Sabotage.NONE);
            List<String> wrong = Sweep.outcome(run::run);
            CUTS_MADE.addAndGet(run.cuts);
            assertThat(wrong)
                    .as("-Dcuts=1 -Dseed=" + seed + " " + level + " " + scenario)
                    .isEmpty();
        });
        swept++;
    }

    @AfterAll
    static void wholeSweep_isOfManyCuts() {
        if (swept == levelsAndScenarios().count() && Integer.getInteger("cuts") == null) {
            assertThat(CUTS_MADE.get()).isGreaterThanOrEqualTo(CUTS_MIN);
        }
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void cut_withoutJournal_isNoticed(Level level) {
        assertNoticed(level, cutWithLoss(level), Sabotage.NO_JOURNAL);
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void cut_withoutFlushOfTheJournal_isNoticed(Level level) {
        assertNoticed(level, cutWithLoss(level), Sabotage.NO_JOURNAL_FLUSH);
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID0", mode = EnumSource.Mode.EXCLUDE)
    void failure_thatIsNotRecorded_isNoticed(Level level) {
        assertNoticed(level, CrashScenario.FAILURE, Sabotage.NO_FAILURE_RECORD);
    }

    /** Seldom of level 3, all of whose blocks here lie in two regions, which are marked again at once. */
    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID0", mode = EnumSource.Mode.EXCLUDE)
    void bitmap_thatIsClearedWhileAMemberIsAway_isNoticed(Level level) {
        assertNoticed(
                level,
                CrashScenario.RETURN,
                Sabotage.FORGETFUL_BITMAP,
                level == Level.RAID3 ? RARE_CUTS_MAX : SABOTAGED_CUTS_MAX);
    }

    @ParameterizedTest
    @EnumSource(
            value = Level.class,
            names = {"RAID5", "RAID6"})
    void newMember_thatIsNotFlushedBeforeItCounts_isNoticed(Level level) {
        assertNoticed(level, CrashScenario.REPLACE, Sabotage.NO_REBUILD_FLUSH, RARE_CUTS_MAX);
    }

    @ParameterizedTest
    @EnumSource(
            value = Level.class,
            names = {"RAID1", "RAID5"})
    void growing_beforeTheChecksumsAreAtTheirNewPlace_isNoticed(Level level) {
        assertNoticed(level, CrashScenario.GROW, Sabotage.NO_COPY_OF_CHECKSUMS);
    }

    @Test
    void handover_whileBatchesEnterTheJournal_isNoticed() {
        assertNoticed(Level.RAID0, CrashScenario.REPLACE, Sabotage.NO_HOLD);
    }

    @ParameterizedTest
    @EnumSource(
            value = Level.class,
            names = {"RAID1", "RAID5"})
    void growing_beforeAllMembersHaveRoom_isNoticed(Level level) {
        assertNoticed(level, CrashScenario.GROW, Sabotage.GROWN_IN_ONE_STEP, RARE_CUTS_MAX);
    }

    @ParameterizedTest
    @EnumSource(
            value = Level.class,
            names = {"RAID0", "RAID5", "RAID10"})
    void replay_thatTrustsWhatWasPutInPlace_isNoticed(Level level) {
        assertNoticed(level, CrashScenario.CUT, Sabotage.NO_CHECK_OF_PLACED, RARE_CUTS_MAX);
    }

    @Test
    void newLeg_thatCountsBeforeItIsFilled_isNoticed() {
        assertNoticed(Level.RAID1, CrashScenario.LEG, Sabotage.NEW_LEG_COUNTS);
    }

    @Test
    void reshape_thatIsRecordedBeforeTheJournalHasIt_isNoticed() {
        assertNoticed(Level.RAID5, CrashScenario.RESHAPE, Sabotage.MOVED_BEFORE_THE_JOURNAL, RARE_CUTS_MAX);
    }

    private static CrashScenario cutWithLoss(Level level) {
        return level == Level.RAID0 ? CrashScenario.CUT : CrashScenario.CUT_AND_LOSS;
    }

    private static void assertNoticed(Level level, CrashScenario scenario, Sabotage sabotage) {
        assertNoticed(level, scenario, sabotage, SABOTAGED_CUTS_MAX);
    }

    private static void assertNoticed(Level level, CrashScenario scenario, Sabotage sabotage, int cutsMax) {
        Sweep.assertNoticed(sabotage, cutsMax, seed -> new CrashRun(seed, level, scenario, sabotage)::run);
    }
}
