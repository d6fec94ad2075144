package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;

/** The answers about EXTENDED COPY: RECEIVE COPY RESULTS (SPC-4 6.20, 6.22) and the vital page (SPC-4 7.8.17). */
public final class CopyData {

    /** Service actions of RECEIVE COPY RESULTS. */
    public static final int STATUS = 0x00;

    public static final int OPERATING_PARAMETERS = 0x03;

    private static final int COMPLETED = 1;
    private static final int FAILED = 2;
    private static final int GRANULARITY_LOG2 = 9;

    private CopyData() {}

    /**
     * How a copy ended.
     *
     * <pre>
     * byte 0-3  length of what follows, 8
     * byte 4    1 completed, 2 completed with errors
     * byte 5-6  segments processed
     * </pre>
     */
    public static byte[] status(boolean good, int segments) {
        return ByteBuffer.allocate(12)
                .putInt(8)
                .put((byte) (good ? COMPLETED : FAILED))
                .putShort((short) segments)
                .array();
    }

    /**
     * What copies there can be.
     *
     * <pre>
     * byte 0-3    length of what follows
     * byte 8-9    most target descriptors, 10-11 most segment descriptors, 12-15 longest list of both
     * byte 16-19  longest segment in bytes
     * byte 34-35  most copies at once, 36 of one initiator, 37 granularity as a power of two
     * byte 43     number of descriptor types, which follow
     * </pre>
     */
    public static byte[] operatingParameters() {
        return ByteBuffer.allocate(46)
                .putInt(42)
                .putShort(8, (short) CopyList.TARGETS_MAX)
                .putShort(10, (short) CopyList.SEGMENTS_MAX)
                .putInt(12, CopyList.DESCRIPTOR_BYTES_MAX)
                .putInt(16, CopyList.SEGMENT_BYTES_MAX)
                .putShort(34, (short) 128)
                .put(36, (byte) 128)
                .put(37, (byte) GRANULARITY_LOG2)
                .put(43, (byte) 2)
                .put(44, (byte) CopyList.BLOCK_TO_BLOCK)
                .put(45, (byte) CopyList.IDENTIFICATION)
                .array();
    }

    /** Third-party copy, VPD page 8Fh: one descriptor of type 0001h that lists the commands and their service actions. */
    static byte[] page() {
        return ByteBuffer.allocate(16)
                .put((byte) 0)
                .put((byte) 0x8F)
                .putShort((short) 12)
                .putShort((short) 0x0001)
                .putShort((short) 8)
                .put((byte) 7)
                .put((byte) Cdb.EXTENDED_COPY)
                .put((byte) 1)
                .put((byte) 0)
                .put((byte) Cdb.RECEIVE_COPY_RESULTS)
                .put((byte) 2)
                .put((byte) STATUS)
                .put((byte) OPERATING_PARAMETERS)
                .array();
    }
}
