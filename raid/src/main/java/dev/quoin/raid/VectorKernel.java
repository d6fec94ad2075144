package dev.quoin.raid;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * As wide as the processor's vectors. Products by Horner's rule need doubling only, which is an addition and a masked XOR; products
 * with any factor look up both halves of a byte in tables of 16.
 *
 * <p>Loaded only where the module that it needs is there.
 */
final class VectorKernel implements GaloisKernel {

    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_PREFERRED;
    private static final int HALF = 16;
    private static final byte REMAINDER = 0x1d;

    /** Whether vectors are wide enough for the tables; without a compiler they are not. */
    static boolean fits() {
        return SPECIES.length() >= HALF;
    }

    @Override
    public void syndromes(byte[] p, byte[] q, byte[][] data, int at, int length) {
        int end = at + length;
        int k = data.length - 1;
        // Four inputs a pass, from the last to the first: how many there are must be known when the loop is compiled.
        if (k < 3) {
            first(p, q, data[k], at, end);
            k--;
        } else {
            firstFour(p, q, data[k], data[k - 1], data[k - 2], data[k - 3], at, end);
            k -= 4;
        }
        for (; k >= 3; k -= 4) {
            nextFour(p, q, data[k], data[k - 1], data[k - 2], data[k - 3], at, end);
        }
        for (; k >= 0; k--) {
            next(p, q, data[k], at, end);
        }
    }

    private static void first(byte[] p, byte[] q, byte[] a, int at, int end) {
        System.arraycopy(a, at, p, at, end - at);
        System.arraycopy(a, at, q, at, end - at);
    }

    private static void firstFour(byte[] p, byte[] q, byte[] d, byte[] c, byte[] b, byte[] a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector vd = ByteVector.fromArray(SPECIES, d, i);
            ByteVector vc = ByteVector.fromArray(SPECIES, c, i);
            ByteVector vb = ByteVector.fromArray(SPECIES, b, i);
            ByteVector va = ByteVector.fromArray(SPECIES, a, i);
            vd.lanewise(VectorOperators.XOR, vc)
                    .lanewise(VectorOperators.XOR, vb)
                    .lanewise(VectorOperators.XOR, va)
                    .intoArray(p, i);
            horner(vd, vc, vb, va).intoArray(q, i);
        }
    }

    private static void nextFour(byte[] p, byte[] q, byte[] d, byte[] c, byte[] b, byte[] a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector vd = ByteVector.fromArray(SPECIES, d, i);
            ByteVector vc = ByteVector.fromArray(SPECIES, c, i);
            ByteVector vb = ByteVector.fromArray(SPECIES, b, i);
            ByteVector va = ByteVector.fromArray(SPECIES, a, i);
            ByteVector.fromArray(SPECIES, p, i)
                    .lanewise(VectorOperators.XOR, vd)
                    .lanewise(VectorOperators.XOR, vc)
                    .lanewise(VectorOperators.XOR, vb)
                    .lanewise(VectorOperators.XOR, va)
                    .intoArray(p, i);
            ByteVector sum = ByteVector.fromArray(SPECIES, q, i);
            horner(horner(sum, vd), vc, vb, va).intoArray(q, i);
        }
    }

    private static void next(byte[] p, byte[] q, byte[] a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector va = ByteVector.fromArray(SPECIES, a, i);
            ByteVector.fromArray(SPECIES, p, i)
                    .lanewise(VectorOperators.XOR, va)
                    .intoArray(p, i);
            horner(ByteVector.fromArray(SPECIES, q, i), va).intoArray(q, i);
        }
    }

    /** Three steps. */
    static ByteVector horner(ByteVector sum, ByteVector next, ByteVector second, ByteVector third) {
        return horner(horner(horner(sum, next), second), third);
    }

    /** A step of Horner's rule: twice the sum, and the next. */
    static ByteVector horner(ByteVector sum, ByteVector next) {
        return sum.add(sum)
                .lanewise(VectorOperators.XOR, REMAINDER, sum.lt((byte) 0))
                .lanewise(VectorOperators.XOR, next);
    }

    @Override
    public void addProduct(byte[] target, byte[] source, int factor, int at, int length) {
        ByteVector low = table(factor, 1);
        ByteVector high = table(factor, HALF);
        for (int i = at; i < at + length; i += SPECIES.length()) {
            ByteVector bytes = ByteVector.fromArray(SPECIES, source, i);
            ByteVector lowHalf = bytes.and((byte) (HALF - 1));
            ByteVector highHalf = bytes.lanewise(VectorOperators.LSHR, 4).and((byte) (HALF - 1));
            ByteVector.fromArray(SPECIES, target, i)
                    .lanewise(VectorOperators.XOR, lowHalf.selectFrom(low))
                    .lanewise(VectorOperators.XOR, highHalf.selectFrom(high))
                    .intoArray(target, i);
        }
    }

    /** The products of {@code factor} with 0 to 15 times {@code step}, repeated to the length of a vector. */
    private static ByteVector table(int factor, int step) {
        byte[] products = new byte[SPECIES.length()];
        for (int i = 0; i < products.length; i++) {
            products[i] = (byte) Galois.product(factor, i % HALF * step);
        }
        return ByteVector.fromArray(SPECIES, products, 0);
    }
}
