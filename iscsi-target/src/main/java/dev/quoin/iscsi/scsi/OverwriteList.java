package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The parameter list of SANITIZE with OVERWRITE (SBC-4 5.30.2.2).
 *
 * <pre>
 * byte 0    bit 7 INVERT, bits 5-6 TEST, 0; bits 0-4 count of passes
 * byte 2-3  length of the pattern, 4.. pattern, which fills each block from its begin, repeated
 * </pre>
 *
 * @param passes 1 to 31
 * @param invert whether each pass but the first has the bits of the one before inverted
 * @param pattern 1 byte to a block; not copied
 */
public record OverwriteList(int passes, boolean invert, byte[] pattern) {

    /** The shortest list in bytes: a pattern of one byte. */
    public static final int LENGTH_MIN = 5;

    private static final int HEADER = 4;

    /** The longest list of a unit in bytes: a pattern of a block. */
    public static int lengthMax(LogicalUnit unit) {
        return HEADER + unit.geometry().blockSize();
    }

    /** Reads a list; null if a field of it cannot be accepted. */
    public static @Nullable OverwriteList read(ByteBuffer list, int blockSize) {
        if (list.limit() < LENGTH_MIN) {
            return null;
        }
        int first = list.get(0) & 0xFF;
        int length = list.getShort(2) & 0xFFFF;
        int passes = first & 0x1F;
        if ((first & 0x60) != 0 || passes == 0 || length == 0 || length > blockSize || length > list.limit() - HEADER) {
            return null;
        }
        byte[] pattern = new byte[length];
        list.get(HEADER, pattern);
        return new OverwriteList(passes, (first & 0x80) != 0, pattern);
    }

    /** Fills blocks with what a pass writes. */
    public void fill(int pass, ByteBuffer blocks, int blockSize) {
        int inverted = invert && pass % 2 == 1 ? 0xFF : 0;
        for (int i = 0; i < blocks.limit(); i++) {
            blocks.put(i, (byte) (pattern[i % blockSize % pattern.length] ^ inverted));
        }
    }
}
