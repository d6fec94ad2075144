package dev.quoin.raid;

import java.util.Arrays;

/**
 * The parity kernel: the XOR of several byte ranges.
 *
 * <p>All inputs in one pass, out of place, with an {@code int} index: in this form the compiler makes vector code of a plain loop,
 * several times faster than in-place passes.
 */
final class Xor {

    private Xor() {}

    /** As the other, of all inputs. */
    static void into(byte[] target, byte[][] inputs, int at, int length) {
        into(target, inputs, inputs.length, at, length);
    }

    /**
     * Sets {@code length} bytes of {@code target} from {@code at} on to the XOR of the same range of the first {@code count}
     * arrays of {@code inputs}. The target may be one of the inputs.
     */
    static void into(byte[] target, byte[][] inputs, int count, int at, int length) {
        int end = at + length;
        switch (count) {
            case 0 -> Arrays.fill(target, at, end, (byte) 0);
            case 1 -> System.arraycopy(inputs[0], at, target, at, length);
            case 2 -> two(target, inputs[0], inputs[1], at, end);
            case 3 -> three(target, inputs[0], inputs[1], inputs[2], at, end);
            case 4 -> four(target, inputs[0], inputs[1], inputs[2], inputs[3], at, end);
            default -> {
                four(target, inputs[0], inputs[1], inputs[2], inputs[3], at, end);
                rest(target, inputs, count, at, end);
            }
        }
    }

    private static void rest(byte[] target, byte[][] inputs, int count, int at, int end) {
        int i = 4;
        for (; i + 3 <= count; i += 3) {
            four(target, target, inputs[i], inputs[i + 1], inputs[i + 2], at, end);
        }
        for (; i < count; i++) {
            two(target, target, inputs[i], at, end);
        }
    }

    private static void two(byte[] target, byte[] a, byte[] b, int at, int end) {
        for (int i = at; i < end; i++) {
            target[i] = (byte) (a[i] ^ b[i]);
        }
    }

    private static void three(byte[] target, byte[] a, byte[] b, byte[] c, int at, int end) {
        for (int i = at; i < end; i++) {
            target[i] = (byte) (a[i] ^ b[i] ^ c[i]);
        }
    }

    private static void four(byte[] target, byte[] a, byte[] b, byte[] c, byte[] d, int at, int end) {
        for (int i = at; i < end; i++) {
            target[i] = (byte) (a[i] ^ b[i] ^ c[i] ^ d[i]);
        }
    }
}
