package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;

/** Reads command descriptor blocks as values. Stateless; knows no unit, so it checks no block addresses. */
public final class CdbDecoder {

    /** The last service action of PERSISTENT RESERVE IN. */
    private static final int PR_IN_ACTION_MAX = 3;

    private static final int PR_OUT_ACTION_MAX = 7;

    private CdbDecoder() {}

    /** Reads the 16 bytes at {@code at}; gives a command for bytes of any value. */
    public static ScsiCommand decode(ByteBuffer in, int at) {
        int opcode = Cdb.opcode(in, at);
        int byte1 = in.get(at + 1) & 0xFF;
        return switch (opcode) {
            case Cdb.TEST_UNIT_READY -> new ScsiCommand.TestUnitReady();
            case Cdb.REQUEST_SENSE -> new ScsiCommand.RequestSense((byte1 & 1) != 0, in.get(at + 4) & 0xFF);
            case Cdb.INQUIRY -> inquiry(in, at, byte1);
            case Cdb.READ_6, Cdb.READ_10, Cdb.READ_12, Cdb.READ_16 ->
                Cdb.protect(in, at)
                        ? new ScsiCommand.InvalidField(1)
                        : new ScsiCommand.Read(Cdb.lba(in, at), Cdb.blocks(in, at));
            case Cdb.WRITE_6, Cdb.WRITE_10, Cdb.WRITE_12, Cdb.WRITE_16 ->
                Cdb.protect(in, at)
                        ? new ScsiCommand.InvalidField(1)
                        : new ScsiCommand.Write(Cdb.lba(in, at), Cdb.blocks(in, at), Cdb.fua(in, at));
            case Cdb.VERIFY_10, Cdb.VERIFY_12, Cdb.VERIFY_16 -> verify(in, at, byte1);
            case Cdb.WRITE_AND_VERIFY_10, Cdb.WRITE_AND_VERIFY_12, Cdb.WRITE_AND_VERIFY_16 ->
                writeAndVerify(in, at, byte1);
            case Cdb.COMPARE_AND_WRITE ->
                Cdb.protect(in, at)
                        ? new ScsiCommand.InvalidField(1)
                        : new ScsiCommand.CompareAndWrite(Cdb.lba(in, at), in.get(at + 13) & 0xFF, Cdb.fua(in, at));
            case Cdb.ORWRITE ->
                Cdb.protect(in, at)
                        ? new ScsiCommand.InvalidField(1)
                        : new ScsiCommand.OrWrite(Cdb.lba(in, at), Cdb.blocks(in, at), Cdb.fua(in, at));
            case Cdb.WRITE_ATOMIC_16 -> writeAtomic(in, at);
            case Cdb.SANITIZE -> sanitize(in, at, byte1);
            case Cdb.PRE_FETCH_10, Cdb.PRE_FETCH_16 -> new ScsiCommand.Prefetch(Cdb.lba(in, at), Cdb.blocks(in, at));
            case Cdb.READ_DEFECT_DATA_10 ->
                new ScsiCommand.ReadDefectData(
                        false, in.get(at + 2) & 0x18, in.get(at + 2) & 7, in.getShort(at + 7) & 0xFFFF);
            case Cdb.READ_DEFECT_DATA_12 ->
                new ScsiCommand.ReadDefectData(true, byte1 & 0x18, byte1 & 7, clamp(in.getInt(at + 6)));
            case Cdb.SYNCHRONIZE_CACHE_10, Cdb.SYNCHRONIZE_CACHE_16 ->
                new ScsiCommand.SynchronizeCache(Cdb.lba(in, at), Cdb.blocks(in, at), (byte1 & 2) != 0);
            case Cdb.WRITE_SAME_10, Cdb.WRITE_SAME_16 -> writeSame(opcode, in, at, byte1);
            case Cdb.UNMAP -> new ScsiCommand.Unmap((byte1 & 1) != 0, in.getShort(at + 7) & 0xFFFF);
            case Cdb.READ_CAPACITY_10 -> readCapacity10(in, at);
            case Cdb.SERVICE_ACTION_IN_16 ->
                switch (byte1 & 0x1F) {
                    case Cdb.READ_CAPACITY_16 -> new ScsiCommand.ReadCapacity16(clamp(in.getInt(at + 10)));
                    case Cdb.GET_LBA_STATUS ->
                        new ScsiCommand.GetLbaStatus(in.getLong(at + 2), clamp(in.getInt(at + 10)));
                    default -> new ScsiCommand.Unsupported(opcode);
                };
            case Cdb.MODE_SENSE_6 -> modeSense(false, in, at, byte1, in.get(at + 4) & 0xFF);
            case Cdb.MODE_SENSE_10 -> modeSense(true, in, at, byte1, in.getShort(at + 7) & 0xFFFF);
            case Cdb.MODE_SELECT_6 -> modeSelect(false, byte1, in.get(at + 4) & 0xFF);
            case Cdb.MODE_SELECT_10 -> modeSelect(true, byte1, in.getShort(at + 7) & 0xFFFF);
            case Cdb.LOG_SENSE ->
                new ScsiCommand.LogSense(
                        in.get(at + 2) & 0x3F,
                        in.get(at + 3) & 0xFF,
                        (byte1 & 1) != 0,
                        in.getShort(at + 5) & 0xFFFF,
                        in.getShort(at + 7) & 0xFFFF);
            case Cdb.RESERVE_6 -> (byte1 & 0x1F) != 0 ? new ScsiCommand.InvalidField(1) : new ScsiCommand.Reserve();
            case Cdb.RELEASE_6 -> (byte1 & 0x1F) != 0 ? new ScsiCommand.InvalidField(1) : new ScsiCommand.Release();
            case Cdb.PERSISTENT_RESERVE_IN ->
                (byte1 & 0x1F) > PR_IN_ACTION_MAX
                        ? new ScsiCommand.InvalidField(1)
                        : new ScsiCommand.PersistentReserveIn(byte1 & 0x1F, in.getShort(at + 7) & 0xFFFF);
            case Cdb.PERSISTENT_RESERVE_OUT ->
                (byte1 & 0x1F) > PR_OUT_ACTION_MAX
                        ? new ScsiCommand.InvalidField(1)
                        : new ScsiCommand.PersistentReserveOut(
                                byte1 & 0x1F,
                                (in.get(at + 2) & 0xF0) >>> 4,
                                in.get(at + 2) & 0x0F,
                                clamp(in.getInt(at + 5)));
            case Cdb.EXTENDED_COPY ->
                (byte1 & 0x1F) == 0
                        ? new ScsiCommand.ExtendedCopy(clamp(in.getInt(at + 10)))
                        : new ScsiCommand.Unsupported(opcode);
            case Cdb.RECEIVE_COPY_RESULTS ->
                switch (byte1 & 0x1F) {
                    case CopyData.STATUS, CopyData.OPERATING_PARAMETERS ->
                        new ScsiCommand.ReceiveCopyResults(
                                byte1 & 0x1F, in.get(at + 2) & 0xFF, clamp(in.getInt(at + 10)));
                    default -> new ScsiCommand.Unsupported(opcode);
                };
            case Cdb.REPORT_LUNS -> new ScsiCommand.ReportLuns(in.get(at + 2) & 0xFF, clamp(in.getInt(at + 6)));
            case Cdb.START_STOP_UNIT -> startStop(in, at);
            case Cdb.PREVENT_ALLOW -> new ScsiCommand.PreventAllow(in.get(at + 4) & 3);
            case Cdb.MAINTENANCE_IN -> maintenanceIn(in, at, byte1);
            default -> new ScsiCommand.Unsupported(opcode);
        };
    }

