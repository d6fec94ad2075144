package dev.quoin.iscsi.initiator;

import dev.quoin.device.Geometry;

/**
 * What a logical unit says about itself.
 *
 * @param identity what tells it from other units; empty if it does not say
 * @param writeCache whether a plain write may be lost in a power cut before a SYNCHRONIZE CACHE
 * @param fua whether a write may ask to be durable by itself
 * @param writeProtected whether it takes no writes
 * @param transferBytesMax the longest READ or WRITE in bytes
 * @param writeSameBytesMax the longest WRITE SAME in bytes; 0 if it must not be tried
 * @param sameUnmaps whether WRITE SAME of zeroes may free the blocks
 * @param unmap whether UNMAP may be used as a hint
 * @param unmapBlocksMax the most blocks in one UNMAP
 */
record Disk(
        Geometry geometry,
        String identity,
        boolean writeCache,
        boolean fua,
        boolean writeProtected,
        int transferBytesMax,
        long writeSameBytesMax,
        boolean sameUnmaps,
        boolean unmap,
        long unmapBlocksMax) {

    /** The same unit of another size, in bytes. */
    Disk withSize(long size) {
        return new Disk(
                geometry.withSize(size),
                identity,
                writeCache,
                fua,
                writeProtected,
                transferBytesMax,
                writeSameBytesMax,
                sameUnmaps,
                unmap,
                unmapBlocksMax);
    }
}
