package dev.quoin.iscsi.wire;

/**
 * The eight-byte LUN field (SAM-5 4.7, RFC 7143 11.2.1.7) for logical units on the first level.
 *
 * <pre>
 * byte 0 bits 6-7  0: peripheral device addressing, bits 0-5 bus 0, byte 1 the number 0..255
 *                  1: flat space addressing, bits 0-5 and byte 1 the number 0..16383
 * bytes 2-7        0
 * </pre>
 */
public final class LunField {

    /** The largest logical unit number. */
    public static final int NUMBER_MAX = 16_383;

    /** What {@link #decode} gives for a field that names no unit on the first level. */
    public static final int NONE = -1;

    private LunField() {}

    /** The number that the field names, or {@link #NONE}. */
    public static int decode(long field) {
        if ((field & 0x0000_FFFF_FFFF_FFFFL) != 0) {
            return NONE;
        }
        int first = (int) (field >>> 56);
        return switch (first >>> 6) {
            case 0 -> (first & 0x3F) == 0 ? (int) (field >>> 48) & 0xFF : NONE;
            case 1 -> (int) (field >>> 48) & NUMBER_MAX;
            default -> NONE;
        };
    }

    /** The field for a number from 0 to {@link #NUMBER_MAX}. */
    public static long encode(int number) {
        if (number < 0 || number > NUMBER_MAX) {
            throw new IllegalArgumentException("logical unit number " + number + " found, 0 to 16383 expected");
        }
        return number <= 0xFF ? (long) number << 48 : (long) (number | 0x4000) << 48;
    }
}
