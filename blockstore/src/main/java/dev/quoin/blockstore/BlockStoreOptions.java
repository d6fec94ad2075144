package dev.quoin.blockstore;

import java.time.Duration;

/**
 * How a block store behaves.
 *
 * @param lockWait how long opening or creating a pool waits for its lock; at least what a dead owner's session takes to end
 * @param commitWait how long a write that needs an extent, or a change to the catalogue, is tried again while the lock manager
 *     has no majority
 */
public record BlockStoreOptions(Duration lockWait, Duration commitWait) {

    /** 30 s each. */
    public static final BlockStoreOptions DEFAULT =
            new BlockStoreOptions(Duration.ofSeconds(30), Duration.ofSeconds(30));

    public BlockStoreOptions {
        if (!lockWait.isPositive() || !commitWait.isPositive()) {
            throw new IllegalArgumentException(
                    "lock wait " + lockWait + " and commit wait " + commitWait + " found, positive durations expected");
        }
    }
}
