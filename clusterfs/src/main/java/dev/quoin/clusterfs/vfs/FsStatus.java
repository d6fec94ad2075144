package dev.quoin.clusterfs.vfs;

/**
 * Space in the file system. What other nodes changed a moment ago may be missing.
 *
 * @param blockSize in bytes
 * @param blocks that files could use in an empty file system
 * @param freeBlocks of them
 * @param inodes in use
 */
public record FsStatus(int blockSize, long blocks, long freeBlocks, long inodes) {}
