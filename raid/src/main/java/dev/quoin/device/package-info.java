/**
 * The one seam of the data plane: a random-access store of fixed-size blocks.
 *
 * <p>Files, disks, LUNs, arrays and volumes are all a {@link dev.quoin.device.BlockDevice}; so is
 * {@link dev.quoin.device.FaultyDevice}, which does to the layers above what real disks do.
 */
@NullMarked
package dev.quoin.device;

import org.jspecify.annotations.NullMarked;
