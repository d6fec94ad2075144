package dev.quoin.blockstore;

import dev.quoin.device.DeviceException;
import dev.quoin.dlm.api.Held;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's right to a pool: its EX lock, and whether that was lost. Once lost it stays lost; a new session has to open the
 * pool again.
 *
 * <p>Any thread may use it. {@link #isHeld} is asked before and after each request to an array: a request that ended after the
 * lease did is not acknowledged, since another owner may have worked on the same blocks meanwhile.
 */
final class Ownership {

    private static final Logger LOG = LoggerFactory.getLogger(Ownership.class);

    private final String pool;
    private final Held lock;
    private final CompletableFuture<String> lost = new CompletableFuture<>();

    Ownership(String pool, Held lock) {
        this.pool = pool;
        this.lock = lock;
    }

    /** The lock, to guard a transaction with. */
    Held lock() {
        return lock;
    }

    /** Whether the pool is ours at this moment. Does not block. */
    boolean isHeld() {
        if (lost.isDone()) {
            return false;
        }
        if (lock.isValidFor(Duration.ZERO)) {
            return true;
        }
        lose("the lease of its session has run out");
        return false;
    }

    /** Ends the ownership as far as this node is concerned. The first reason stays. */
    void lose(String reason) {
        if (lost.complete(reason)) {
            LOG.error(
                    "pool fenced, every request to its volumes fails from now on pool={} reason=\"{}\"", pool, reason);
        }
    }

    /** Ends the ownership because its holder is done with it. */
    void end() {
        lost.complete("it was closed");
    }

    /** Completes with the reason when the ownership ends; never fails. */
    CompletableFuture<String> lost() {
        return lost;
    }

    /** Waits until the ownership ends or the time is over. */
    void awaitLost(Duration atMost) {
        try {
            lost.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException stillHeld) {
            // The usual case: the caller only wanted to let time pass.
            return;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** What a request to {@code device} fails with once the ownership is lost. */
    DeviceException asDeviceException(String device) {
        return new DeviceException(DeviceException.Code.FENCED, device, message());
    }

    /** What a change of the catalogue fails with once the ownership is lost. */
    BlockStoreException asBlockStoreException() {
        return new BlockStoreException(BlockStoreException.Code.FENCED, message());
    }

    private String message() {
        return "this node no longer owns pool " + pool + ", " + lost.getNow("its lock is held")
                + ": open the block store again with a new session";
    }
}
