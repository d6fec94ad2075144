/**
 * What clusterfs keeps on the device: blocks of 4 KiB, little-endian, each metadata block with a header that says what and
 * whose it is and a CRC32C over all of it.
 *
 * <p>Order on the device: 16 unused blocks, the superblock, one claim block for each slot, the journals one after another,
 * the resource groups, a copy of the superblock in the last block. Everything here is pure: bytes in, values out.
 */
@NullMarked
package dev.quoin.clusterfs.disk;

import org.jspecify.annotations.NullMarked;
