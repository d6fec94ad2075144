package dev.quoin.blockstore.catalogue;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.zip.CRC32C;

/**
 * The frame around each record of the block store. Little-endian.
 *
 * <pre>
 * byte   length  field
 *   0       4    magic, four ASCII letters: QBSP pool, QBSS pool state, QBSV volume, QBSM map chunk, QBSL array label,
 *                  QBSO pool settings
 *   4       2    version, 1
 *   6       2    zero
 *   8       4    compatible features: who does not know one may read and write
 *  12       4    read-only compatible features: who does not know one may read only
 *  16       4    incompatible features: who does not know one may do nothing
 *  20       4    body length n
 *  24       n    body, as its record says
 *  24+n     4    CRC32C of bytes 0 to 24+n
 * </pre>
 *
 * <p>Version 1 knows no feature. The owner of a pool writes all of these records, so that an unknown read-only compatible
 * feature stops it as an incompatible one does.
 */
final class Envelope {

    static final int MAGIC_POOL = magic("QBSP");
    static final int MAGIC_STATE = magic("QBSS");
    static final int MAGIC_VOLUME = magic("QBSV");
    static final int MAGIC_MAP = magic("QBSM");
    static final int MAGIC_LABEL = magic("QBSL");
    static final int MAGIC_SETTINGS = magic("QBSO");

    static final int VERSION = 1;
    static final int HEADER_LENGTH = 24;
    static final int CRC_LENGTH = 4;

    /** The frame's share of a record's length, in bytes. */
    static final int OVERHEAD = HEADER_LENGTH + CRC_LENGTH;

    private Envelope() {}

    /** The record around {@code body}'s bytes from 0 to its position. */
    static byte[] seal(int magic, ByteBuffer body) {
        int length = body.position();
        ByteBuffer record = ByteBuffer.allocate(OVERHEAD + length).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(magic).putShort((short) VERSION).putShort((short) 0);
        record.putInt(0).putInt(0).putInt(0).putInt(length);
        record.put(body.duplicate().flip());
        record.putInt(crc(record.array(), record.position()));
        return record.array();
    }

    /** An empty little-endian body of at most {@code capacity} bytes. */
    static ByteBuffer body(int capacity) {
        return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The record in {@code bytes}, which may be followed by anything.
     *
     * @param decoder reads the body; it may run into its end or meet a value that the record's constructor refuses
     */
    static <T> Decoded<T> open(int magic, byte[] bytes, Function<ByteBuffer, T> decoder) {
        if (bytes.length < OVERHEAD) {
            return new Decoded.Malformed<>(bytes.length + " bytes found, at least " + OVERHEAD + " expected");
        }
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (record.getInt(0) != magic) {
            return new Decoded.Malformed<>(
                    String.format("magic 0x%08x found, 0x%08x expected", record.getInt(0), magic));
        }
        int length = record.getInt(20);
        if (length < 0 || length > bytes.length - OVERHEAD) {
            return new Decoded.Malformed<>(
                    "body length " + length + " found, 0 to " + (bytes.length - OVERHEAD) + " expected");
        }
        int stored = record.getInt(HEADER_LENGTH + length);
        int computed = crc(bytes, HEADER_LENGTH + length);
        if (stored != computed) {
            return new Decoded.Malformed<>(
                    String.format("CRC32C 0x%08x found, 0x%08x expected: the record is damaged", stored, computed));
        }
        return features(record).then(header -> decode(header.slice(HEADER_LENGTH, length), decoder));
    }

    private static Decoded<ByteBuffer> features(ByteBuffer record) {
        int version = Short.toUnsignedInt(record.getShort(4));
        if (version != VERSION) {
            return new Decoded.Malformed<>(
                    "version " + version + " found, " + VERSION + " expected: a newer Quoin wrote it, run that one");
        }
        int unknown = record.getInt(12) | record.getInt(16);
        if (unknown != 0) {
            return new Decoded.Malformed<>(String.format(
                    "features 0x%08x found, none expected: a newer Quoin wrote it, run that one", unknown));
        }
        return new Decoded.Valid<>(record);
    }

    private static <T> Decoded<T> decode(ByteBuffer slice, Function<ByteBuffer, T> decoder) {
        ByteBuffer body = slice.order(ByteOrder.LITTLE_ENDIAN);
        try {
            T value = decoder.apply(body);
            if (body.hasRemaining()) {
                return new Decoded.Malformed<>(body.remaining() + " bytes found after the last field, none expected");
            }
            return new Decoded.Valid<>(value);
        } catch (BufferUnderflowException tooShort) {
            return new Decoded.Malformed<>("a body of " + body.limit() + " bytes found, more expected");
        } catch (IllegalArgumentException outOfRange) {
            return new Decoded.Malformed<>(String.valueOf(outOfRange.getMessage()));
        }
    }

    /** Writes a name as one length byte and its UTF-8. */
    static void putName(ByteBuffer body, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        body.put((byte) bytes.length).put(bytes);
    }

    /** Reads what {@link #putName} wrote. */
    static String getName(ByteBuffer body) {
        byte[] bytes = new byte[Byte.toUnsignedInt(body.get())];
        body.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static int magic(String letters) {
        return ByteBuffer.wrap(letters.getBytes(StandardCharsets.US_ASCII))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }
}
