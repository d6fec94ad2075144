package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.proto.Cancel;
import dev.quoin.dlm.proto.Granted;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A request for a new lock or for another mode. */
final class LockPending extends Pending {

    /** Makes the lock object of a new lock, or updates that of a converted one; runs under the session's lock. */
    @FunctionalInterface
    interface Learner {
        HeldLock learn(Granted granted);
    }

    private final ClientSession session;
    private final Learner learner;

    /** Told once the servers have answered. */
    private final Runnable ended;

    private final boolean isNew;
    private final CompletableFuture<LockOutcome> outcome = new CompletableFuture<>();
    private volatile @Nullable HeldLock learned;
    private volatile @Nullable Future<?> timer;

    LockPending(ClientSession session, Operation.Builder operation, boolean isNew, Learner learner, Runnable ended) {
        super(operation);
        this.session = session;
        this.isNew = isNew;
        this.learner = learner;
        this.ended = ended;
    }

    /** Sends the request; its time begins to run. */
    LockPending start(LockRequest request) {
        session.start(this);
        Duration timeout = request.timeout();
        if (timeout != null && !outcome.isDone()) {
            timer = session.carrier().timer().schedule(() -> end(true), timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (outcome.isDone()) {
                stopTimer();
            }
        }
        return this;
    }

    /** Ends the wait, by timeout or because the caller wants it; the answer tells what became of the request. */
    void end(boolean timedOut) {
        if (outcome.isDone()) {
            return;
        }
        if (session.withdraw(this)) {
            ended.run();
            outcome.complete(timedOut ? new LockOutcome.TimedOut() : new LockOutcome.Cancelled());
            return;
        }
        long target = session.sequenceOf(this);
        if (target == 0) {
            return;
        }
        session.start(new Replies.Forward(
                Operation.newBuilder()
                        .setCancel(Cancel.newBuilder().setTarget(target).setTimedOut(timedOut)),
                new CompletableFuture<>()));
        session.carrier()
                .timer()
                .schedule(
                        () -> session.giveUp(this, "no answer came to the request nor to its cancellation"),
                        session.terms().answerTimeout().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** Waits for the outcome; an interrupt ends the request and is kept for the caller. */
    LockOutcome await() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return outcome.get();
                } catch (InterruptedException interrupt) {
                    if (!interrupted) {
                        interrupted = true;
                        end(false);
                    }
                } catch (ExecutionException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A future for the caller: cancelling it ends the request, and a grant that comes too late is given back. */
    CompletableFuture<LockOutcome> future() {
        CompletableFuture<LockOutcome> future = new CompletableFuture<>();
        outcome.whenCompleteAsync(
                (value, impossible) -> {
                    if (!future.complete(value) && isNew && value instanceof LockOutcome.Granted(var held)) {
                        held.close();
                    }
                },
                session.callbacks());
        future.whenComplete((value, failure) -> {
            if (failure instanceof CancellationException) {
                end(false);
            }
        });
        return future;
    }

    @Override
    boolean waits() {
        return true;
    }

    void learn(Result result) {
        if (result.hasGranted()) {
            learned = learner.learn(result.getGranted());
        }
    }

    @Override
    void answered(Result result, boolean late) {
        stopTimer();
        ended.run();
        HeldLock held = learned;
        if (late) {
            if (isNew && held != null) {
                // The caller was told that the outcome is not known and has no way to release it.
                held.close();
            }
            return;
        }
        outcome.complete(
                switch (result.getKindCase()) {
                    case GRANTED -> held == null ? unexpected(result) : new LockOutcome.Granted(held);
                    case DENIED -> new LockOutcome.Denied(result.getDenied().getReason());
                    case DEADLOCK ->
                        new LockOutcome.Deadlock(result.getDeadlock().getCycleList());
                    case TIMED_OUT -> new LockOutcome.TimedOut();
                    case CANCELLED -> new LockOutcome.Cancelled();
                    case REFUSED -> new LockOutcome.Denied(result.getRefused().getReason());
                    case DONE, LOCKSPACE_OPENED, COMMITTED, CONFLICT, ENTRIES, WATCHED, LOCKS, SESSIONS, KIND_NOT_SET ->
                        unexpected(result);
                });
    }

    private static LockOutcome unexpected(Result result) {
        return new LockOutcome.Indeterminate("an answer of kind " + result.getKindCase() + " came to a lock request");
    }

    @Override
    void failed(Failure failure, String reason) {
        stopTimer();
        switch (failure) {
            case SESSION_LOST -> {
                ended.run();
                outcome.complete(new LockOutcome.SessionLost(reason));
            }
            case NO_QUORUM -> {
                ended.run();
                outcome.complete(new LockOutcome.NoQuorum(reason));
            }
            case INDETERMINATE -> outcome.complete(new LockOutcome.Indeterminate(reason));
        }
    }

    private void stopTimer() {
        Future<?> running = timer;
        if (running != null) {
            running.cancel(false);
        }
    }
}
