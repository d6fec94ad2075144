package dev.quoin.raid;

import java.util.Arrays;

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

    private final Level level;
    private final Layout layout;
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

    private Addressing(Level level, Layout layout, int chunkCells, int cell) {
        this.level = level;
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
                ? new Addressing(level, layout, chunkBytes / BLOCK, BLOCK)
                : new Addressing(level, layout, ROWS_MAX, BLOCK / layout.dataChunks());
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
        long stripe = band / bandsPerChunk;
        return words[(int) (stripe % words.length)];
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
        long chunkRow = band / bandsPerChunk * stripes + column / roles;
        return chunkRow * chunkCells + band % bandsPerChunk * rows + row;
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
