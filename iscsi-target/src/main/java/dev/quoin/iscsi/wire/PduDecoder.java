package dev.quoin.iscsi.wire;

import java.nio.ByteBuffer;

/**
 * Reads headers as values (RFC 7143 11.3 to 11.19). Stateless.
 *
 * <p>What a header alone can break is checked here: unknown codes, stages that do not exist, segments on a PDU that has none.
 */
public final class PduDecoder {

    private PduDecoder() {}

    /**
     * Reads the 48 bytes at {@code at}; the buffer's position does not matter and does not change.
     *
     * @return the PDU, or {@link Malformed}; never an exception for bytes of any value
     */
    public static Decoded decode(ByteBuffer in, int at) {
        if (in.limit() - at < Bhs.LENGTH) {
            return new Malformed(Malformed.Reason.TRUNCATED, "BasicHeaderSegment");
        }
        int opcode = Bhs.opcode(in, at);
        if (opcode != Opcode.SCSI_COMMAND && Bhs.ahsLength(in, at) != 0) {
            return new Malformed(Malformed.Reason.NOT_ALLOWED, "TotalAHSLength");
        }
        return switch (opcode) {
            case Opcode.NOP_OUT,
                    Opcode.SCSI_COMMAND,
                    Opcode.TASK_MANAGEMENT_REQUEST,
                    Opcode.LOGIN_REQUEST,
                    Opcode.TEXT_REQUEST,
                    Opcode.DATA_OUT,
                    Opcode.LOGOUT_REQUEST,
                    Opcode.SNACK -> request(opcode, in, at);
            case Opcode.NOP_IN,
                    Opcode.SCSI_RESPONSE,
                    Opcode.TASK_MANAGEMENT_RESPONSE,
                    Opcode.LOGIN_RESPONSE,
                    Opcode.TEXT_RESPONSE,
                    Opcode.DATA_IN,
                    Opcode.LOGOUT_RESPONSE,
                    Opcode.R2T,
                    Opcode.ASYNC_MESSAGE,
                    Opcode.REJECT -> response(opcode, in, at);
            default -> new Malformed(Malformed.Reason.UNKNOWN_CODE, "Opcode");
        };
    }

    private static Decoded request(int opcode, ByteBuffer in, int at) {
        boolean immediate = Bhs.immediate(in, at);
        int flags = Bhs.flags(in, at);
        int tag = Bhs.initiatorTaskTag(in, at);
        int word20 = Bhs.targetTransferTag(in, at);
        int cmdSn = Bhs.cmdSn(in, at);
        int expStatSn = Bhs.expStatSn(in, at);
        long lun = Bhs.lun(in, at);
        return switch (opcode) {
            case Opcode.NOP_OUT -> new Request.NopOut(immediate, lun, tag, word20, cmdSn, expStatSn);
            case Opcode.SCSI_COMMAND -> scsiCommand(in, at);
            case Opcode.TASK_MANAGEMENT_REQUEST -> taskManagement(in, at);
            case Opcode.LOGIN_REQUEST -> login(in, at);
            case Opcode.TEXT_REQUEST ->
                new Request.Text(
                        immediate, (flags & 0x80) != 0, (flags & 0x40) != 0, lun, tag, word20, cmdSn, expStatSn);
            case Opcode.DATA_OUT ->
                new Request.DataOut(
                        (flags & 0x80) != 0, lun, tag, word20, expStatSn, Bhs.dataSn(in, at), Bhs.bufferOffset(in, at));
            case Opcode.LOGOUT_REQUEST -> {
                int reason = flags & 0x7F;
                yield reason > Request.Logout.REMOVE_FOR_RECOVERY
                        ? new Malformed(Malformed.Reason.UNKNOWN_CODE, "ReasonCode")
                        : new Request.Logout(immediate, reason, tag, word20 >>> 16, cmdSn, expStatSn);
            }
            case Opcode.SNACK -> {
                int type = flags & 0x0F;
                yield type > 3
                        ? new Malformed(Malformed.Reason.UNKNOWN_CODE, "Type")
                        : new Request.Snack(type, lun, tag, word20, expStatSn, in.getInt(at + 40), in.getInt(at + 44));
            }
            default -> new Malformed(Malformed.Reason.UNKNOWN_CODE, "Opcode");
        };
    }

