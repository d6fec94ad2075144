package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockState;

/** What each block is used for as far as inodes say, and which blocks are used twice. Two bits for each block in use. */
final class Claims {

    private final SparseBits low = new SparseBits();
    private final SparseBits high = new SparseBits();
    private final SparseBits doubled = new SparseBits();

    /** Notes that an inode uses a block; says whether it is the first to do so. */
    boolean claim(long block, BlockState use) {
        if (stateOf(block) != BlockState.FREE) {
            doubled.add(block);
            return false;
        }
        if ((use.ordinal() & 1) != 0) {
            low.add(block);
        }
        if ((use.ordinal() & 2) != 0) {
            high.add(block);
        }
        return true;
    }

    /** The first use that was claimed, {@link BlockState#FREE} if none was. */
    BlockState stateOf(long block) {
        if (low.get(block)) {
            return high.get(block) ? BlockState.DINODE : BlockState.DATA;
        }
        return high.get(block) ? BlockState.METADATA : BlockState.FREE;
    }

    /** The blocks that were claimed more than once. */
    SparseBits doubled() {
        return doubled;
    }
}
