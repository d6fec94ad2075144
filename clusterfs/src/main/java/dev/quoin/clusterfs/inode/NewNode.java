package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.disk.FileType;

/**
 * What to create.
 *
 * @param content the target of a symbolic link, else empty
 */
public record NewNode(FileType type, int permissions, int uid, int gid, int device, byte[] content) {}
