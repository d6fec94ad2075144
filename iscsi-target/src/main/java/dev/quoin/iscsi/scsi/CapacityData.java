package dev.quoin.iscsi.scsi;

import dev.quoin.device.Geometry;
import dev.quoin.device.Provisioning;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The answers to READ CAPACITY and GET LBA STATUS (SBC-4 5.13, 5.14, 5.6). */
public final class CapacityData {

    private static final int STATUS_HEADER = 8;
    private static final int STATUS_DESCRIPTOR = 16;

    /** It bounds how long an answer takes. */
    private static final int STATUS_DESCRIPTORS_MAX = 1024;

    private static final int MAPPED_OR_UNKNOWN = 0;
    private static final int DEALLOCATED = 1;

    private CapacityData() {}

    /** Eight bytes: last block address, FFFFFFFFh if it needs the long form, and block length. */
    public static byte[] ten(LogicalUnit unit) {
        Geometry geometry = unit.geometry();
        long last = Math.min(geometry.blockCount() - 1, 0xFFFF_FFFFL);
        return ByteBuffer.allocate(8)
                .putInt((int) last)
                .putInt(geometry.blockSize())
                .array();
    }

    /**
     * The long form.
     *
     * <pre>
     * byte 0-7    last block address
     * byte 8-11   block length
     * byte 13     bits 0-3 the power of two of blocks in a physical block
     * byte 14     bit 7 LBPME, bit 6 LBPRZ
     * </pre>
     */
    public static byte[] sixteen(LogicalUnit unit) {
        Geometry geometry = unit.geometry();
        ByteBuffer data =
                ByteBuffer.allocate(32).putLong(geometry.blockCount() - 1).putInt(geometry.blockSize());
        int exponent = Integer.numberOfTrailingZeros(geometry.physicalBlockSize() / geometry.blockSize());
        data.put(13, (byte) Math.min(15, exponent));
        data.put(14, (byte) (unit.thin() ? 0xC0 : 0));
        return data.array();
    }

    /**
     * The provisioning of the blocks from {@code lba}, in as many descriptors as there is room for, at least one. Neighbours may say
     * the same. Where a device does not tell, all is "mapped or unknown".
     *
     * <pre>
     * byte 0-3    length of what follows
     * byte 8..    descriptors: first block 8, number of blocks 4, status 1, reserved 3
     * status      0 mapped or unknown, 1 deallocated
     * </pre>
     *
     * @param allocationLength the most bytes that are of use
     */
    public static byte[] status(LogicalUnit unit, long lba, int allocationLength) {
        Geometry geometry = unit.geometry();
        Provisioning known = unit.device().provisioning();
        int count = Math.clamp((allocationLength - STATUS_HEADER) / STATUS_DESCRIPTOR, 1, STATUS_DESCRIPTORS_MAX);
        ByteBuffer data = ByteBuffer.allocate(STATUS_HEADER + count * STATUS_DESCRIPTOR);
        data.position(STATUS_HEADER);
        for (long at = lba; at < geometry.blockCount() && data.hasRemaining(); ) {
            long most = Math.min(geometry.blockCount() - at, 0xFFFF_FFFFL);
            long blocks = most;
            int status = MAPPED_OR_UNKNOWN;
            if (known != null) {
                Provisioning.Run run = known.run(at * geometry.blockSize(), most * geometry.blockSize());
                blocks = run.length() / geometry.blockSize();
                status = run.state() == Provisioning.State.DEALLOCATED ? DEALLOCATED : MAPPED_OR_UNKNOWN;
            }
            data.putLong(at).putInt((int) blocks).put((byte) status).put(new byte[3]);
            at += blocks;
        }
        data.flip().putInt(0, data.limit() - 4);
        return Arrays.copyOf(data.array(), data.limit());
    }
}
