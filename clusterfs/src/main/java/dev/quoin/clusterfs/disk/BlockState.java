package dev.quoin.clusterfs.disk;

/** What a bitmap says about a block. The ordinals are the two bits on disk. */
public enum BlockState {
    /** Nobody's. */
    FREE,
    /** Content of a file: no header. */
    DATA,
    /** A tree node, or the overhead of the group. */
    METADATA,
    /** An inode. */
    DINODE
}
