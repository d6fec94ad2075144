package dev.quoin.clusterfs.fsck;

/**
 * A count for each of some inodes, in two arrays with open addressing: 12 to 32 bytes for each inode that is in it. Only inodes
 * with another count than one get here.
 */
final class LinkCounts {

    private long[] blocks = new long[64];
    private int[] counts = new int[64];
    private int used;

    int get(long block, int absent) {
        int at = find(block);
        return blocks[at] == 0 ? absent : counts[at];
    }

    /** Sets the count of a block, which is never block 0. */
    void put(long block, int count) {
        if (used * 4 >= blocks.length * 3) {
            grow();
        }
        int at = find(block);
        if (blocks[at] == 0) {
            blocks[at] = block;
            used++;
        }
        counts[at] = count;
    }

    private int find(long block) {
        int mask = blocks.length - 1;
        int at = (int) ((block * 0x9E37_79B9_7F4A_7C15L) >>> 32) & mask;
        while (blocks[at] != 0 && blocks[at] != block) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        long[] oldBlocks = blocks;
        int[] oldCounts = counts;
        blocks = new long[oldBlocks.length * 2];
        counts = new int[blocks.length];
        for (int i = 0; i < oldBlocks.length; i++) {
            if (oldBlocks[i] != 0) {
                int at = find(oldBlocks[i]);
                blocks[at] = oldBlocks[i];
                counts[at] = oldCounts[i];
            }
        }
    }
}
