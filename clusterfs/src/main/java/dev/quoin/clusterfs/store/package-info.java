/** The device as the file system uses it: whole blocks, writes only under a valid lease, metadata blocks and file pages in memory. */
@NullMarked
package dev.quoin.clusterfs.store;

import org.jspecify.annotations.NullMarked;
