/**
 * Cluster locks as the file system uses them: one per object and node, kept after use, shared by the threads of the node, given back when
 * another node asks and everything that it covers is in place.
 */
@NullMarked
package dev.quoin.clusterfs.glock;

import org.jspecify.annotations.NullMarked;
