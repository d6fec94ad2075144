package dev.quoin.iscsi.scsi;

import dev.quoin.device.Geometry;
import java.nio.ByteBuffer;

/** The answers to READ CAPACITY and GET LBA STATUS (SBC-4 5.13, 5.14, 5.6). */
public final class CapacityData {

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
     * The provisioning of the blocks from {@code lba}: one descriptor that says "mapped or unknown" up to the end, because a
     * device does not tell which of its blocks are mapped.
     *
     * <pre>
     * byte 0-3    length of what follows
     * byte 8-15   first block, 16-19 number of blocks, 20 status 0
     * </pre>
     */
    public static byte[] status(LogicalUnit unit, long lba) {
        long blocks = Math.min(unit.geometry().blockCount() - lba, 0xFFFF_FFFFL);
        return ByteBuffer.allocate(24)
                .putInt(20)
                .putLong(8, lba)
                .putInt(16, (int) blocks)
                .array();
    }
}
