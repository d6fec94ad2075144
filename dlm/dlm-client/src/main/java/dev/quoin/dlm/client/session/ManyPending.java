package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.proto.GrantedOrDenied;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A request for several locks in one step, which never waits for others. */
final class ManyPending extends Pending implements Pending.Learns {

    /** Makes the lock object of the one with this index; runs under the session's lock. */
    @FunctionalInterface
    interface Learner {
        HeldLock learn(int index, dev.quoin.dlm.proto.Granted granted);
    }

    /** How each ended; and which one stood in the way if all were asked for and none is held, else -1. */
    record Outcomes(List<LockOutcome> each, int refusedBy) {}

    private final int count;
    private final Learner learner;
    private volatile List<LockOutcome> learned = List.of();
    final CompletableFuture<Outcomes> outcome = new CompletableFuture<>();

    ManyPending(Operation.Builder operation, int count, Learner learner) {
        super(operation);
        this.count = count;
        this.learner = learner;
    }

    @Override
    public void learn(Result result) {
        if (!result.hasGrantedMany()) {
            return;
        }
        List<LockOutcome> outcomes = new ArrayList<>(count);
        for (GrantedOrDenied one : result.getGrantedMany().getEachList()) {
            outcomes.add(
                    one.hasGranted()
                            ? new LockOutcome.Granted(learner.learn(outcomes.size(), one.getGranted()))
                            : new LockOutcome.Denied(one.getDenied().getReason()));
        }
        learned = List.copyOf(outcomes);
    }

    @Override
    void answered(Result result, boolean late) {
        if (late) {
            // The caller was told that the outcome is not known and has no way to release them.
            closeAll(learned);
        } else if (result.hasGrantedMany() && learned.size() == count) {
            var many = result.getGrantedMany();
            outcome.complete(new Outcomes(learned, many.hasRefusedBy() ? many.getRefusedBy() : -1));
        } else {
            String reason = result.hasRefused()
                    ? result.getRefused().getReason()
                    : "an answer of kind " + result.getKindCase() + " came to a request for several locks";
            all(new LockOutcome.Denied(reason));
        }
    }

    static void closeAll(List<LockOutcome> outcomes) {
        for (LockOutcome one : outcomes) {
            if (one instanceof LockOutcome.Granted(var held)) {
                held.close();
            }
        }
    }

    @Override
    void failed(Failure failure, String reason) {
        all(
                switch (failure) {
                    case SESSION_LOST -> new LockOutcome.SessionLost(reason);
                    case NO_QUORUM -> new LockOutcome.NoQuorum(reason);
                    case INDETERMINATE -> new LockOutcome.Indeterminate(reason);
                });
    }

    private void all(LockOutcome one) {
        outcome.complete(new Outcomes(Collections.nCopies(count, one), 0));
    }
}
