package dev.quoin.raid;

/**
 * Where a logical block lies.
 *
 * <p>The unit of locking and journaling is the <em>band</em>: up to {@value #ROWS_MAX} rows of a stripe, a row being one block on each
 * member, at the same address of all. A stripe whose chunk has no more rows than that is one band. Pure.
 *
 * @param layout which member holds which chunk
 * @param chunkBlocks blocks in a chunk
 * @param rows rows in a band; divides {@code chunkBlocks}
 */
record Addressing(Layout layout, int chunkBlocks, int rows) {

    /** The block size of an array in bytes: the unit of checksums, parity and journal. */
    static final int BLOCK = 4096;

    static final int BLOCK_SHIFT = 12;

    /** As many rows as a long has bits. */
    static final int ROWS_MAX = 64;

    static Addressing of(Layout layout, int chunkBytes) {
        int blocks = chunkBytes / BLOCK;
        return new Addressing(layout, blocks, Math.min(blocks, ROWS_MAX));
    }

    /** A run of blocks in one data chunk and one band. */
    record Extent(long band, int index, int row, int blocks) {}

    /** The longest extent that begins at a logical block and has no more than {@code blocks} blocks. */
    Extent extent(long logicalBlock, long blocks) {
        long chunk = logicalBlock / chunkBlocks;
        int inChunk = (int) (logicalBlock % chunkBlocks);
        long stripe = chunk / layout.dataChunks();
        int index = (int) (chunk % layout.dataChunks());
        long memberBlock = stripe * chunkBlocks + inChunk;
        int row = (int) (memberBlock % rows);
        return new Extent(memberBlock / rows, index, row, (int) Math.min(rows - row, blocks));
    }

    long stripe(long band) {
        return band * rows / chunkBlocks;
    }

    int parityRole(long band) {
        return layout.parityRole(stripe(band));
    }

    int dataRole(long band, int index) {
        return layout.dataRole(stripe(band), index);
    }

    /** The address on each member, in blocks of its data region, of a row. */
    long memberBlock(long band, int row) {
        return band * rows + row;
    }

    /** The bits of {@code count} rows from {@code row} on. */
    static long mask(int row, int count) {
        return (count == Long.SIZE ? -1L : (1L << count) - 1) << row;
    }

    /** The number of set bits from {@code row} on without a gap. */
    static int runLength(long mask, int row) {
        return Long.numberOfTrailingZeros(~(mask >>> row));
    }
}
