/**
 * The offline checker: reads a clusterfs device from end to end and says what is wrong with it. It shares only the block
 * formats with the code that mounts, so that a mistake in one is seen by the other.
 *
 * <p>Two passes, as e2fsck does it: names and inodes first, which says who owns each block, then the bitmaps and counters
 * against that. A change that is only in a journal counts as done, as a mount would replay it.
 */
@NullMarked
package dev.quoin.clusterfs.fsck;

import org.jspecify.annotations.NullMarked;
