package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.PoolRecord;

/**
 * How a new pool is cut.
 *
 * @param extentSize in bytes, {@value PoolRecord#EXTENT_SIZE_MIN} to {@value PoolRecord#EXTENT_SIZE_MAX}; rounded up to full
 *     stripes of the arrays, so that a full-stripe write of a volume is one of the array
 * @param chunkExtents how many extents one registry entry maps, 1 to {@value PoolRecord#CHUNK_EXTENTS_MAX}
 */
public record PoolOptions(long extentSize, int chunkExtents) {

    /** 4 MiB extents; a registry entry of 4 KiB maps 1024 of them. */
    public static final PoolOptions DEFAULT = new PoolOptions(4 << 20, 1024);

    public PoolOptions {
        if (extentSize < PoolRecord.EXTENT_SIZE_MIN || extentSize > PoolRecord.EXTENT_SIZE_MAX) {
            throw new IllegalArgumentException("extent size " + extentSize + " found, " + PoolRecord.EXTENT_SIZE_MIN
                    + " to " + PoolRecord.EXTENT_SIZE_MAX + " bytes expected");
        }
        if (chunkExtents < 1 || chunkExtents > PoolRecord.CHUNK_EXTENTS_MAX) {
            throw new IllegalArgumentException(chunkExtents + " extents a registry entry found, 1 to "
                    + PoolRecord.CHUNK_EXTENTS_MAX + " expected");
        }
    }
}
