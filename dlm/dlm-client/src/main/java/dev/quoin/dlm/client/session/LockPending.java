package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.proto.Granted;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import org.jspecify.annotations.Nullable;

/** A request for a new lock or for another mode. */
final class LockPending extends Waiting<LockOutcome> implements Pending.Learns {

    /** Makes the lock object of a new lock, or updates that of a converted one; runs under the session's lock. */
    @FunctionalInterface
    interface Learner {
        HeldLock learn(Granted granted);
    }

    private final Learner learner;

    /** Told once the servers have answered. */
    private final Runnable ended;

    private final boolean isNew;
    private volatile @Nullable HeldLock learned;

    LockPending(ClientSession session, Operation.Builder operation, boolean isNew, Learner learner, Runnable ended) {
        super(session, operation);
        this.isNew = isNew;
        this.learner = learner;
        this.ended = ended;
    }

    @Override
    public void learn(Result result) {
        if (result.hasGranted()) {
            learned = learner.learn(result.getGranted());
        }
    }

    @Override
    void ended() {
        ended.run();
    }

    @Override
    LockOutcome withdrawn(boolean timedOut) {
        return timedOut ? new LockOutcome.TimedOut() : new LockOutcome.Cancelled();
    }

    @Override
    void giveBack(LockOutcome value) {
        if (isNew && value instanceof LockOutcome.Granted(var held)) {
            held.close();
        }
    }

    @Override
    void answered(Result result, boolean late) {
        stopTimer();
        ended();
        HeldLock held = learned;
        if (late) {
            if (isNew && held != null) {
                // The caller was told that the outcome is not known and has no way to release it.
                held.close();
            }
            return;
        }
        outcome.complete(outcome(result, held));
    }

    private static LockOutcome outcome(Result result, @Nullable HeldLock held) {
        if (result.hasGranted() && held != null) {
            return new LockOutcome.Granted(held);
        }
        if (result.hasDenied()) {
            return new LockOutcome.Denied(result.getDenied().getReason());
        }
        if (result.hasDeadlock()) {
            return new LockOutcome.Deadlock(Infos.cycle(result.getDeadlock()));
        }
        if (result.hasTimedOut()) {
            return new LockOutcome.TimedOut();
        }
        if (result.hasCancelled()) {
            return new LockOutcome.Cancelled();
        }
        if (result.hasRefused()) {
            return new LockOutcome.Denied(result.getRefused().getReason());
        }
        return new LockOutcome.Indeterminate("an answer of kind " + result.getKindCase() + " came to a lock request");
    }

    @Override
    void failed(Failure failure, String reason) {
        stopTimer();
        switch (failure) {
            case SESSION_LOST -> {
                ended();
                outcome.complete(new LockOutcome.SessionLost(reason));
            }
            case NO_QUORUM -> {
                ended();
                outcome.complete(new LockOutcome.NoQuorum(reason));
            }
            case INDETERMINATE -> {
                takeBack();
                outcome.complete(new LockOutcome.Indeterminate(reason));
            }
        }
    }
}
