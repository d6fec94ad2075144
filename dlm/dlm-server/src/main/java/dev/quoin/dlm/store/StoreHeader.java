package dev.quoin.dlm.store;

import dev.quoin.dlm.raft.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The two records that tell what a store is, big-endian:
 *
 * <pre>
 * format, key "format"          place in the log, key "applied"
 *  0  8  magic "QUOINDLM"        0  8  term
 *  8  4  version, 1              8  8  index
 * 12  4  compatible features    16  4  CRC32C of the bytes before
 * 16  4  read-only compatible
 * 20  4  incompatible
 * 24  4  CRC32C of the bytes before
 * </pre>
 *
 * A peer refuses a version or an incompatible feature that it does not know. Since a peer always writes, it also refuses a
 * read-only compatible one.
 */
final class StoreHeader {

    static final byte[] KEY = "format".getBytes(StandardCharsets.US_ASCII);
    static final byte[] POSITION_KEY = "applied".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] MAGIC = "QUOINDLM".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int LENGTH = 28;
    private static final int POSITION_LENGTH = 20;

    /** A peer that starts empty has forgotten what it acknowledged, so a majority could be made that never saw it. */
    static final String ADVICE = "leave this peer stopped and the others running, and put back a copy of its directory;"
            + " do not start it empty unless all other peers run";

    private StoreHeader() {}

    static byte[] encode() {
        return encode(VERSION, 0);
    }

    static byte[] encode(int version, int incompatible) {
        byte[] bytes = new byte[LENGTH];
        ByteBuffer.wrap(bytes).put(MAGIC).putInt(version).putInt(0).putInt(0).putInt(incompatible);
        return sealed(bytes);
    }

    static void check(Path dir, byte[] bytes) throws IOException {
        ByteBuffer buffer = opened(dir, "header", bytes, LENGTH);
        byte[] magic = new byte[MAGIC.length];
        buffer.get(magic);
        if (!java.util.Arrays.equals(magic, MAGIC)) {
            throw new IOException(dir + " does not hold a lock manager's state: check the directory's name");
        }
        int version = buffer.getInt();
        // Skips the compatible features.
        buffer.getInt();
        int readOnlyCompatible = buffer.getInt();
        int unknown = readOnlyCompatible | buffer.getInt();
        if (version != VERSION || unknown != 0) {
            throw new IOException("the lock manager's state in " + dir + " has version " + version + " and features 0x"
                    + Integer.toHexString(unknown) + " unknown here, version " + VERSION
                    + " and none expected: it was written by a newer version, update this peer");
        }
    }

    static byte[] encode(LogPosition at) {
        byte[] bytes = new byte[POSITION_LENGTH];
        ByteBuffer.wrap(bytes).putLong(at.term()).putLong(at.index());
        return sealed(bytes);
    }

    static LogPosition position(Path dir, byte[] bytes) throws IOException {
        ByteBuffer buffer = opened(dir, "place in the log", bytes, POSITION_LENGTH);
        return new LogPosition(buffer.getLong(), buffer.getLong());
    }

    private static byte[] sealed(byte[] bytes) {
        ByteBuffer.wrap(bytes).putInt(bytes.length - Integer.BYTES, crc(bytes));
        return bytes;
    }

    private static ByteBuffer opened(Path dir, String what, byte[] bytes, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (bytes.length != length || buffer.getInt(length - Integer.BYTES) != crc(bytes)) {
            throw new IOException("the " + what + " of the lock manager's state in " + dir + " is damaged: " + ADVICE);
        }
        return buffer;
    }

    /** Of all but the last four bytes. */
    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - Integer.BYTES);
        return (int) crc.getValue();
    }
}
