package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The answers to LOG SENSE (SPC-4 7.3): the pages that there are, and informational exceptions, of which there are none. */
public final class LogData {

    private static final int SUPPORTED = 0x00;
    private static final int INFORMATIONAL_EXCEPTIONS = 0x2F;

    private LogData() {}

    /** A page, or null if there is none of that number. */
    public static byte @Nullable [] page(int page, int subpage) {
        if (subpage != 0) {
            return null;
        }
        return switch (page) {
            case SUPPORTED -> new byte[] {SUPPORTED, 0, 0, 2, SUPPORTED, INFORMATIONAL_EXCEPTIONS};
            case INFORMATIONAL_EXCEPTIONS ->
                // Parameter 0: format 03h, 4 bytes: no code, no qualifier, temperature not known.
                ByteBuffer.allocate(12)
                        .put((byte) INFORMATIONAL_EXCEPTIONS)
                        .put((byte) 0)
                        .putShort((short) 8)
                        .putShort((short) 0)
                        .put((byte) 0x03)
                        .put((byte) 4)
                        .put(10, (byte) 0xFF)
                        .array();
            default -> null;
        };
    }
}
