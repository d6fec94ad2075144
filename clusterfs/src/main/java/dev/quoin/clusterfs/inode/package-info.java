/** Inodes in memory and what is done with them: trees of extents and names, files, directories. */
@NullMarked
package dev.quoin.clusterfs.inode;

import org.jspecify.annotations.NullMarked;
