/**
 * Extents in memory: which of a pool's are free, where a volume's lie and who uses them now, and which will be wanted next.
 *
 * <p>Pure: no clock, thread, device or network.
 */
@NullMarked
package dev.quoin.blockstore.extent;

import org.jspecify.annotations.NullMarked;
