package dev.quoin.clusterfs.disk;

/**
 * Names one inode for ever.
 *
 * @param block the block that holds it: its number for users
 * @param generation tells it from earlier inodes in the same block
 */
public record InodeId(long block, int generation) {

    @Override
    public String toString() {
        return block + "." + Integer.toUnsignedString(generation);
    }
}
