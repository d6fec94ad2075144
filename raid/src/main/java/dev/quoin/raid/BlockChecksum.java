package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The checksum of a cell: CRC32C (RFC 7143 13.1) of its content, XORed with a mix of array, role and address.
 *
 * <p>So a block that was written to another place, another member or by another array fails, however intact it is. Two values
 * are no checksums: {@link #UNWRITTEN} and {@link #BAD}; content whose checksum would be one of them gets {@link #STAND_IN}.
 */
final class BlockChecksum {

    /** The entry of a block that reads as zeroes because nothing was ever written to its row. */
    static final int UNWRITTEN = 0;

    /** The entry of a block whose content is known to be lost. */
    static final int BAD = -1;

    /** Stands for the two values that are taken. */
    static final int STAND_IN = 1;

    private final long arraySeed;
    private final int cell;
    private final int crcOfZeroes;

    /** Of an array whose cells have {@code cell} bytes. */
    BlockChecksum(UUID array, int cell) {
        this.cell = cell;
        this.crcOfZeroes = crc(new byte[cell], 0);
        this.arraySeed = mix(array.getMostSignificantBits()) ^ array.getLeastSignificantBits();
    }

    /** The checksum of the cell that begins at {@code at} of {@code bytes}, as cell {@code block} of the role's data region. */
    int of(int role, long block, byte[] bytes, int at) {
        return place(role, block, crc(bytes, at));
    }

    /** Those of the cells that lie one behind the other in a buffer, of cell {@code block} and those that follow it. */
    int[] of(int role, long block, ByteBuffer cells) {
        int[] checksums = new int[cells.remaining() / cell];
        CRC32C crc = new CRC32C();
        for (int i = 0; i < checksums.length; i++) {
            crc.reset();
            crc.update(cells.limit(cells.position() + cell));
            checksums[i] = place(role, block + i, (int) crc.getValue());
        }
        return checksums;
    }

    /** The checksum of a cell of zeroes. */
    int ofZeroes(int role, long block) {
        return place(role, block, crcOfZeroes);
    }

    private int place(int role, long block, int crc) {
        int placed = crc ^ (int) mix(arraySeed + ((long) role << 56) + block);
        return placed == UNWRITTEN || placed == BAD ? STAND_IN : placed;
    }

    private int crc(byte[] bytes, int at) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, at, cell);
        return (int) crc.getValue();
    }

    /** The finalizer of SplitMix64: every bit of the input changes half of the bits of the output. */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
