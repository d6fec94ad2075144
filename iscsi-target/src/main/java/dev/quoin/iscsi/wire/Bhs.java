package dev.quoin.iscsi.wire;

import java.nio.ByteBuffer;

/**
 * The fields of the 48-byte basic header segment, read and written in place (RFC 7143 11.2.1).
 *
 * <pre>
 * byte   field
 * 0      bit 6 immediate (requests), bits 0-5 operation code
 * 1      bit 7 final, the rest depends on the operation code
 * 2-3    depends on the operation code
 * 4      TotalAHSLength in units of four bytes
 * 5-7    DataSegmentLength in bytes, without padding
 * 8-15   LUN, or depends on the operation code
 * 16-19  initiator task tag
 * 20-23  target transfer tag, or depends on the operation code
 * 24-27  CmdSN (requests), StatSN (responses)
 * 28-31  ExpStatSN (requests), ExpCmdSN (responses)
 * 32-35  MaxCmdSN (responses)
 * 32-47  depends on the operation code
 * </pre>
 *
 * <p>All numbers are big-endian. Every method takes the buffer and the position of the header in it, and leaves the buffer's
 * own position alone. The buffer must be big-endian and must hold 48 bytes from there.
 */
public final class Bhs {

    /** The length of a basic header segment in bytes. */
    public static final int LENGTH = 48;

    /** The tag that stands for "none" (RFC 7143 11.2.1.8, 11.2.2). */
    public static final int TAG_NONE = 0xFFFF_FFFF;

    public static final int FLAG_FINAL = 0x80;
    public static final int FLAG_CONTINUE = 0x40;
    public static final int FLAG_READ = 0x40;
    public static final int FLAG_WRITE = 0x20;

    /** The task attribute in the flags of a SCSI Command. */
    public static final int ATTRIBUTE_MASK = 0x07;

    public static final int FLAG_OVERFLOW = 0x04;
    public static final int FLAG_UNDERFLOW = 0x02;
    public static final int FLAG_STATUS = 0x01;

    private static final int IMMEDIATE = 0x40;

    private Bhs() {}

    public static int opcode(ByteBuffer in, int at) {
        return in.get(at) & 0x3F;
    }

    public static boolean immediate(ByteBuffer in, int at) {
        return (in.get(at) & IMMEDIATE) != 0;
    }

    public static int flags(ByteBuffer in, int at) {
        return in.get(at + 1) & 0xFF;
    }

    public static boolean isFinal(ByteBuffer in, int at) {
        return in.get(at + 1) < 0;
    }

    /** In bytes. */
    public static int ahsLength(ByteBuffer in, int at) {
        return (in.get(at + 4) & 0xFF) * 4;
    }

    /** In bytes, without padding; at most 16,777,215. */
    public static int dataLength(ByteBuffer in, int at) {
        return in.getInt(at + 4) & 0xFF_FFFF;
    }

    public static long lun(ByteBuffer in, int at) {
        return in.getLong(at + 8);
    }

    public static int initiatorTaskTag(ByteBuffer in, int at) {
        return in.getInt(at + 16);
    }

    public static int targetTransferTag(ByteBuffer in, int at) {
        return in.getInt(at + 20);
    }

    /** SCSI Command: the number of bytes that the initiator expects to move, unsigned. */
    public static long expectedLength(ByteBuffer in, int at) {
        return in.getInt(at + 20) & 0xFFFF_FFFFL;
    }

    public static int cmdSn(ByteBuffer in, int at) {
        return in.getInt(at + 24);
    }

    public static int expStatSn(ByteBuffer in, int at) {
        return in.getInt(at + 28);
    }

    public static int statSn(ByteBuffer in, int at) {
        return in.getInt(at + 24);
    }

    public static int expCmdSn(ByteBuffer in, int at) {
        return in.getInt(at + 28);
    }

    public static int maxCmdSn(ByteBuffer in, int at) {
        return in.getInt(at + 32);
    }

    /** Data-In, Data-Out, R2T: the number of the PDU in its sequence. */
    public static int dataSn(ByteBuffer in, int at) {
        return in.getInt(at + 36);
    }

    /** Data-In, Data-Out, R2T: where the data belongs in the command's buffer, in bytes, unsigned. */
    public static long bufferOffset(ByteBuffer in, int at) {
        return in.getInt(at + 40) & 0xFFFF_FFFFL;
    }

    /** R2T: the number of bytes asked for, unsigned. Data-In and SCSI Response: the residual count. */
    public static long lastWord(ByteBuffer in, int at) {
        return in.getInt(at + 44) & 0xFFFF_FFFFL;
    }

    /** The number of bytes with the padding to a multiple of four. */
    public static int padded(int length) {
        return (length + 3) & ~3;
    }

    /** Writes a header whose other fields are zero and whose LUN is 0. */
    public static void start(ByteBuffer out, int at, int opcode, int flags, int dataLength, int initiatorTaskTag) {
        out.putInt(at, opcode << 24 | flags << 16);
        out.putInt(at + 4, dataLength);
        out.putLong(at + 8, 0);
        out.putInt(at + 16, initiatorTaskTag);
        out.putInt(at + 20, 0);
        out.putLong(at + 24, 0);
        out.putLong(at + 32, 0);
        out.putLong(at + 40, 0);
    }

    /** Writes the flag byte of a header. */
    public static void putFlags(ByteBuffer out, int at, int flags) {
        out.put(at + 1, (byte) flags);
    }
}
