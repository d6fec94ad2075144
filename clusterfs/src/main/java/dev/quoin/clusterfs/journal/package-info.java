/**
 * The journal of one slot: whole images of changed metadata blocks in one ring per node, group commit, and replay.
 *
 * <p>Order: file data, then the record that exposes it, then the blocks in place.
 */
@NullMarked
package dev.quoin.clusterfs.journal;

import org.jspecify.annotations.NullMarked;
