package dev.quoin.iscsi.wire;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Header and data digests: CRC32C (RFC 7143 13.1, RFC 3720 B.4 for examples).
 *
 * <p>The checksum travels with its least significant byte first, so in a big-endian buffer it is the reversed integer. An
 * instance belongs to one thread.
 */
public final class Digests {

    /** The length of a digest in bytes. */
    public static final int LENGTH = 4;

    private final CRC32C crc = new CRC32C();

    /** The digest of {@code length} bytes at {@code at}, as {@link ByteBuffer#getInt(int)} reads it from the wire. */
    public int of(ByteBuffer buffer, int at, int length) {
        int position = buffer.position();
        int limit = buffer.limit();
        crc.reset();
        buffer.limit(at + length).position(at);
        crc.update(buffer);
        buffer.limit(limit).position(position);
        return Integer.reverseBytes((int) crc.getValue());
    }

    /** Writes the digest of {@code length} bytes at {@code at} right behind them. */
    public void append(ByteBuffer buffer, int at, int length) {
        buffer.putInt(at + length, of(buffer, at, length));
    }
}
