package dev.quoin.blockstore;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the requests in flight and, once closed, lets no more in. Any thread may use it. */
final class Gate {

    private static final long CLOSED_BIT = 1L << 62;

    private final AtomicLong state = new AtomicLong();
    private final CompletableFuture<Void> empty = new CompletableFuture<>();

    /** Lets a request in, which must {@link #exit}; false if the gate is closed. */
    boolean enter() {
        if ((state.incrementAndGet() & CLOSED_BIT) == 0) {
            return true;
        }
        exit();
        return false;
    }

    /** Ends a request. */
    void exit() {
        if (state.decrementAndGet() == CLOSED_BIT) {
            empty.complete(null);
        }
    }

    /** Lets no request in any more. */
    void close() {
        if ((state.getAndUpdate(was -> was | CLOSED_BIT) & ~CLOSED_BIT) == 0) {
            empty.complete(null);
        }
    }

    /** Waits until the last request has left a closed gate; false if that takes longer than {@code atMost}. */
    boolean awaitEmpty(Duration atMost) {
        try {
            empty.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException stillBusy) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
