package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proves that of a thousand random writes each block is old or new, and what was acknowledged as durable is there, whichever write or
 * flush of a member the power goes at; with all members, and without each of those that the level can do without.
 *
 * <p>{@code -Dcut.step=N} takes each N-th of them; 1 takes all, as a full run does.
 */
class EveryCutTest {

    private static final int STRETCHES = 25;
    private static final int STEP = Integer.getInteger("cut.step", 120);

    @ParameterizedTest
    @CsvSource({"RAID0, 3", "RAID1, 2", "RAID3, 3", "RAID5, 4", "RAID6, 5", "RAID10, 4"})
    void cut_atAnyWriteOfAMember_leavesEachBlockOldOrNew(Level level, int members) throws Exception {
        WriteStretch stretch = WriteStretch.toNew(level, members, Sabotage.NONE);
        AtomicLong cuts = new AtomicLong();
        long indices = 0;
        for (int i = 0; i < STRETCHES; i++) {
            WriteStretch now = stretch;
            WriteStretch.Whole whole = now.whole();
            assertThat(whole.wrong()).as("without a power cut").isEmpty();
            long offset = indices;
            LongStream.rangeClosed(1, whole.changes())
                    .filter(change -> (offset + change) % STEP == 0)
                    .parallel()
                    .forEach(change -> {
                        assertThat(Sweep.outcome(() -> now.cutAt(change)))
                                .as(level + ", write " + (offset + change))
                                .isEmpty();
                        cuts.incrementAndGet();
                    });
            indices += whole.changes();
            stretch = whole.next();
        }
        assertThat(STRETCHES * WriteStretch.WRITES).isEqualTo(1_000);
        assertThat(cuts.get()).isEqualTo(indices / STEP).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            value = Sabotage.class,
            names = {"NO_JOURNAL", "NO_JOURNAL_FLUSH"})
    void journal_thatIsNotThereOrNotDurable_isNoticed(Sabotage sabotage) throws Exception {
        WriteStretch first = WriteStretch.toNew(Level.RAID5, 4, sabotage);
        Sweep.assertNoticed(sabotage, 200, change -> () -> first.cutAt(change));
    }
}
