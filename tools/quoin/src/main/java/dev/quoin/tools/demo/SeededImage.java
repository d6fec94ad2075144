package dev.quoin.tools.demo;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The content of a disk image that a seed stands for. Each piece can be made and compared by itself, so no copy is kept.
 *
 * <p>Immutable; any thread.
 *
 * @param length in bytes, a multiple of {@link #PIECE}
 */
record SeededImage(long seed, long length) {

    /** The bytes of one piece. */
    static final int PIECE = 1 << 20;

    private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
            RandomGeneratorFactory.of("L64X128MixRandom");

    SeededImage {
        if (length <= 0 || length % PIECE != 0) {
            throw new IllegalArgumentException(
                    "length " + length + " found, a positive multiple of " + PIECE + " expected");
        }
    }

    /** How many pieces there are. */
    int pieces() {
        return Math.toIntExact(length / PIECE);
    }

    /** The content of piece {@code index}, from 0 on, in a new array. */
    byte[] piece(int index) {
        byte[] content = new byte[PIECE];
        FACTORY.create(seed * 1_000_003 + index).nextBytes(content);
        return content;
    }

    /** Whether the remaining bytes of {@code found} are piece {@code index}. */
    boolean matches(int index, ByteBuffer found) {
        return ByteBuffer.wrap(piece(index)).equals(found);
    }
}
