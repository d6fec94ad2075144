package dev.quoin.dlm.raft.socket;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;

/**
 * One message on a connection; the byte table is in the package's description.
 *
 * @param call the number of the call
 * @param payload not copied
 */
record Frame(Kind kind, long call, byte[] payload) {

    static final int MAGIC = 0x51524654;
    static final byte VERSION = 1;
    static final int HEADER_BYTES = 24;

    /** The longest payload: what an appender puts in one request, and room for one large entry more. */
    static final int PAYLOAD_MAX = 8 << 20;

    /** The longest payload of one who has not been recognised yet. */
    static final int GREETING_MAX = 1 << 10;

    private static final int CHECKED_BYTES = 20;
    private static final int VERSION_AT = 4;
    private static final int KIND_AT = 5;
    private static final int RESERVED_AT = 6;
    private static final int CALL_AT = 8;
    private static final int LENGTH_AT = 16;

    /** Up to here the payload gets its array at once; beyond it the array grows with what really comes. */
    private static final int TRUSTED_BYTES = 64 << 10;

    /** The frame as it goes over the wire. */
    static byte[] encode(Kind kind, long call, byte[] payload) {
        byte[] bytes = new byte[HEADER_BYTES + payload.length];
        System.arraycopy(payload, 0, bytes, HEADER_BYTES, payload.length);
        return sealed(kind, call, bytes);
    }

    /** The frame of a protocol buffer as it goes over the wire. */
    static byte[] encode(Kind kind, long call, MessageLite message) throws IOException {
        int size = message.getSerializedSize();
        if (size > PAYLOAD_MAX) {
            throw new IOException(
                    "a message of " + size + " bytes to be sent found, at most " + PAYLOAD_MAX + " expected");
        }
        byte[] bytes = new byte[HEADER_BYTES + size];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes, HEADER_BYTES, size);
        message.writeTo(out);
        out.checkNoSpaceLeft();
        return sealed(kind, call, bytes);
    }

    private static byte[] sealed(Kind kind, long call, byte[] bytes) {
        ByteBuffer.wrap(bytes)
                .putInt(MAGIC)
                .put(VERSION)
                .put(kind.code)
                .putShort((short) 0)
                .putLong(call)
                .putInt(bytes.length - HEADER_BYTES)
                .putInt(crc(bytes, bytes, HEADER_BYTES));
        return bytes;
    }

    private static int crc(byte[] header, byte[] payload, int from) {
        CRC32C crc = new CRC32C();
        crc.update(header, 0, CHECKED_BYTES);
        crc.update(payload, from, payload.length - from);
        return (int) crc.getValue();
    }

    /**
     * Reads the next frame. Blocking.
     *
     * @param payloadMax the longest payload that is accepted
     * @throws EOFException if the connection has ended
     * @throws BadFrameException if what comes is no frame
     */
    static Frame read(InputStream in, int payloadMax) throws IOException {
        byte[] header = in.readNBytes(HEADER_BYTES);
        if (header.length >= Integer.BYTES) {
            checkMagic(header);
        }
        if (header.length < HEADER_BYTES) {
            throw new EOFException("the connection ended");
        }
        ByteBuffer fields = ByteBuffer.wrap(header);
        if (header[VERSION_AT] != VERSION) {
            throw new BadFrameException("frame of version " + header[VERSION_AT] + " found, " + VERSION
                    + " expected: give all peers the same release");
        }
        Kind kind = Kind.of(header[KIND_AT]);
        if (kind == null || fields.getShort(RESERVED_AT) != 0) {
            throw new BadFrameException("frame of kind " + header[KIND_AT] + " and reserved bytes "
                    + fields.getShort(RESERVED_AT) + " found, a known kind and 0 expected");
        }
        int length = fields.getInt(LENGTH_AT);
        if (length < 0 || length > payloadMax) {
            throw new BadFrameException("frame " + kind + " with a payload of " + Integer.toUnsignedString(length)
                    + " bytes found, at most " + payloadMax + " expected");
        }
        byte[] payload = payload(in, length);
        int crc = crc(header, payload, 0);
        if (crc != fields.getInt(CHECKED_BYTES)) {
            throw new BadFrameException("frame " + kind + " with checksum "
                    + Integer.toHexString(fields.getInt(CHECKED_BYTES)) + " found, " + Integer.toHexString(crc)
                    + " expected: it was damaged on its way");
        }
        return new Frame(kind, fields.getLong(CALL_AT), payload);
    }

    private static void checkMagic(byte[] start) throws BadFrameException {
        if (ByteBuffer.wrap(start).getInt(0) != MAGIC) {
            throw new BadFrameException("bytes " + HexFormat.of().formatHex(start, 0, Integer.BYTES)
                    + " found, the beginning of a frame expected: give all peers of the group the same transport"
                    + " (grpc or socket) and the same security");
        }
    }

    private static byte[] payload(InputStream in, int length) throws IOException {
        byte[] payload;
        if (length <= TRUSTED_BYTES) {
            payload = new byte[length];
            if (in.readNBytes(payload, 0, length) == length) {
                return payload;
            }
        } else {
            payload = in.readNBytes(length);
            if (payload.length == length) {
                return payload;
            }
        }
        throw new EOFException("the connection ended inside a frame of " + length + " bytes");
    }

    /** The payload as text. */
    String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }
}
