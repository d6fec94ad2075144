/**
 * The inode-level interface of the file system, after the operations of the Linux VFS and POSIX.1-2024, and a small tree of paths on top
 * of it for tools.
 */
@NullMarked
package dev.quoin.clusterfs.vfs;

import org.jspecify.annotations.NullMarked;
