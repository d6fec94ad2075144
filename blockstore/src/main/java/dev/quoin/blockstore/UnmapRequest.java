package dev.quoin.blockstore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A wish to free the volume extents {@code from} to {@code to}, which lie in one chunk of the map.
 *
 * <p>The worker starts to drain them; the request that leaves the last one tells the worker, which commits and frees.
 */
final class UnmapRequest {

    private final Volume volume;
    private final long from;
    private final long to;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final CompletableFuture<Void> settled = new CompletableFuture<>();
    private final Consumer<UnmapRequest> onDrained;

    /** The extents that this request drains. Worker only. */
    private final List<Long> draining = new ArrayList<>();

    /** Unmappings by others of extents in the range, which have to end first. Worker only. */
    private final List<CompletableFuture<Void>> others = new ArrayList<>();

    /** Extents not yet drained, plus one until all have been looked at. */
    private final AtomicInteger undrained = new AtomicInteger(1);

    /**
     * A request.
     *
     * @param to exclusive
     * @param onDrained told once, on any thread, when no request uses the extents any more
     */
    UnmapRequest(Volume volume, long from, long to, Consumer<UnmapRequest> onDrained) {
        this.volume = volume;
        this.from = from;
        this.to = to;
        this.onDrained = onDrained;
    }

    Volume volume() {
        return volume;
    }

    int chunk() {
        return volume.map().chunkOf(from);
    }

    List<Long> draining() {
        return draining;
    }

    /** Completes when the extents are free, or fails with a device exception. */
    CompletableFuture<Void> done() {
        return done;
    }

    /** Completes when the extents can be entered again or are gone; never fails. */
    CompletableFuture<Void> settled() {
        return settled;
    }

    /** Lets nobody into the extents any more. Worker only. */
    void beginDrain() {
        for (long index = from; index < to; index++) {
            // Who finds the extent draining looks here, so this comes first.
            UnmapRequest other = volume.unmappings().putIfAbsent(index, this);
            if (other != null) {
                others.add(other.done);
                continue;
            }
            switch (volume.map().beginDrain(index)) {
                case NOT_MAPPED -> volume.unmappings().remove(index);
                case DRAINED -> draining.add(index);
                case WAITING -> {
                    undrained.incrementAndGet();
                    draining.add(index);
                }
                case ALREADY ->
                    throw new IllegalStateException(
                            volume.deviceName() + ": extent " + index + " is draining for nobody");
            }
        }
        drainedOne();
    }

    /** Notes that the last request has left an extent. */
    void drainedOne() {
        if (undrained.decrementAndGet() == 0) {
            onDrained.accept(this);
        }
    }

    /** Opens the extents again, or removes them, and tells who waits. Worker only. */
    void settle(boolean unmapped) {
        for (long index : draining) {
            volume.map().endDrain(index, unmapped);
            volume.unmappings().remove(index);
        }
        settled.complete(null);
    }

    /** Completes {@link #done} once the unmappings by others have ended too. Worker only. */
    void finish() {
        CompletableFuture.allOf(others.toArray(CompletableFuture[]::new)).whenComplete((ok, failure) -> {
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(Failures.unwrap(failure));
            }
        });
    }
}
