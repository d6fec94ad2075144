package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;

/**
 * The fields of command descriptor blocks that address blocks, read in place (SPC-4 4.2, SBC-4 5).
 *
 * <pre>
 * form   length  LBA                       transfer length
 * 6      6       bytes 1 (low 5 bits) - 3  byte 4, 0 stands for 256
 * 10     10      bytes 2-5                 bytes 7-8
 * 12     12      bytes 2-5                 bytes 6-9
 * 16     16      bytes 2-9                 bytes 10-13
 * </pre>
 */
public final class Cdb {

    /** The length of the field that carries a command block, in bytes. */
    public static final int LENGTH = 16;

    public static final int TEST_UNIT_READY = 0x00;
    public static final int REQUEST_SENSE = 0x03;
    public static final int READ_6 = 0x08;
    public static final int WRITE_6 = 0x0A;
    public static final int INQUIRY = 0x12;
    public static final int MODE_SELECT_6 = 0x15;
    public static final int RESERVE_6 = 0x16;
    public static final int RELEASE_6 = 0x17;
    public static final int MODE_SENSE_6 = 0x1A;
    public static final int START_STOP_UNIT = 0x1B;
    public static final int PREVENT_ALLOW = 0x1E;
    public static final int READ_CAPACITY_10 = 0x25;
    public static final int READ_10 = 0x28;
    public static final int WRITE_10 = 0x2A;
    public static final int WRITE_AND_VERIFY_10 = 0x2E;
    public static final int VERIFY_10 = 0x2F;
    public static final int PRE_FETCH_10 = 0x34;
    public static final int SYNCHRONIZE_CACHE_10 = 0x35;
    public static final int READ_DEFECT_DATA_10 = 0x37;
    public static final int WRITE_SAME_10 = 0x41;
    public static final int UNMAP = 0x42;
    public static final int SANITIZE = 0x48;
    public static final int LOG_SENSE = 0x4D;
    public static final int MODE_SELECT_10 = 0x55;
    public static final int MODE_SENSE_10 = 0x5A;
    public static final int PERSISTENT_RESERVE_IN = 0x5E;
    public static final int PERSISTENT_RESERVE_OUT = 0x5F;
    public static final int EXTENDED_COPY = 0x83;
    public static final int RECEIVE_COPY_RESULTS = 0x84;
    public static final int READ_16 = 0x88;
    public static final int COMPARE_AND_WRITE = 0x89;
    public static final int WRITE_16 = 0x8A;
    public static final int ORWRITE = 0x8B;
    public static final int WRITE_AND_VERIFY_16 = 0x8E;
    public static final int VERIFY_16 = 0x8F;
    public static final int PRE_FETCH_16 = 0x90;
    public static final int SYNCHRONIZE_CACHE_16 = 0x91;
    public static final int WRITE_SAME_16 = 0x93;
    public static final int WRITE_ATOMIC_16 = 0x9C;
    public static final int SERVICE_ACTION_IN_16 = 0x9E;
    public static final int REPORT_LUNS = 0xA0;
    public static final int MAINTENANCE_IN = 0xA3;
    public static final int READ_12 = 0xA8;
    public static final int WRITE_12 = 0xAA;
    public static final int WRITE_AND_VERIFY_12 = 0xAE;
    public static final int VERIFY_12 = 0xAF;
    public static final int READ_DEFECT_DATA_12 = 0xB7;

    /** Service actions of SERVICE ACTION IN (16). */
    public static final int READ_CAPACITY_16 = 0x10;

    public static final int GET_LBA_STATUS = 0x12;

    /** Service actions of SANITIZE. */
    public static final int SANITIZE_OVERWRITE = 0x01;

    public static final int SANITIZE_BLOCK_ERASE = 0x02;

    public static final int SANITIZE_EXIT_FAILURE_MODE = 0x1F;

    /** Service actions of MAINTENANCE IN. */
    public static final int REPORT_TARGET_PORT_GROUPS = 0x0A;

    public static final int REPORT_SUPPORTED_OPCODES = 0x0C;

    public static final int REPORT_SUPPORTED_TASK_FUNCTIONS = 0x0D;

    /** The protection field in byte 1 of READ, WRITE and VERIFY of 10 bytes and more. */
    public static final int PROTECT_MASK = 0xE0;

    /** The force-unit-access bit in byte 1 of READ and WRITE of 10 bytes and more. */
    public static final int FUA = 0x08;

    private Cdb() {}

    public static int opcode(ByteBuffer in, int at) {
        return in.get(at) & 0xFF;
    }

    /** Whether the operation code is a READ of any form. */
    public static boolean isRead(int opcode) {
        return opcode == READ_10 || opcode == READ_16 || opcode == READ_12 || opcode == READ_6;
    }

    /** Whether the operation code is a WRITE of any form. */
    public static boolean isWrite(int opcode) {
        return opcode == WRITE_10 || opcode == WRITE_16 || opcode == WRITE_12 || opcode == WRITE_6;
    }

    /** The first block; a 64-bit address above the largest positive long shows as negative. */
    public static long lba(ByteBuffer in, int at) {
        return switch (group(in, at)) {
            case 0 -> in.getInt(at) & 0x1F_FFFF;
            case 4 -> in.getLong(at + 2);
            default -> in.getInt(at + 2) & 0xFFFF_FFFFL;
        };
    }

    /** The number of blocks. */
    public static long blocks(ByteBuffer in, int at) {
        return switch (group(in, at)) {
            case 0 -> in.get(at + 4) == 0 ? 256 : in.get(at + 4) & 0xFF;
            case 4 -> in.getInt(at + 10) & 0xFFFF_FFFFL;
            case 5 -> in.getInt(at + 6) & 0xFFFF_FFFFL;
            default -> in.getShort(at + 7) & 0xFFFF;
        };
    }

    /** Whether the command says force unit access. */
    public static boolean fua(ByteBuffer in, int at) {
        return group(in, at) != 0 && (in.get(at + 1) & FUA) != 0;
    }

    /** Whether the command asks for protection information, which no unit here has. */
    public static boolean protect(ByteBuffer in, int at) {
        return group(in, at) != 0 && (in.get(at + 1) & PROTECT_MASK) != 0;
    }

    /** The top three bits of the operation code, which give the form. */
    private static int group(ByteBuffer in, int at) {
        return (in.get(at) & 0xFF) >>> 5;
    }
}
