package dev.quoin.iscsi.wire;

import java.nio.ByteBuffer;

/** Writes headers (RFC 7143 11.3 to 11.19). Stateless; the counterpart of {@link PduDecoder}. */
public final class PduEncoder {

    private PduEncoder() {}

    /**
     * Writes the 48 bytes at {@code at} with absolute puts; the buffer's position does not change.
     *
     * @param dataLength the length of the data segment in bytes without padding, 0 to 16,777,215
     */
    public static void encode(Pdu pdu, int dataLength, ByteBuffer out, int at) {
        Bhs.start(out, at, pdu.opcode(), Bhs.FLAG_FINAL, dataLength, pdu.initiatorTaskTag());
        switch (pdu) {
            case Request request -> request(request, out, at);
            case Response response -> response(response, out, at);
        }
    }

    private static void request(Request pdu, ByteBuffer out, int at) {
        switch (pdu) {
            case Request.NopOut p -> {
                common(out, at, p.immediate(), p.cmdSn(), p.expStatSn());
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.targetTransferTag());
            }
            case Request.ScsiCommand p -> {
                common(out, at, p.immediate(), p.cmdSn(), p.expStatSn());
                Bhs.putFlags(
                        out,
                        at,
                        bit(p.isFinal(), Bhs.FLAG_FINAL)
                                | bit(p.read(), Bhs.FLAG_READ)
                                | bit(p.write(), Bhs.FLAG_WRITE)
                                | p.attribute());
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, (int) p.expectedLength());
                out.putLong(at + 32, p.cdbHigh());
                out.putLong(at + 40, p.cdbLow());
            }
            case Request.TaskManagement p -> {
                common(out, at, p.immediate(), p.cmdSn(), p.expStatSn());
                Bhs.putFlags(out, at, 0x80 | p.function());
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.referencedTaskTag());
                out.putInt(at + 32, p.refCmdSn());
                out.putInt(at + 36, p.expDataSn());
            }
            case Request.Login p -> {
                common(out, at, true, p.cmdSn(), p.expStatSn());
                Bhs.putFlags(out, at, stages(p.transit(), p.continues(), p.currentStage(), p.nextStage()));
                out.put(at + 2, (byte) p.versionMax());
                out.put(at + 3, (byte) p.versionMin());
                out.putLong(at + 8, p.isid() << 16 | p.tsih());
                out.putShort(at + 20, (short) p.connectionId());
            }
            case Request.Text p -> {
                common(out, at, p.immediate(), p.cmdSn(), p.expStatSn());
                Bhs.putFlags(out, at, bit(p.isFinal(), 0x80) | bit(p.continues(), 0x40));
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.targetTransferTag());
            }
            case Request.DataOut p -> {
                Bhs.putFlags(out, at, bit(p.isFinal(), 0x80));
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.targetTransferTag());
                out.putInt(at + 28, p.expStatSn());
                out.putInt(at + 36, p.dataSn());
                out.putInt(at + 40, (int) p.bufferOffset());
            }
            case Request.Logout p -> {
                common(out, at, p.immediate(), p.cmdSn(), p.expStatSn());
                Bhs.putFlags(out, at, 0x80 | p.reason());
                out.putShort(at + 20, (short) p.connectionId());
            }
            case Request.Snack p -> {
                Bhs.putFlags(out, at, 0x80 | p.type());
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.targetTransferTag());
                out.putInt(at + 28, p.expStatSn());
                out.putInt(at + 40, p.begRun());
                out.putInt(at + 44, p.runLength());
            }
        }
    }

    private static void response(Response pdu, ByteBuffer out, int at) {
        out.putInt(at + 24, pdu.statSn());
        out.putInt(at + 28, pdu.expCmdSn());
        out.putInt(at + 32, pdu.maxCmdSn());
        switch (pdu) {
            case Response.NopIn p -> {
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.targetTransferTag());
            }
            case Response.ScsiResponse p -> scsiResponse(p, out, at);
            case Response.TaskManagementResponse p -> out.put(at + 2, (byte) p.response());
            case Response.LoginResponse p -> {
                Bhs.putFlags(out, at, stages(p.transit(), p.continues(), p.currentStage(), p.nextStage()));
                out.put(at + 2, (byte) p.versionMax());
                out.put(at + 3, (byte) p.versionActive());
                out.putLong(at + 8, p.isid() << 16 | p.tsih());
                out.put(at + 36, (byte) p.statusClass());
                out.put(at + 37, (byte) p.statusDetail());
            }
            case Response.TextResponse p -> {
                Bhs.putFlags(out, at, bit(p.isFinal(), 0x80) | bit(p.continues(), 0x40));
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.targetTransferTag());
            }
            case Response.DataIn p -> dataIn(p, out, at);
            case Response.LogoutResponse p -> {
                out.put(at + 2, (byte) p.response());
                out.putShort(at + 40, (short) p.time2Wait());
                out.putShort(at + 42, (short) p.time2Retain());
            }
            case Response.ReadyToTransfer p -> {
                out.putLong(at + 8, p.lun());
                out.putInt(at + 20, p.targetTransferTag());
                out.putInt(at + 36, p.r2tSn());
                out.putInt(at + 40, (int) p.bufferOffset());
                out.putInt(at + 44, (int) p.desiredLength());
            }
            case Response.AsyncMessage p -> {
                out.putLong(at + 8, p.lun());
                out.put(at + 36, (byte) p.event());
                out.put(at + 37, (byte) p.vendorCode());
                out.putShort(at + 38, (short) p.parameter1());
                out.putShort(at + 40, (short) p.parameter2());
                out.putShort(at + 42, (short) p.parameter3());
            }
            case Response.Reject p -> {
                out.put(at + 2, (byte) p.reason());
                out.putInt(at + 36, p.dataSn());
            }
        }
    }

    private static void scsiResponse(Response.ScsiResponse p, ByteBuffer out, int at) {
        Bhs.putFlags(
                out,
                at,
                0x80
                        | bit(p.bidirectionalOverflow(), 0x10)
                        | bit(p.bidirectionalUnderflow(), 0x08)
                        | bit(p.overflow(), Bhs.FLAG_OVERFLOW)
                        | bit(p.underflow(), Bhs.FLAG_UNDERFLOW));
        out.put(at + 2, (byte) p.response());
        out.put(at + 3, (byte) p.status());
        out.putInt(at + 20, p.snackTag());
        out.putInt(at + 36, p.expDataSn());
        out.putInt(at + 40, (int) p.bidirectionalResidual());
        out.putInt(at + 44, (int) p.residual());
    }

    private static void dataIn(Response.DataIn p, ByteBuffer out, int at) {
        Bhs.putFlags(
                out,
                at,
                bit(p.isFinal(), Bhs.FLAG_FINAL)
                        | bit(p.acknowledge(), 0x40)
                        | bit(p.overflow(), Bhs.FLAG_OVERFLOW)
                        | bit(p.underflow(), Bhs.FLAG_UNDERFLOW)
                        | bit(p.hasStatus(), Bhs.FLAG_STATUS));
        out.put(at + 3, (byte) p.status());
        out.putLong(at + 8, p.lun());
        out.putInt(at + 20, p.targetTransferTag());
        out.putInt(at + 36, p.dataSn());
        out.putInt(at + 40, (int) p.bufferOffset());
        out.putInt(at + 44, (int) p.residual());
    }

    private static void common(ByteBuffer out, int at, boolean immediate, int cmdSn, int expStatSn) {
        if (immediate) {
            out.put(at, (byte) (out.get(at) | 0x40));
        }
        out.putInt(at + 24, cmdSn);
        out.putInt(at + 28, expStatSn);
    }

    private static int stages(boolean transit, boolean continues, int current, int next) {
        return bit(transit, 0x80) | bit(continues, 0x40) | current << 2 | next;
    }

    private static int bit(boolean set, int mask) {
        return set ? mask : 0;
    }
}
