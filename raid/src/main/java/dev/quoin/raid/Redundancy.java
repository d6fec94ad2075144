package dev.quoin.raid;

import java.util.Arrays;

/**
 * How the blocks of a codeword depend on each other. Pure.
 *
 * <p>A codeword is given by position: first its data, then its parities. Sets of positions are bits of an int. The blocks are
 * arrays of which the same range is meant.
 */
sealed interface Redundancy {

    /** How many of the positions, the last ones, are parities. */
    int parities();

    /** Whether the blocks at the missing positions can be made from the others. */
    boolean restores(int width, int missing);

    /** The fewest positions that must be read to make all blocks that are unavailable, if that can be done. */
    int sources(int width, int unavailable);

    /**
     * Makes the missing blocks of the given ones, among which are the {@link #sources} for them.
     *
     * @param cells by position; those at missing positions are written to, those that are neither are not looked at
     */
    void restore(byte[][] cells, int given, int missing, int at, int length);

    /** Whether the blocks, all of which are given, agree. */
    boolean agrees(byte[][] cells, int at, int length);

    /** The same block at every position; with one position no redundancy. */
    record Copies() implements Redundancy {

        @Override
        public int parities() {
            return 0;
        }

        @Override
        public boolean restores(int width, int missing) {
            return (missing & all(width)) != all(width);
        }

        @Override
        public int sources(int width, int unavailable) {
            return Integer.lowestOneBit(~unavailable & all(width));
        }

        @Override
        public void restore(byte[][] cells, int given, int missing, int at, int length) {
            byte[] source = cells[Integer.numberOfTrailingZeros(given)];
            for (int left = missing; left != 0; left &= left - 1) {
                System.arraycopy(source, at, cells[Integer.numberOfTrailingZeros(left)], at, length);
            }
        }

