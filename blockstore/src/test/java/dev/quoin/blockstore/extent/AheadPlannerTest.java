package dev.quoin.blockstore.extent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Proves that a steady writer gets ever more extents at once and a jumping one gets one at a time. */
class AheadPlannerTest {

    private final AheadPlanner planner = new AheadPlanner();

    @Test
    void window_steadyWriter_doublesUpToTheLimit() {
        int wants = 0;
        long reached = 0;
        while (reached < 256) {
            int window = planner.windowAt(reached);
            planner.granted(reached, window);
            assertThat(window).isEqualTo(Math.min(1 << wants, AheadPlanner.WINDOW_MAX));
            reached += window;
            wants++;
        }

        assertThat(wants).isEqualTo(13);
    }

    @Test
    void window_writerThatJumps_staysOne() {
        for (long index = 0; index < 1_000; index += 7) {
            assertThat(planner.windowAt(index)).isEqualTo(1);
            planner.granted(index, 1);
        }
    }

    @Test
    void window_asManyStreamsAsAreRemembered_allGrow_andOneMorePushesTheOldestOut() {
        for (int stream = 0; stream < AheadPlanner.STREAMS_MAX; stream++) {
            planner.granted(stream * 1_000L, 1);
        }
        for (int stream = 0; stream < AheadPlanner.STREAMS_MAX; stream++) {
            assertThat(planner.windowAt(stream * 1_000L + 1)).isEqualTo(2);
        }

        planner.granted(999_999, 1);

        assertThat(planner.windowAt(1)).isEqualTo(1);
        assertThat(planner.windowAt(1_001)).isEqualTo(2);
    }

    @Test
    void mark_isInTheMiddleOfALargeWindow_andNowhereInASmallOne() {
        assertThat(marks(2)).isEqualTo(0);
        assertThat(marks(8)).isEqualTo(1);
        assertThat(AheadPlanner.isMarked(4, 8)).isTrue();
    }

    private static int marks(int window) {
        int marks = 0;
        for (int i = 0; i < window; i++) {
            marks += AheadPlanner.isMarked(i, window) ? 1 : 0;
        }
        return marks;
    }
}