    private static Decoded scsiCommand(ByteBuffer in, int at) {
        int flags = Bhs.flags(in, at);
        int attribute = flags & 0x07;
        if (attribute > 4) {
            return new Malformed(Malformed.Reason.UNKNOWN_CODE, "ATTR");
        }
        return new Request.ScsiCommand(
                Bhs.immediate(in, at),
                (flags & Bhs.FLAG_FINAL) != 0,
                (flags & Bhs.FLAG_READ) != 0,
                (flags & Bhs.FLAG_WRITE) != 0,
                attribute,
                Bhs.lun(in, at),
                Bhs.initiatorTaskTag(in, at),
                Bhs.expectedLength(in, at),
                Bhs.cmdSn(in, at),
                Bhs.expStatSn(in, at),
                in.getLong(at + 32),
                in.getLong(at + 40));
    }

    private static Decoded taskManagement(ByteBuffer in, int at) {
        int function = Bhs.flags(in, at) & 0x7F;
        if (function < Request.TaskManagement.ABORT_TASK || function > Request.TaskManagement.TASK_REASSIGN) {
            return new Malformed(Malformed.Reason.UNKNOWN_CODE, "Function");
        }
        if (Bhs.dataLength(in, at) != 0) {
            return new Malformed(Malformed.Reason.NOT_ALLOWED, "DataSegmentLength");
        }
        return new Request.TaskManagement(
                Bhs.immediate(in, at),
                function,
                Bhs.lun(in, at),
                Bhs.initiatorTaskTag(in, at),
                in.getInt(at + 20),
                Bhs.cmdSn(in, at),
                Bhs.expStatSn(in, at),
                in.getInt(at + 32),
                in.getInt(at + 36));
    }

    private static Decoded login(ByteBuffer in, int at) {
        int flags = Bhs.flags(in, at);
        int current = (flags >>> 2) & 3;
        int next = flags & 3;
        boolean transit = (flags & 0x80) != 0;
        if (current == 2) {
            return new Malformed(Malformed.Reason.BAD_VALUE, "CSG");
        }
        if (transit && (next == 2 || next <= current)) {
            return new Malformed(Malformed.Reason.BAD_VALUE, "NSG");
        }
        return new Request.Login(
                transit,
                (flags & 0x40) != 0,
                current,
                next,
                in.get(at + 2) & 0xFF,
                in.get(at + 3) & 0xFF,
                in.getLong(at + 8) >>> 16,
                in.getShort(at + 14) & 0xFFFF,
                Bhs.initiatorTaskTag(in, at),
                in.getShort(at + 20) & 0xFFFF,
                Bhs.cmdSn(in, at),
                Bhs.expStatSn(in, at));
    }

