package dev.quoin.raid;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs something later. A simulation has its own; the usual one is the timer of the Java library. */
@FunctionalInterface
interface Delay {

    /** The timer of the Java library, whose tasks run in the common pool. */
    Delay SYSTEM = (millis, task) ->
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(task);

    void after(long millis, Runnable task);
}
