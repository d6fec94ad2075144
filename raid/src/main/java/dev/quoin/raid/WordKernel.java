package dev.quoin.raid;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Eight bytes at a time in the bits of a long: all that can be done without the incubator module. */
final class WordKernel implements GaloisKernel {

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_SEVEN = 0x7f7f7f7f7f7f7f7fL;
    private static final long LOWEST = 0x0101010101010101L;
    private static final long REMAINDER = 0x1d;

    @Override
    public void syndromes(byte[] p, byte[] q, byte[][] data, int at, int length) {
        for (int i = at; i < at + length; i += Long.BYTES) {
            long sum = (long) WORDS.get(data[data.length - 1], i);
            long horner = sum;
            for (int k = data.length - 2; k >= 0; k--) {
                long next = (long) WORDS.get(data[k], i);
                sum ^= next;
                horner = twice(horner) ^ next;
            }
            WORDS.set(p, i, sum);
            WORDS.set(q, i, horner);
        }
    }

    @Override
    public void addProduct(byte[] target, byte[] source, int factor, int at, int length) {
        for (int i = at; i < at + length; i += Long.BYTES) {
            long multiple = (long) WORDS.get(source, i);
            long sum = (long) WORDS.get(target, i);
            for (int left = factor; left != 0; left >>= 1) {
                sum ^= (left & 1) != 0 ? multiple : 0;
                multiple = twice(multiple);
            }
            WORDS.set(target, i, sum);
        }
    }

    private static long twice(long bytes) {
        return ((bytes & LOW_SEVEN) << 1) ^ (((bytes >>> 7) & LOWEST) * REMAINDER);
    }
}