    private static Decoded response(int opcode, ByteBuffer in, int at) {
        int flags = Bhs.flags(in, at);
        int tag = Bhs.initiatorTaskTag(in, at);
        int word20 = Bhs.targetTransferTag(in, at);
        int statSn = Bhs.statSn(in, at);
        int expCmdSn = Bhs.expCmdSn(in, at);
        int maxCmdSn = Bhs.maxCmdSn(in, at);
        long lun = Bhs.lun(in, at);
        int byte2 = in.get(at + 2) & 0xFF;
        return switch (opcode) {
            case Opcode.NOP_IN -> new Response.NopIn(lun, tag, word20, statSn, expCmdSn, maxCmdSn);
            case Opcode.SCSI_RESPONSE -> scsiResponse(in, at);
            case Opcode.TASK_MANAGEMENT_RESPONSE ->
                new Response.TaskManagementResponse(byte2, tag, statSn, expCmdSn, maxCmdSn);
            case Opcode.LOGIN_RESPONSE -> loginResponse(in, at);
            case Opcode.TEXT_RESPONSE ->
                new Response.TextResponse(
                        (flags & 0x80) != 0, (flags & 0x40) != 0, lun, tag, word20, statSn, expCmdSn, maxCmdSn);
            case Opcode.DATA_IN -> dataIn(in, at);
            case Opcode.LOGOUT_RESPONSE ->
                new Response.LogoutResponse(
                        byte2,
                        tag,
                        statSn,
                        expCmdSn,
                        maxCmdSn,
                        in.getShort(at + 40) & 0xFFFF,
                        in.getShort(at + 42) & 0xFFFF);
            case Opcode.R2T ->
                new Response.ReadyToTransfer(
                        lun,
                        tag,
                        word20,
                        statSn,
                        expCmdSn,
                        maxCmdSn,
                        in.getInt(at + 36),
                        Bhs.bufferOffset(in, at),
                        Bhs.lastWord(in, at));
            case Opcode.ASYNC_MESSAGE ->
                new Response.AsyncMessage(
                        lun,
                        statSn,
                        expCmdSn,
                        maxCmdSn,
                        in.get(at + 36) & 0xFF,
                        in.get(at + 37) & 0xFF,
                        in.getShort(at + 38) & 0xFFFF,
                        in.getShort(at + 40) & 0xFFFF,
                        in.getShort(at + 42) & 0xFFFF);
            case Opcode.REJECT -> new Response.Reject(byte2, statSn, expCmdSn, maxCmdSn, in.getInt(at + 36));
            default -> new Malformed(Malformed.Reason.UNKNOWN_CODE, "Opcode");
        };
    }

    private static Response scsiResponse(ByteBuffer in, int at) {
        int flags = Bhs.flags(in, at);
        return new Response.ScsiResponse(
                (flags & 0x10) != 0,
                (flags & 0x08) != 0,
                (flags & Bhs.FLAG_OVERFLOW) != 0,
                (flags & Bhs.FLAG_UNDERFLOW) != 0,
                in.get(at + 2) & 0xFF,
                in.get(at + 3) & 0xFF,
                Bhs.initiatorTaskTag(in, at),
                in.getInt(at + 20),
                Bhs.statSn(in, at),
                Bhs.expCmdSn(in, at),
                Bhs.maxCmdSn(in, at),
                in.getInt(at + 36),
                in.getInt(at + 40) & 0xFFFF_FFFFL,
                Bhs.lastWord(in, at));
    }

    private static Response dataIn(ByteBuffer in, int at) {
        int flags = Bhs.flags(in, at);
        return new Response.DataIn(
                (flags & Bhs.FLAG_FINAL) != 0,
                (flags & 0x40) != 0,
                (flags & Bhs.FLAG_OVERFLOW) != 0,
                (flags & Bhs.FLAG_UNDERFLOW) != 0,
                (flags & Bhs.FLAG_STATUS) != 0,
                in.get(at + 3) & 0xFF,
                Bhs.lun(in, at),
                Bhs.initiatorTaskTag(in, at),
                Bhs.targetTransferTag(in, at),
                Bhs.statSn(in, at),
                Bhs.expCmdSn(in, at),
                Bhs.maxCmdSn(in, at),
                Bhs.dataSn(in, at),
                Bhs.bufferOffset(in, at),
                Bhs.lastWord(in, at));
    }

    private static Decoded loginResponse(ByteBuffer in, int at) {
        int flags = Bhs.flags(in, at);
        int current = (flags >>> 2) & 3;
        if (current == 2) {
            return new Malformed(Malformed.Reason.BAD_VALUE, "CSG");
        }
        return new Response.LoginResponse(
                (flags & 0x80) != 0,
                (flags & 0x40) != 0,
                current,
                flags & 3,
                in.get(at + 2) & 0xFF,
                in.get(at + 3) & 0xFF,
                in.getLong(at + 8) >>> 16,
                in.getShort(at + 14) & 0xFFFF,
                Bhs.initiatorTaskTag(in, at),
                Bhs.statSn(in, at),
                Bhs.expCmdSn(in, at),
                Bhs.maxCmdSn(in, at),
                in.get(at + 36) & 0xFF,
                in.get(at + 37) & 0xFF);
    }
}
