package dev.quoin.blockstore.catalogue;

import java.nio.ByteBuffer;

/**
 * What changes about a pool. Each transaction of the owner writes it and requires the one before, so that the transactions of
 * a pool form one chain and a delayed one cannot take effect after a later one.
 *
 * <pre>
 * byte  length  field of the body
 *   0      8    generation
 *   8      4    high-water mark, in extents
 * </pre>
 *
 * @param generation rises by one with each transaction
 * @param highWater extents from here on were never mapped, and so never written
 */
public record PoolState(long generation, int highWater) {

    /** The longest encoding, in bytes. */
    public static final int LENGTH = Envelope.OVERHEAD + 12;

    public PoolState {
        if (generation < 0 || highWater < 0) {
            throw new IllegalArgumentException(
                    "generation " + generation + " and high-water mark " + highWater + " found, 0 or more expected");
        }
    }

    /** Its bytes. */
    public byte[] encode() {
        return Envelope.seal(
                Envelope.MAGIC_STATE, Envelope.body(12).putLong(generation).putInt(highWater));
    }

    /** The state in {@code bytes}. */
    public static Decoded<PoolState> decode(byte[] bytes) {
        return Envelope.open(
                Envelope.MAGIC_STATE, bytes, (ByteBuffer body) -> new PoolState(body.getLong(), body.getInt()));
    }
}
