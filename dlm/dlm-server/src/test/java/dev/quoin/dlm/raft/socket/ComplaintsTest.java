package dev.quoin.dlm.raft.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ComplaintsTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Complaints complaints = new Complaints();

    @Test
    void theSameCause_isDueOnceAMinute() {
        assertThat(complaints.isDue("p2", "refused", 0)).isTrue();
        assertThat(complaints.isDue("p2", "refused", 59 * SECOND)).isFalse();
        assertThat(complaints.isDue("p3", "refused", 59 * SECOND)).isTrue();
        assertThat(complaints.isDue("p2", "refused", 60 * SECOND)).isTrue();
    }

    @Test
    void anotherCause_isDueAtOnce_butNotMoreThanOnceASecond() {
        assertThat(complaints.isDue("p2", "refused", 0)).isTrue();
        assertThat(complaints.isDue("p2", "give both the same transport", SECOND))
                .isTrue();
        assertThat(complaints.isDue("p2", "something else", SECOND + 1)).isFalse();
        assertThat(complaints.isDue("p2", "something else", 2 * SECOND)).isTrue();
    }

    @Test
    void whatWentRightMeanwhile_isDueAtOnce() {
        assertThat(complaints.isDue("p2", "refused", 0)).isTrue();
        complaints.settled("p2");
        assertThat(complaints.isDue("p2", "refused", 1)).isTrue();
    }
}
