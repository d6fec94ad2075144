package dev.quoin.clusterfs.fsck;

/**
 * What was counted on the way.
 *
 * @param blocks the size of the file system
 * @param groups resource groups, those behind the end of the device included
 * @param inodes sound inodes, whether they have a name or not
 * @param directories inodes that are directories
 * @param files inodes that are regular files
 * @param entries names in all directories
 * @param dataBlocks blocks with content of files
 * @param metadataBlocks tree nodes; the groups' own overhead is not counted
 * @param replayed blocks that were taken from a journal
 * @param unattributedBlocks blocks that the bitmaps say are used and whose owner could not be read
 * @param unattributedInodes inodes without a name that a directory may have held that could not be read
 */
public record Counts(
        long blocks,
        long groups,
        long inodes,
        long directories,
        long files,
        long entries,
        long dataBlocks,
        long metadataBlocks,
        long replayed,
        long unattributedBlocks,
        long unattributedInodes) {}
