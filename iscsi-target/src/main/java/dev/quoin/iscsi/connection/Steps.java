package dev.quoin.iscsi.connection;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A long request in pieces, one after another. Pieces that complete at once are a loop and not a recursion, so the number of
 * pieces does not matter.
 */
final class Steps {

    /** One piece. */
    @FunctionalInterface
    interface Step {
        /**
         * Starts the piece.
         *
         * @return completes with null to go on, or with how the whole ends
         */
        CompletableFuture<@Nullable Outcome> start(long offset, int length);
    }

    private final long length;
    private final int stepLength;
    private final Step step;
    private final CompletableFuture<Outcome> result = new CompletableFuture<>();
    private long done;

    private Steps(long length, int stepLength, Step step) {
        this.length = length;
        this.stepLength = stepLength;
        this.step = step;
    }

    /** Runs the pieces of {@code length} bytes; ends with GOOD after the last. */
    static CompletableFuture<Outcome> run(long length, int stepLength, Step step) {
        Steps steps = new Steps(length, stepLength, step);
        steps.go();
        return steps.result;
    }

    private void go() {
        while (done < length) {
            int piece = (int) Math.min(stepLength, length - done);
            CompletableFuture<@Nullable Outcome> running = step.start(done, piece);
            done += piece;
            if (!running.isDone()) {
                running.whenComplete((outcome, failure) -> {
                    if (goesOn(outcome, failure)) {
                        go();
                    }
                });
                return;
            }
            Throwable failure = running.isCompletedExceptionally() ? running.exceptionNow() : null;
            if (!goesOn(failure == null ? running.getNow(null) : null, failure)) {
                return;
            }
        }
        result.complete(Outcomes.GOOD);
    }

    private boolean goesOn(@Nullable Outcome outcome, @Nullable Throwable failure) {
        if (failure != null) {
            result.completeExceptionally(failure);
        } else if (outcome != null) {
            result.complete(outcome);
        }
        return failure == null && outcome == null;
    }
}
