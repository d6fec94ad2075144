package dev.quoin.iscsi.scsi;

import dev.quoin.device.AtomicWrites;
import dev.quoin.device.Geometry;
import dev.quoin.device.Provisioning;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers to INQUIRY: standard data and vital product data pages (SPC-4 6.6.2, 7.8; SBC-4 6.6). */
public final class InquiryData {

    private static final int STANDARD_LENGTH = 96;
    private static final int[] VERSIONS = {0x00A0, 0x0460, 0x04C0, 0x0960}; // SAM-5, SPC-4, SBC-3, iSCSI

    private InquiryData() {}

    /**
     * Standard INQUIRY data.
     *
     * <pre>
     * byte 0     00h, a connected disk; 7Fh where there is no unit
     * byte 2     06h, SPC-4
     * byte 3     HISUP, response data format 2
     * byte 5     TPGS 01b, implicit asymmetric access; 3PC, third-party copy
     * byte 7     CMDQUE
     * byte 8-35  vendor, product, revision
     * byte 58-65 version descriptors
     * </pre>
     */
    public static byte[] standard(UnitIdentity identity) {
        ByteBuffer data = ByteBuffer.allocate(STANDARD_LENGTH);
        data.put(2, (byte) 0x06)
                .put(3, (byte) 0x12)
                .put(4, (byte) (STANDARD_LENGTH - 5))
                .put(5, (byte) 0x18)
                .put(7, (byte) 0x02);
        putText(data, 8, identity.vendor(), 8);
        putText(data, 16, identity.product(), 16);
        putText(data, 32, identity.revision(), 4);
        for (int i = 0; i < VERSIONS.length; i++) {
            data.putShort(58 + 2 * i, (short) VERSIONS[i]);
        }
        return data.array();
    }

    /** Standard INQUIRY data for a number without a unit: no device of any type (SPC-4 6.6.2 table 175). */
    public static byte[] absent() {
        byte[] data = standard(new UnitIdentity("QUOIN", "NO UNIT", "0001", "-"));
        data[0] = 0x7F;
        return data;
    }

    /** A vital product data page, or null if the unit has no such page. */
    public static byte @Nullable [] page(int page, LogicalUnit unit, TargetPort port) {
        return switch (page) {
            case 0x00 ->
                new byte[] {
                    0,
                    0,
                    0,
                    8,
                    0x00,
                    (byte) 0x80,
                    (byte) 0x83,
                    (byte) 0x86,
                    (byte) 0x8F,
                    (byte) 0xB0,
                    (byte) 0xB1,
                    (byte) 0xB2
                };
            case 0x80 -> text(page, unit.identity().serial());
            case 0x83 -> designators(unit, port);
            case 0x86 -> extended();
            case 0x8F -> CopyData.page();
            case 0xB0 -> blockLimits(unit);
            case 0xB1 -> characteristics(unit);
            case 0xB2 -> provisioning(unit);
            default -> null;
        };
    }

    /**
     * Device identification (SPC-4 7.8.6): for the unit NAA and T10 vendor id, for the port its relative number, its target
     * port group and the SCSI name string of the target with the tag of the portal group.
     */
    private static byte[] designators(LogicalUnit unit, TargetPort through) {
        List<Designator> names = Designator.of(unit);
        byte[] port = "%s,t,0x%04x"
                .formatted(through.targetName(), through.portalGroup())
                .getBytes(StandardCharsets.UTF_8);
        int portLength = (port.length + 1 + 3) & ~3; // a NUL ends the name, zeroes fill it to four bytes
        int length =
                names.stream().mapToInt(name -> 4 + name.bytes().length).sum() + (4 + 4) + (4 + 4) + (4 + portLength);
        byte[] page = empty(0x83, length);
        ByteBuffer data = ByteBuffer.wrap(page);
        data.position(4);
        for (Designator name : names) {
            data.put((byte) name.codeSet())
                    .put((byte) name.kind())
                    .put((byte) 0)
                    .put((byte) name.bytes().length)
                    .put(name.bytes());
        }
        // 51h is protocol 5 (iSCSI) in binary; 94h is "valid, of the port, relative port", 95h the same for the group.
        data.put(new byte[] {0x51, (byte) 0x94, 0, 4}).putInt(through.relativeId());
        data.put(new byte[] {0x51, (byte) 0x95, 0, 4}).putInt(through.relativeId());
        data.put(new byte[] {0x53, (byte) 0x98, 0, (byte) portLength}).put(port);
        return page;
    }

