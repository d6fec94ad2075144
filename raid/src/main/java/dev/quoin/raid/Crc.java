package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The CRC32C of a metadata structure that holds its own checksum. */
final class Crc {

    private Crc() {}

    /** The CRC32C of the first {@code length} bytes, with the four bytes at {@code field} taken as zero. */
    static int of(ByteBuffer structure, int length, int field) {
        CRC32C crc = new CRC32C();
        crc.update(structure.duplicate().position(0).limit(field));
        crc.update(new byte[4]);
        crc.update(structure.duplicate().limit(length).position(field + 4));
        return (int) crc.getValue();
    }

    /** Puts the checksum in its place. */
    static void seal(ByteBuffer structure, int length, int field) {
        structure.putInt(field, of(structure, length, field));
    }

    /** Whether the checksum is right. */
    static boolean holds(ByteBuffer structure, int length, int field) {
        return structure.getInt(field) == of(structure, length, field);
    }
}
