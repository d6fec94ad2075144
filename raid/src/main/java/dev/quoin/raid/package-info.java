/**
 * Arrays: several block devices as one that survives the loss of a member, repairs what rots, and has no write hole.
 *
 * <p><b>Placement</b> is that of Linux md (RAID 5 left-symmetric). <b>On a member</b> lie superblocks, a write-intent bitmap, a
 * bad-block log, a journal ring, a CRC32C for every 4 KiB and the data; see {@link dev.quoin.raid.Regions}.
 *
 * <p><b>A write</b> locks its bands (a chunk's worth of rows across all members), reads what it needs for the parity, verified,
 * and becomes a record of new blocks with their checksums. Records go to the journal in batches: each member's ring
 * gets the blocks that belong on that member, and the table of all blocks. A write is acknowledged when its batch is
 * in the rings, an FUA write when it is durable there. Only then are blocks written in place, newest version only, in bulk. The
 * journal has the redundancy of the array: what one lost ring held is the XOR of the others.
 *
 * <p><b>A read</b> takes blocks that are not yet in place from memory and verifies all others.
 */
@NullMarked
package dev.quoin.raid;

import org.jspecify.annotations.NullMarked;
