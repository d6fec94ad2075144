package dev.quoin.raid;

import org.jspecify.annotations.Nullable;

/**
 * Arithmetic in GF(2^8) with the polynomial 0x11d, on bytes and on ranges of bytes.
 *
 * <p>Ranges are multiples of 512 bytes, begin at such a multiple and are worked on in one pass, out of place, with an {@code int}
 * index. If the program was started with {@code --add-modules jdk.incubator.vector}, by vectors, else eight bytes at a time.
 */
final class Galois {

    private static final int POLYNOMIAL = 0x11d;
    private static final int ORDER = 255;
    private static final int[] POWERS = new int[ORDER];
    private static final int[] LOGARITHMS = new int[ORDER + 1];

    static {
        int value = 1;
        for (int i = 0; i < ORDER; i++) {
            POWERS[i] = value;
            LOGARITHMS[value] = i;
            value <<= 1;
            value = value > ORDER ? value ^ POLYNOMIAL : value;
        }
    }

    private static final boolean VECTORS =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && VectorKernel.fits();
    private static final GaloisKernel KERNEL = VECTORS ? new VectorKernel() : new WordKernel();

    /** For buffers outside the heap; null if the program was started without the module, or the processor has no vectors. */
    static final @Nullable BufferKernel BUFFERS = VECTORS ? new BufferKernel() : null;

    private Galois() {}

    /** 2 to the power of {@code exponent}, which is not negative. */
    static int power(int exponent) {
        return POWERS[exponent % ORDER];
    }

    static int product(int a, int b) {
        return a == 0 || b == 0 ? 0 : power(LOGARITHMS[a] + LOGARITHMS[b]);
    }

    /** What {@code value}, which is not 0, must be multiplied with to give 1. */
    static int inverse(int value) {
        if (value == 0) {
            throw new ArithmeticException("0 has no inverse");
        }
        return power(ORDER - LOGARITHMS[value]);
    }

    /**
     * Sets the range of {@code p} to the XOR of the data, and that of {@code q} to the sum of the data at {@code i} times 2 to the
     * power of {@code i}.
     *
     * @param data one or more; neither {@code p} nor {@code q} is among them
     */
    static void syndromes(byte[] p, byte[] q, byte[][] data, int at, int length) {
        KERNEL.syndromes(p, q, data, at, length);
    }

    /** Adds {@code factor} times the range of {@code source} to that of {@code target}. */
    static void addProduct(byte[] target, byte[] source, int factor, int at, int length) {
        KERNEL.addProduct(target, source, factor, at, length);
    }
}