        @Override
        public boolean agrees(byte[][] cells, int at, int length) {
            for (int i = 1; i < cells.length; i++) {
                if (!Arrays.equals(cells[0], at, at + length, cells[i], at, at + length)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** The XOR of all positions is zero. */
    record Parity() implements Redundancy {

        @Override
        public int parities() {
            return 1;
        }

        @Override
        public boolean restores(int width, int missing) {
            return Integer.bitCount(missing) <= 1;
        }

        @Override
        public int sources(int width, int unavailable) {
            return ~unavailable & all(width);
        }

        @Override
        public void restore(byte[][] cells, int given, int missing, int at, int length) {
            Xor.into(cells[Integer.numberOfTrailingZeros(missing)], others(cells, missing), at, length);
        }

        @Override
        public boolean agrees(byte[][] cells, int at, int length) {
            byte[] sum = new byte[at + length];
            Xor.into(sum, cells, at, length);
            return isZero(sum, at, length);
        }
    }

    /**
     * P, the XOR of the data, and Q, the sum of the data at position {@code i} times 2 to the power of {@code i} in GF(2^8) with the
     * polynomial 0x11d (H. P. Anvin, "The mathematics of RAID-6"; the same as Linux md).
     */
    record DoubleParity() implements Redundancy {

        @Override
        public int parities() {
            return 2;
        }

        @Override
        public boolean restores(int width, int missing) {
            return Integer.bitCount(missing) <= 2;
        }

        @Override
        public int sources(int width, int unavailable) {
            int data = all(width - 2);
            int p = 1 << (width - 2);
            int parities = ~unavailable & (p | p << 1);
            int lost = Integer.bitCount(unavailable & data);
            if (lost == 0) {
                parities = 0;
            } else if (lost == 1) {
                parities = Integer.lowestOneBit(parities);
            }
            return (~unavailable & data) | parities;
        }

        @Override
        public void restore(byte[][] cells, int given, int missing, int at, int length) {
            int width = cells.length;
            int data = missing & all(width - 2);
            boolean lacksP = (missing & 1 << (width - 2)) != 0;
            if (Integer.bitCount(data) == 2) {
                restoreTwo(cells, data, at, length);
            } else if (data != 0 && lacksP) {
                restoreByQ(cells, Integer.numberOfTrailingZeros(data), at, length);
            } else if (data != 0) {
                restoreByP(cells, Integer.numberOfTrailingZeros(data), at, length);
            }
            if ((missing & 1 << (width - 1)) != 0) {
                byte[] p = lacksP ? cells[width - 2] : new byte[at + length];
                Galois.syndromes(p, cells[width - 1], Arrays.copyOf(cells, width - 2), at, length);
            } else if (lacksP) {
                Xor.into(cells[width - 2], Arrays.copyOf(cells, width - 2), at, length);
            }
        }

        private static void restoreByP(byte[][] cells, int position, int at, int length) {
            byte[][] given = Arrays.copyOf(cells, cells.length - 1);
            Xor.into(cells[position], others(given, 1 << position), at, length);
        }

        private static void restoreByQ(byte[][] cells, int position, int at, int length) {
            int width = cells.length;
            byte[] q = new byte[at + length];
            Galois.syndromes(new byte[at + length], q, without(cells, 1 << position), at, length);
            Xor.into(q, new byte[][] {q, cells[width - 1]}, at, length);
            Arrays.fill(cells[position], at, at + length, (byte) 0);
            Galois.addProduct(cells[position], q, Galois.inverse(Galois.power(position)), at, length);
        }

        /** With the sums p and q of what both lack: x + y = p, g^i x + g^j y = q, so x = (q + g^j p) / (g^i + g^j). */
        private static void restoreTwo(byte[][] cells, int missing, int at, int length) {
            int width = cells.length;
            int i = Integer.numberOfTrailingZeros(missing);
            int j = Integer.numberOfTrailingZeros(missing & (missing - 1));
            byte[] p = new byte[at + length];
            byte[] q = new byte[at + length];
            Galois.syndromes(p, q, without(cells, missing), at, length);
            Xor.into(p, new byte[][] {p, cells[width - 2]}, at, length);
            Xor.into(q, new byte[][] {q, cells[width - 1]}, at, length);
            Galois.addProduct(q, p, Galois.power(j), at, length);
            Arrays.fill(cells[i], at, at + length, (byte) 0);
            int divisor = Galois.power(i) ^ Galois.power(j);
            Galois.addProduct(cells[i], q, Galois.inverse(divisor), at, length);
            Xor.into(cells[j], new byte[][] {p, cells[i]}, at, length);
        }

        /** The data, with zeroes where they are missing. */
        private static byte[][] without(byte[][] cells, int missing) {
            byte[][] data = Arrays.copyOf(cells, cells.length - 2);
            byte[] zeroes = new byte
                    [Arrays.stream(cells).mapToInt(cell -> cell.length).max().orElse(0)];
            for (int left = missing; left != 0; left &= left - 1) {
                data[Integer.numberOfTrailingZeros(left)] = zeroes;
            }
            return data;
        }

        @Override
        public boolean agrees(byte[][] cells, int at, int length) {
            int width = cells.length;
            byte[] p = new byte[at + length];
            byte[] q = new byte[at + length];
            Galois.syndromes(p, q, Arrays.copyOf(cells, width - 2), at, length);
            int end = at + length;
            return Arrays.equals(p, at, end, cells[width - 2], at, end)
                    && Arrays.equals(q, at, end, cells[width - 1], at, end);
        }
    }

    private static int all(int width) {
        return (int) Addressing.mask(0, width);
    }

    private static byte[][] others(byte[][] cells, int missing) {
        byte[][] others = new byte[cells.length - Integer.bitCount(missing)][];
        int count = 0;
        for (int i = 0; i < cells.length; i++) {
            if ((missing & 1 << i) == 0) {
                others[count++] = cells[i];
            }
        }
        return others;
    }

    private static boolean isZero(byte[] bytes, int at, int length) {
        for (int i = at; i < at + length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
