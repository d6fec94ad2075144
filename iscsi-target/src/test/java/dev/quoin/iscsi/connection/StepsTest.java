package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Proves that long requests run piece by piece, in any number, and stop where one ends or fails. */
class StepsTest {

    @Test
    void manyPiecesThatCompleteAtOnce_runWithoutDeepStack() {
        List<Long> offsets = new ArrayList<>();
        CompletableFuture<Outcome> result = Steps.run(1_000_003, 10, (offset, length) -> {
            offsets.add(offset + length);
            return CompletableFuture.completedFuture(null);
        });
        assertThat(result).isCompletedWithValue(Outcomes.GOOD);
        assertThat(offsets).hasSize(100_001).last().isEqualTo(1_000_003L);
    }

    @Test
    void piecesThatCompleteLater_runOneAfterAnother() {
        List<CompletableFuture<Outcome>> started = new ArrayList<>();
        CompletableFuture<Outcome> result = Steps.run(30, 10, (offset, length) -> {
            CompletableFuture<Outcome> piece = new CompletableFuture<>();
            started.add(piece);
            return piece;
        });
        for (int i = 0; i < 3; i++) {
            assertThat(started).hasSize(i + 1);
            assertThat(result).isNotDone();
            started.get(i).complete(null);
        }
        assertThat(result).isCompletedWithValue(Outcomes.GOOD);
    }

    @Test
    void pieceThatEndsTheWhole_orFails_isTheLast() {
        assertThat(Steps.run(30, 10, (offset, length) -> CompletableFuture.completedFuture(Outcomes.TASK_SET_FULL)))
                .isCompletedWithValue(Outcomes.TASK_SET_FULL);
        IllegalStateException failure = new IllegalStateException("broken");
        assertThat(Steps.run(30, 10, (offset, length) -> CompletableFuture.failedFuture(failure))
                        .exceptionNow())
                .isSameAs(failure);
    }
}