    private static ScsiCommand inquiry(ByteBuffer in, int at, int byte1) {
        boolean vital = (byte1 & 1) != 0;
        int page = in.get(at + 2) & 0xFF;
        if ((byte1 & 2) != 0) {
            return new ScsiCommand.InvalidField(1);
        }
        if (!vital && page != 0) {
            return new ScsiCommand.InvalidField(2);
        }
        return new ScsiCommand.Inquiry(vital, page, in.getShort(at + 3) & 0xFFFF);
    }

    /** An atomic boundary, which would make several atomic writes of one, is not offered. */
    private static ScsiCommand writeAtomic(ByteBuffer in, int at) {
        if (Cdb.protect(in, at)) {
            return new ScsiCommand.InvalidField(1);
        }
        return in.getShort(at + 10) != 0
                ? new ScsiCommand.InvalidField(10)
                : new ScsiCommand.WriteAtomic(in.getLong(at + 2), in.getShort(at + 12) & 0xFFFF, Cdb.fua(in, at));
    }

    private static ScsiCommand sanitize(ByteBuffer in, int at, int byte1) {
        int action = byte1 & 0x1F;
        boolean known = action == Cdb.SANITIZE_OVERWRITE
                || action == Cdb.SANITIZE_BLOCK_ERASE
                || action == Cdb.SANITIZE_EXIT_FAILURE_MODE;
        // Bit 6 is for zoned devices only.
        if (!known || (byte1 & 0x40) != 0) {
            return new ScsiCommand.InvalidField(1);
        }
        for (int i = 2; i < 7; i++) {
            if (in.get(at + i) != 0) {
                return new ScsiCommand.InvalidField(i);
            }
        }
        return new ScsiCommand.Sanitize(action, (byte1 & 0x80) != 0, (byte1 & 0x20) != 0, in.getShort(at + 7) & 0xFFFF);
    }

