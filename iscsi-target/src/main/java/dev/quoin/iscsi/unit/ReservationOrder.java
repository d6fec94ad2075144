package dev.quoin.iscsi.unit;

import dev.quoin.iscsi.reservation.PrDecision;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A PERSISTENT RESERVE OUT under way. Any thread may use it.
 *
 * <pre>
 *   ASKED ──► BEGUN ──► answered
 *     └─────► GIVEN_UP           nothing will come of it
 * </pre>
 */
public final class ReservationOrder {

    private enum Phase {
        ASKED,
        BEGUN,
        GIVEN_UP
    }

    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.ASKED);
    private final CompletableFuture<Void> kept = new CompletableFuture<>();
    private final CompletableFuture<PrDecision> answer = new CompletableFuture<>();
    private volatile @Nullable PrDecision decision;

    ReservationOrder() {}

    /** Completes when what came of it is kept and all who serve the unit act by it; fails if that is not certain. */
    public CompletableFuture<PrDecision> answer() {
        return answer;
    }

    /** Gives it up. The future completes when it changes nothing any more: at once, unless it is just being kept. */
    public CompletableFuture<Void> giveUp() {
        return phase.compareAndSet(Phase.ASKED, Phase.GIVEN_UP) || phase.get() == Phase.GIVEN_UP
                ? CompletableFuture.completedFuture(null)
                : kept;
    }

    boolean begin() {
        return phase.compareAndSet(Phase.ASKED, Phase.BEGUN);
    }

    void decided(PrDecision how) {
        decision = how;
    }

    /** It is kept, though others may not act by it yet. */
    void kept() {
        kept.complete(null);
    }

    void end(@Nullable Throwable failure) {
        kept.complete(null);
        PrDecision how = decision;
        if (failure != null) {
            answer.completeExceptionally(failure);
        } else {
            // Who gave it up takes no answer, so any will do.
            answer.complete(how == null ? new PrDecision.Conflict() : how);
        }
    }
}
