package dev.quoin.iscsi.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes an input of good ones: a few bits, bytes, words or pieces changed, cut, doubled or taken from another one. */
final class Mutations {

    private static final int CHANGES_MAX = 4;

    /** One input of so many is random from the first byte to the last. */
    private static final int RANDOM_ONE_OF = 16;

    private static final long[] EDGES = {
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        15,
        16,
        0x1F,
        0x20,
        0x3F,
        0x40,
        0x7F,
        0x80,
        0xFF,
        0x100,
        0x7FFF,
        0x8000,
        0xFFFF,
        0x1_0000,
        0x7FFF_FFFFL,
        0x8000_0000L,
        0xFFFF_FFFFL,
        0x7FFF_FFFF_FFFF_FFFFL,
        0x8000_0000_0000_0000L,
        -1,
        -2
    };

    private static final byte[] SIGNS = {0, '=', ',', '0', 'x', 'b', '9', '-', '[', ']', ':', (byte) 0xC3, (byte) 0xFF};

    private Mutations() {}

    static byte[] next(RandomGenerator random, List<byte[]> corpus, int lengthMax) {
        if (corpus.isEmpty() || random.nextInt(RANDOM_ONE_OF) == 0) {
            byte[] bytes = new byte[random.nextInt(lengthMax + 1)];
            random.nextBytes(bytes);
            return bytes;
        }
        byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
        for (int left = 1 + random.nextInt(CHANGES_MAX); left > 0; left--) {
            bytes = change(random, bytes, corpus);
        }
        return bytes.length > lengthMax ? Arrays.copyOf(bytes, lengthMax) : bytes;
    }

    private static byte[] change(RandomGenerator random, byte[] bytes, List<byte[]> corpus) {
        if (bytes.length == 0) {
            return new byte[1 + random.nextInt(8)];
        }
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(10)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> bytes[at] = SIGNS[random.nextInt(SIGNS.length)];
            case 3 -> number(random, bytes, at, EDGES[random.nextInt(EDGES.length)]);
            case 4 -> number(random, bytes, at, bytes.length + random.nextInt(-4, 5));
            case 5 -> bytes[at] += (byte) random.nextInt(-2, 3);
            case 6 -> {
                return Arrays.copyOf(bytes, random.nextInt(4) == 0 ? at : bytes.length + random.nextInt(12));
            }
            case 7 -> {
                return without(bytes, at, 1 + random.nextInt(8));
            }
            case 8 -> {
                return doubled(bytes, at, 1 + random.nextInt(16));
            }
            default -> {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                return joined(bytes, at, other, random.nextInt(other.length + 1));
            }
        }
        return bytes;
    }

    /** Writes a big-endian number of 1, 2, 4 or 8 bytes, as much of it as there is room for. */
    private static void number(RandomGenerator random, byte[] bytes, int at, long value) {
        int length = 1 << random.nextInt(4);
        for (int i = 0; i < length && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> (8 * (length - 1 - i)));
        }
    }

    private static byte[] without(byte[] bytes, int at, int count) {
        return joined(bytes, at, bytes, Math.min(bytes.length, at + count));
    }

    private static byte[] doubled(byte[] bytes, int at, int count) {
        int end = Math.min(bytes.length, at + count);
        return joined(bytes, end, bytes, at);
    }

    /** The first bytes up to {@code end}, then the second from {@code start}. */
    private static byte[] joined(byte[] first, int end, byte[] second, int start) {
        byte[] all = Arrays.copyOf(first, end + second.length - start);
        System.arraycopy(second, start, all, end, second.length - start);
        return all;
    }
}