    private static ScsiCommand verify(ByteBuffer in, int at, int byte1) {
        int byteCheck = (byte1 >>> 1) & 3;
        if (Cdb.protect(in, at) || byteCheck == 2) {
            return new ScsiCommand.InvalidField(1);
        }
        return new ScsiCommand.Verify(Cdb.lba(in, at), Cdb.blocks(in, at), byteCheck);
    }

    private static ScsiCommand writeAndVerify(ByteBuffer in, int at, int byte1) {
        int byteCheck = (byte1 >>> 1) & 3;
        if (Cdb.protect(in, at) || byteCheck > 1) {
            return new ScsiCommand.InvalidField(1);
        }
        return new ScsiCommand.WriteAndVerify(Cdb.lba(in, at), Cdb.blocks(in, at), byteCheck);
    }

    private static ScsiCommand modeSelect(boolean ten, int byte1, int listLength) {
        return new ScsiCommand.ModeSelect(ten, (byte1 & 0x10) != 0, (byte1 & 1) != 0, listLength);
    }

    private static ScsiCommand writeSame(int opcode, ByteBuffer in, int at, int byte1) {
        boolean unmap = (byte1 & 0x08) != 0;
        boolean anchor = (byte1 & 0x10) != 0;
        boolean noData = opcode == Cdb.WRITE_SAME_16 && (byte1 & 1) != 0;
        // Bits 1 and 2 were LBDATA and PBDATA, which SBC-3 made obsolete.
        if ((byte1 & (Cdb.PROTECT_MASK | 0x06)) != 0) {
            return new ScsiCommand.InvalidField(1);
        }
        return new ScsiCommand.WriteSame(Cdb.lba(in, at), Cdb.blocks(in, at), unmap, anchor, noData);
    }

    private static ScsiCommand readCapacity10(ByteBuffer in, int at) {
        boolean partial = (in.get(at + 8) & 1) != 0;
        if (!partial && in.getInt(at + 2) != 0) {
            return new ScsiCommand.InvalidField(2);
        }
        return new ScsiCommand.ReadCapacity10();
    }

    private static ScsiCommand modeSense(boolean ten, ByteBuffer in, int at, int byte1, int allocationLength) {
        int byte2 = in.get(at + 2) & 0xFF;
        return new ScsiCommand.ModeSense(
                ten,
                (byte1 & 0x08) != 0,
                ten && (byte1 & 0x10) != 0,
                byte2 >>> 6,
                byte2 & 0x3F,
                in.get(at + 3) & 0xFF,
                allocationLength);
    }

    /** Only "start" is offered: a stop by one initiator would stop a shared unit for all. */
    private static ScsiCommand startStop(ByteBuffer in, int at) {
        int byte4 = in.get(at + 4) & 0xFF;
        boolean start = (byte4 & 1) != 0;
        boolean loadEject = (byte4 & 2) != 0;
        int powerCondition = byte4 >>> 4;
        if (!start || loadEject || powerCondition != 0) {
            return new ScsiCommand.InvalidField(4);
        }
        return new ScsiCommand.StartUnit();
    }

    private static ScsiCommand maintenanceIn(ByteBuffer in, int at, int byte1) {
        int length = clamp(in.getInt(at + 6));
        int byte2 = in.get(at + 2) & 0xFF;
        return switch (byte1 & 0x1F) {
            case Cdb.REPORT_TARGET_PORT_GROUPS -> {
                int form = byte1 >>> 5;
                yield form > 1
                        ? new ScsiCommand.InvalidField(1)
                        : new ScsiCommand.ReportTargetPortGroups(form == 1, length);
            }
            case Cdb.REPORT_SUPPORTED_OPCODES -> {
                int options = byte2 & 7;
                yield options > 3
                        ? new ScsiCommand.InvalidField(2)
                        : new ScsiCommand.ReportSupportedOpcodes(
                                options,
                                (byte2 & 0x80) != 0,
                                in.get(at + 3) & 0xFF,
                                in.getShort(at + 4) & 0xFFFF,
                                length);
            }
            case Cdb.REPORT_SUPPORTED_TASK_FUNCTIONS ->
                new ScsiCommand.ReportSupportedTaskFunctions((byte2 & 0x80) != 0, length);
            default -> new ScsiCommand.Unsupported(Cdb.MAINTENANCE_IN);
        };
    }

    /** An unsigned allocation length as an int: no answer is longer than that anyway. */
    private static int clamp(int unsigned) {
        return unsigned < 0 ? Integer.MAX_VALUE : unsigned;
    }
}
