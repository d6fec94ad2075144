package dev.quoin.blockstore;

import java.util.concurrent.CompletableFuture;

/** What a pool's worker is asked to do. */
sealed interface Work {

    /** Map an extent that a write waits for. */
    record MapExtent(Volume volume, long index, CompletableFuture<Void> done) implements Work {}

    /** Map more extents for the stream that has reached {@code near}; nobody waits. */
    record MapAhead(Volume volume, long near) implements Work {}

    /** Start to drain extents, to unmap them. */
    record BeginUnmap(UnmapRequest request) implements Work {}

    /** Unmap extents that no request uses any more. */
    record Unmap(UnmapRequest request) implements Work {}

    /** Change the catalogue. */
    record Change(Runnable task) implements Work {}

    /** Look whether the pool is still ours. */
    record Wake() implements Work {}

    /** Fail what waits and end. */
    record Stop() implements Work {}
}
