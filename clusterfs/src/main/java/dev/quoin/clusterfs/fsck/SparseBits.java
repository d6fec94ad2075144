package dev.quoin.clusterfs.fsck;

import java.util.Map;
import java.util.TreeMap;

/** A set of block numbers that takes a bit for each block, in pieces of 4 KiB only where there is something to hold. */
final class SparseBits {

    private static final int PIECE_SHIFT = 15;
    private static final int WORDS = 1 << (PIECE_SHIFT - 6);

    private final TreeMap<Long, long[]> pieces = new TreeMap<>();
    private long lastIndex = -1;
    private long[] last = new long[0];

    boolean get(long block) {
        long[] piece = piece(block, false);
        return piece.length > 0 && (piece[word(block)] & (1L << block)) != 0;
    }

    /** Adds a block; says whether it is new. */
    boolean add(long block) {
        long[] piece = piece(block, true);
        long bit = 1L << block;
        boolean isNew = (piece[word(block)] & bit) == 0;
        piece[word(block)] |= bit;
        return isNew;
    }

    void remove(long block) {
        long[] piece = piece(block, false);
        if (piece.length > 0) {
            piece[word(block)] &= ~(1L << block);
        }
    }

    boolean isEmpty() {
        return next(0) < 0;
    }

    /** The first block from {@code from} on that is in the set, -1 if there is none. */
    long next(long from) {
        for (Map.Entry<Long, long[]> entry = pieces.ceilingEntry(from >> PIECE_SHIFT);
                entry != null;
                entry = pieces.higherEntry(entry.getKey())) {
            long base = entry.getKey() << PIECE_SHIFT;
            long found = nextIn(entry.getValue(), (int) Math.max(0, from - base));
            if (found >= 0) {
                return base + found;
            }
        }
        return -1;
    }

    private static long nextIn(long[] piece, int from) {
        int word = from >> 6;
        long bits = piece[word] & (-1L << from);
        while (bits == 0) {
            if (++word == WORDS) {
                return -1;
            }
            bits = piece[word];
        }
        return ((long) word << 6) + Long.numberOfTrailingZeros(bits);
    }

    private long[] piece(long block, boolean make) {
        long index = block >> PIECE_SHIFT;
        if (index != lastIndex || (make && last.length == 0)) {
            long[] piece = pieces.get(index);
            if (piece == null) {
                piece = make ? new long[WORDS] : new long[0];
                if (make) {
                    pieces.put(index, piece);
                }
            }
            lastIndex = index;
            last = piece;
        }
        return last;
    }

    private static int word(long block) {
        return (int) (block & ((1 << PIECE_SHIFT) - 1)) >> 6;
    }
}
