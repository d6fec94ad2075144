package dev.quoin.clusterfs.alloc;

import dev.quoin.clusterfs.store.MetaBlock;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Blocks of one group that are free on paper and must not be used yet: their freeing is not durable, or they hold a dead inode that is
 * not in place.
 *
 * <p>A data block that were used again before its freeing is durable would show new content in the old file after a crash. A dead inode must be
 * readable as dead by whoever still knows its number, and its image must not be replayed over new content. Monitor of this object.
 */
final class PendingFrees {

    private record Dead(MetaBlock block, Runnable onSettled) {}

    private final BitSet blocks = new BitSet();
    private final Map<Integer, Dead> dead = new HashMap<>();

    synchronized void add(int from, int count) {
        blocks.set(from, from + count);
    }

    synchronized void remove(int from, int count) {
        blocks.clear(from, from + count);
    }

    synchronized void addDead(int index, MetaBlock block, Runnable onSettled) {
        blocks.set(index);
        dead.put(index, new Dead(block, onSettled));
    }

    synchronized int count() {
        return blocks.cardinality();
    }

    /** The first index from {@code from} on that is pending; {@link Integer#MAX_VALUE} if none is. */
    synchronized int next(int from) {
        int found = blocks.nextSetBit(from);
        return found < 0 ? Integer.MAX_VALUE : found;
    }

    /** The first index from {@code from} on that is not pending. */
    synchronized int nextClear(int from) {
        return blocks.nextClearBit(from);
    }

    /** The dead inodes that are not known to be in place. */
    synchronized java.util.List<MetaBlock> dead() {
        return dead.values().stream().map(Dead::block).toList();
    }

    /** Lets go of the dead inodes that are settled. */
    void reclaim(Predicate<MetaBlock> isSettled) {
        java.util.List<Dead> settled;
        synchronized (this) {
            settled = dead.values().stream()
                    .filter(one -> isSettled.test(one.block))
                    .toList();
            dead.entrySet().removeIf(entry -> {
                boolean goes = settled.contains(entry.getValue());
                if (goes) {
                    blocks.clear(entry.getKey());
                }
                return goes;
            });
        }
        settled.forEach(one -> one.onSettled.run());
    }
}
