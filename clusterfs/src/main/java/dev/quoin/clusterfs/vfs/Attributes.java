package dev.quoin.clusterfs.vfs;

import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;

/**
 * What is known about an inode, all of one moment.
 *
 * @param permissions 0 to 07777
 * @param links of a directory 2 + its subdirectories
 * @param size bytes; of a directory the number of its entries
 * @param blocks of 4,096 bytes, with those of the inode itself
 * @param mtime of the last change of content, nanoseconds since 1970; the other times likewise
 * @param device device number of a device file, else 0
 */
public record Attributes(
        InodeId inode,
        FileType type,
        int permissions,
        int uid,
        int gid,
        int links,
        long size,
        long blocks,
        long mtime,
        long ctime,
        long btime,
        long atime,
        int device) {}
