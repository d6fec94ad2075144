package dev.quoin.raid;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where a logical block lies. Pure.
 *
 * <p>The unit of locking and journaling is the <em>band</em>: up to {@value #ROWS_MAX} rows of a stripe, a row being one cell in
 * each column. A stripe whose chunk has no more rows than that is one band. A <em>cell</em> is the unit of checksums on a
 * member. It holds one logical block; but where every block is cut over all data members (RAID 3) one slice of a block, and the
 * row one block.
 */
final class Addressing {

    /** The block size of an array in bytes: the unit of journal and metadata, and of checksums and parity but for RAID 3. */
    static final int BLOCK = 4096;

    static final int BLOCK_SHIFT = 12;

    /** As many rows as a long has bits. */
    static final int ROWS_MAX = 64;

    /** The index of an extent in all data columns of its rows. */
    static final int ALL = -1;

    /**
     * While the layout changes, bands of the new one are counted from here, those of the old one from 0. Rows counted through all bands
     * still fit in a long.
     */
    static final long MOVED = 1L << 56;

    private static final long PLACE = MOVED - 1;

    private final Level level;
    private final Layout layout;
    private final @Nullable Addressing before;
    private final int chunkCells;
    private final int rows;
    private final int cell;
    private final int[][][] words;

    // Asked for with every cell: what the layout makes of its numbers each time.
    private final Redundancy redundancy;
    private final int parities;
    private final int roles;
    private final int stripes;
    private final int dataChunks;
    private final int bandsPerChunk;

    private Addressing(Level level, Layout layout, int chunkCells, int cell, @Nullable Addressing before) {
        this.level = level;
        this.before = before;
        this.layout = layout;
        this.chunkCells = chunkCells;
        this.rows = Math.min(chunkCells, ROWS_MAX);
        this.cell = cell;
        this.redundancy = layout.redundancy();
        this.parities = redundancy.parities();
        this.roles = layout.roles();
        this.stripes = layout.stripes();
        this.dataChunks = layout.dataChunks();
        this.bandsPerChunk = chunkCells / rows;
        this.words = new int[layout.period()][][];
        for (int stripe = 0; stripe < words.length; stripe++) {
            words[stripe] = layout.codewords(stripe);
        }
    }

    /** The placement of a level; the chunk, in bytes, means nothing to RAID 3. */
    static Addressing of(Level level, int members, int chunkBytes) {
        Layout layout = level.layout(members);
        return level.hasChunks()
                ? new Addressing(level, layout, chunkBytes / BLOCK, BLOCK, null)
                : new Addressing(level, layout, ROWS_MAX, BLOCK / layout.dataChunks(), null);
    }

    /**
     * Two placements of a level with chunks that does not count in several rows of them: bands from {@link #MOVED} on are those of the
     * one with {@code after} members, the others those of the one with {@code before}. Where no band says which, it is the new one.
     */
    static Addressing reshaping(Level level, int before, int after, int chunkBytes) {
        Addressing old = of(level, before, chunkBytes);
        return new Addressing(level, level.layout(after), chunkBytes / BLOCK, BLOCK, old);
    }

    /** The placement of the blocks that are offered now: while the layout changes the old one. */
    Addressing offered() {
        return before == null ? this : before;
    }

    private Addressing of(long band) {
        return before == null || band >= MOVED ? this : before;
    }

    /** The number of a band among those of its layout. */
    static long place(long band) {
        return band & PLACE;
    }

    /** The number of data chunks of the layout of a band. */
    int dataChunks(long band) {
        return of(band).dataChunks;
    }

    /** The first logical block of a row of a data chunk. Not for blocks that are cut. */
    long block(long band, int index, int row) {
        long number = place(band);
        long chunk = number / bandsPerChunk * dataChunks(band) + index;
        return chunk * chunkCells + number % bandsPerChunk * rows + row;
    }

    /** As {@link #extent(long, long)}, in the new layout where its band is one of the first {@code moved}, else in the old one. */
    Extent extent(long logicalBlock, long blocks, long moved) {
        Extent there = extent(logicalBlock, blocks);
        if (before == null) {
            return there;
        }
        return there.band < moved
                ? new Extent(there.band + MOVED, there.index, there.row, there.blocks)
                : before.extent(logicalBlock, blocks);
    }

    Level level() {
        return level;
    }

    Layout layout() {
        return layout;
    }

    /** That of the layout. */
    Redundancy redundancy() {
        return redundancy;
    }

    /** The number of rows of a band; divides that of a chunk. */
    int rows() {
        return rows;
    }

    /** The length of a cell in bytes. */
    int cell() {
        return cell;
    }

    /** Whether a logical block is a row of data cells, not one cell. */
    boolean cutsBlocks() {
        return !level.hasChunks();
    }

    /** How much of consecutive data goes to one member, in bytes. */
    int chunkBytes() {
        return cutsBlocks() ? cell : chunkCells * cell;
    }

    int columns() {
        return layout.columns();
    }

    int role(int column) {
        return column % roles;
    }

    /** What a band takes of each member, in bytes. */
    int bandBytes() {
        return rows * cell * stripes;
    }

    /** What a stripe takes of each member, in bytes: data regions are multiples of it. */
    int unitBytes() {
        return chunkCells * cell * stripes;
    }

    /** The data of a stripe in bytes. */
    int stripeBytes() {
        return chunkCells * cell * dataChunks;
    }

    /** What must be written at once for no cell to keep anything of before, in bytes. */
    int freeUnit() {
        return parities == 0 || cutsBlocks() ? BLOCK : stripeBytes();
    }

    /** How many bands the data region of a member has. */
    long bands(long dataLength) {
        return dataLength / bandBytes();
    }

    /** The last band up to this one from which on all cells of a member lie behind those of the bands before. */
    long boundary(long band) {
        return stripes == 1 ? band : band - band % bandsPerChunk;
    }

    /** A run of logical blocks in one data chunk and one band; in RAID 3 in all of them. */
    record Extent(long band, int index, int row, int blocks) {}

    /** The longest extent that begins at a logical block and has no more than {@code blocks} blocks. */
    Extent extent(long logicalBlock, long blocks) {
        if (cutsBlocks()) {
            int row = (int) (logicalBlock % rows);
            return new Extent(logicalBlock / rows, ALL, row, (int) Math.min(rows - row, blocks));
        }
        long chunk = logicalBlock / chunkCells;
        int inChunk = (int) (logicalBlock % chunkCells);
        long stripe = chunk / dataChunks;
        int index = (int) (chunk % dataChunks);
        int row = inChunk % rows;
        long band = stripe * bandsPerChunk + inChunk / rows;
        return new Extent(band, index, row, (int) Math.min(rows - row, blocks));
    }

    /** The codewords of a band, as {@link Layout#codewords}. */
    int[][] words(long band) {
        int[][][] all = of(band).words;
        long stripe = place(band) / bandsPerChunk;
        return all[(int) (stripe % all.length)];
    }

    /** The columns on which a data chunk lies: one, or as many as there are copies. */
    int[] copies(long band, int index) {
        int[][] all = words(band);
        return parities == 0 ? all[index] : new int[] {all[0][index]};
    }

    /** The parity columns of a band: none, P, or P and Q. */
    int[] parities(long band) {
        int[] word = words(band)[0];
        return Arrays.copyOfRange(word, word.length - parities, word.length);
    }

    /** The first column on which a data chunk lies. */
    int dataColumn(long band, int index) {
        int[][] all = words(band);
        return parities == 0 ? all[index][0] : all[0][index];
    }

    /** The address on its member, in cells of the data region, of a row of a column. */
    long memberCell(long band, int column, int row) {
        long number = place(band);
        long chunkRow = number / bandsPerChunk * stripes + column / roles;
        return chunkRow * chunkCells + number % bandsPerChunk * rows + row;
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
