package dev.quoin.raid;

import java.nio.ByteBuffer;

/** Blocks that are cut over several columns (RAID 3): slice {@code i} of every block is a cell of column {@code i}. Pure. */
final class Slices {

    private Slices() {}

    /** Puts the cells of a column, which begin at 0 of {@code cells}, into their places of the blocks that begin at 0 of {@code target}. */
    static void scatter(byte[] cells, ByteBuffer target, int index, int blocks, int cell) {
        for (int block = 0; block < blocks; block++) {
            target.put(block * Addressing.BLOCK + index * cell, cells, block * cell, cell);
        }
    }

    /** Takes the cells of a column out of the blocks that begin at the position of {@code source}, which stays, to {@code at} on. */
    static void gather(ByteBuffer source, byte[] cells, int at, int index, int blocks, int cell) {
        for (int block = 0; block < blocks; block++) {
            int from = source.position() + block * Addressing.BLOCK + index * cell;
            source.get(from, cells, at + block * cell, cell);
        }
    }
}
