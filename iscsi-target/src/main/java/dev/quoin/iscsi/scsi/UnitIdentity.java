package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * By what initiators tell a logical unit from others, also over several paths (SPC-4 6.6.2, 7.8).
 *
 * @param vendor at most 8 printable ASCII characters
 * @param product at most 16 printable ASCII characters
 * @param revision at most 4 printable ASCII characters
 * @param serial unique among all units that one initiator may see, constant for the life of the data, 1 to 64 printable ASCII
 *     characters
 */
public record UnitIdentity(String vendor, String product, String revision, String serial) {

    private static final int SERIAL_LENGTH_MAX = 64;

    public UnitIdentity {
        check("vendor", vendor, 8);
        check("product", product, 16);
        check("revision", revision, 4);
        check("serial", serial, SERIAL_LENGTH_MAX);
        if (serial.isBlank()) {
            throw new IllegalArgumentException("serial '" + serial + "' found, at least one character expected");
        }
    }

    /** The identity of a Quoin volume with this serial. */
    public static UnitIdentity of(String serial) {
        return new UnitIdentity("QUOIN", "VOLUME", "0001", serial);
    }

    /**
     * A world-wide-like number made of vendor and serial: NAA 3, locally assigned (SPC-4 7.8.6.6.4), four bits of type and 60
     * bits of SHA-256.
     */
    public long locallyAssigned() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((vendor + '\n' + serial).getBytes(StandardCharsets.US_ASCII));
            return 3L << 60 | ByteBuffer.wrap(hash).getLong() >>> 4;
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("SHA-256 is part of every Java", missing);
        }
    }

    private static void check(String field, String value, int lengthMax) {
        if (value.length() > lengthMax || !value.chars().allMatch(c -> c >= 0x20 && c < 0x7F)) {
            throw new IllegalArgumentException(
                    field + " '" + value + "' found, at most " + lengthMax + " printable ASCII characters expected");
        }
    }
}