    /**
     * Block limits (SBC-4 6.6.4).
     *
     * <pre>
     * byte 4      01h, WRITE SAME of 0 blocks is not supported
     * byte 5      maximum COMPARE AND WRITE length
     * byte 6-7    optimal transfer length granularity, 8-11 maximum, 12-15 optimal transfer length
     * byte 20-23  maximum UNMAP blocks, 24-27 ranges, 28-31 granularity
     * byte 36-43  maximum WRITE SAME length
     * byte 44-47  maximum atomic transfer length, 48-51 alignment, 52-55 granularity; 56-63 atomic boundaries, none
     * </pre>
     */
    private static byte[] blockLimits(LogicalUnit unit) {
        Geometry geometry = unit.geometry();
        int blockSize = geometry.blockSize();
        byte[] page = empty(0xB0, 0x3C);
        ByteBuffer data = ByteBuffer.wrap(page);
        data.put(4, (byte) 1).put(5, (byte) LogicalUnit.COMPARE_BLOCKS_MAX);
        data.putShort(6, (short) Math.min(0xFFFF, geometry.physicalBlockSize() / blockSize));
        data.putInt(8, LogicalUnit.TRANSFER_BYTES_MAX / blockSize);
        int optimal = geometry.optimalTransfer() == 0 ? 1 << 20 : geometry.optimalTransfer();
        data.putInt(12, Math.min(optimal, LogicalUnit.TRANSFER_BYTES_MAX) / blockSize);
        if (unit.thin()) {
            data.putInt(20, LogicalUnit.UNMAP_BLOCKS_MAX);
            data.putInt(24, LogicalUnit.UNMAP_RANGES_MAX);
            data.putInt(28, unmapGranularity(unit));
        }
        data.putLong(36, LogicalUnit.WRITE_SAME_BYTES_MAX / blockSize);
        AtomicWrites atomic = unit.device().atomicWrites();
        if (atomic.any()) {
            data.putInt(44, Math.min(atomic.lengthMax(), LogicalUnit.TRANSFER_BYTES_MAX) / blockSize);
            data.putInt(48, Math.max(1, atomic.alignment() / blockSize));
            data.putInt(52, 1);
        }
        return page;
    }

    /** In blocks: what is smaller is zeroed and not unmapped. */
    private static int unmapGranularity(LogicalUnit unit) {
        Geometry geometry = unit.geometry();
        Provisioning known = unit.device().provisioning();
        long bytes = Math.max(geometry.physicalBlockSize(), known == null ? 0 : known.unit());
        return (int) Math.min(Integer.MAX_VALUE, bytes / geometry.blockSize());
    }

    /** Extended INQUIRY data (SPC-4 7.8.7): byte 5 head of queue, ordered and simple tasks, byte 6 a volatile cache. */
    private static byte[] extended() {
        byte[] page = empty(0x86, 0x3C);
        page[5] = 0x07;
        page[6] = 0x01;
        return page;
    }

    /**
     * Logical block provisioning (SBC-4 6.6.7): UNMAP and WRITE SAME unmap, and unmapped blocks read as zeroes.
     *
     * <pre>
     * byte 4  threshold exponent; 0 where no limit of the space is known
     * byte 5  bit 7 LBPU, 6 LBPWS, 5 LBPWS10, 2 LBPRZ
     * byte 6  provisioning type 2, thin
     * </pre>
     */
    private static byte[] provisioning(LogicalUnit unit) {
        byte[] page = empty(0xB2, 4);
        ByteBuffer data = ByteBuffer.wrap(page);
        if (unit.thin()) {
            ThresholdSets.of(unit).ifPresent(sets -> data.put(4, (byte) sets.exponent()));
            data.put(5, (byte) (0x80 | 0x40 | 0x20 | 0x04)).put(6, (byte) 2);
        }
        return page;
    }

    /**
     * Block device characteristics (SBC-4 6.6.2): medium rotation rate 1, which is "does not rotate"; byte 7 bits 6-7 WABEREQ, 1 if
     * what a block erase leaves can be read.
     */
    private static byte[] characteristics(LogicalUnit unit) {
        byte[] page = empty(0xB1, 0x3C);
        page[5] = 1;
        page[7] = (byte) (unit.sanitizes(Cdb.SANITIZE_BLOCK_ERASE) ? 0x40 : 0);
        return page;
    }

    private static byte[] text(int number, String text) {
        byte[] page = empty(number, text.length());
        ByteBuffer.wrap(page).put(4, text.getBytes(StandardCharsets.US_ASCII));
        return page;
    }

    private static byte[] empty(int page, int length) {
        byte[] data = new byte[4 + length];
        data[1] = (byte) page;
        data[2] = (byte) (length >>> 8);
        data[3] = (byte) length;
        return data;
    }

    private static void putText(ByteBuffer data, int at, String text, int width) {
        data.put(at, pad(text, width).getBytes(StandardCharsets.US_ASCII));
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
