package dev.quoin.dlm.client.session;

import dev.quoin.dlm.proto.Cancel;
import dev.quoin.dlm.proto.Operation;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request that the servers may leave unanswered for long, because others hold what it wants. Its wait is ended by its timeout, by
 * an interrupt of the thread that waits, or by cancelling its future; the answer then tells what became of it.
 *
 * @param <T> how it can end
 */
abstract class Waiting<T> extends Pending {

    private final ClientSession session;
    final CompletableFuture<T> outcome = new CompletableFuture<>();
    private volatile @Nullable Future<?> timer;

    Waiting(ClientSession session, Operation.Builder operation) {
        super(operation);
        this.session = session;
    }

    /** The servers have answered, or never will. */
    abstract void ended();

    /** It was taken back before it was sent. */
    abstract T withdrawn(boolean timedOut);

    /** The caller does not want any more what it has got. */
    abstract void giveBack(T value);

    /** Sends the request; its time begins to run. */
    final void begin(@Nullable Duration timeout) {
        session.start(this);
        if (timeout != null && !outcome.isDone()) {
            timer = session.carrier().timer().schedule(() -> end(true), timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (outcome.isDone()) {
                stopTimer();
            }
        }
    }

    /** Ends the wait, by timeout or because the caller wants it. */
    private void end(boolean timedOut) {
        if (outcome.isDone()) {
            return;
        }
        if (session.withdraw(this)) {
            ended();
            outcome.complete(withdrawn(timedOut));
            return;
        }
        long target = session.sequenceOf(this);
        if (target == 0) {
            return;
        }
        cancel(target, timedOut);
        session.carrier()
                .timer()
                .schedule(
                        () -> session.giveUp(this, "no answer came to the request nor to its cancellation"),
                        session.terms().answerTimeout().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private void cancel(long target, boolean timedOut) {
        session.start(new Replies.Forward(
                Operation.newBuilder()
                        .setCancel(Cancel.newBuilder().setTarget(target).setTimedOut(timedOut)),
                new CompletableFuture<>()));
    }

    /** The caller was told that the outcome is not known: the request shall not stay in a queue for nobody. */
    final void takeBack() {
        long target = session.sequenceOf(this);
        if (target != 0) {
            cancel(target, false);
        }
    }

    /** Waits for the outcome; an interrupt ends the request and is kept for the caller. */
    final T await() {
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

    /** A future for the caller: cancelling it ends the request, and what comes too late is given back. */
    final CompletableFuture<T> future() {
        CompletableFuture<T> future = new CompletableFuture<>();
        outcome.whenCompleteAsync(
                (value, impossible) -> {
                    if (!future.complete(value)) {
                        giveBack(value);
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

    final void stopTimer() {
        Future<?> running = timer;
        if (running != null) {
            running.cancel(false);
        }
    }
}
