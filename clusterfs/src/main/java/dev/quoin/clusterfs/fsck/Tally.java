package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.FileType;
import java.util.HashMap;
import java.util.Map;

/** Counts on the way to {@link Counts}. Used by one thread. */
final class Tally {

    private long inodes;
    private long directories;
    private long files;
    long entries;
    long dataBlocks;
    long metadataBlocks;
    long unattributedBlocks;
    long unattributedInodes;
    /** The largest generation of an inode in each group. */
    private final Map<Integer, Integer> generations = new HashMap<>();

    void countInode(FileType type, int group, int generation) {
        inodes++;
        if (type == FileType.DIRECTORY) {
            directories++;
        } else if (type == FileType.REGULAR) {
            files++;
        }
        generations.merge(group, generation, (a, b) -> Integer.compareUnsigned(a, b) >= 0 ? a : b);
    }

    /** The largest generation, unsigned, of an inode that was met in a group; 0 if none was. */
    int largestGeneration(int group) {
        return generations.getOrDefault(group, 0);
    }

    Counts counts(long blocks, long groups, long replayed) {
        return new Counts(
                blocks,
                groups,
                inodes,
                directories,
                files,
                entries,
                dataBlocks,
                metadataBlocks,
                replayed,
                unattributedBlocks,
                unattributedInodes);
    }
}
