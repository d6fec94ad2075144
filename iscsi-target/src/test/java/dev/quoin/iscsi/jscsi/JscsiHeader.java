package dev.quoin.iscsi.jscsi;

import dev.quoin.iscsi.wire.Pdu;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.DigestException;
import org.jscsi.exception.InternetSCSIException;
import org.jscsi.parser.BasicHeaderSegment;
import org.jscsi.parser.InitiatorMessageParser;
import org.jscsi.parser.OperationCode;
import org.jscsi.parser.ProtocolDataUnit;
import org.jscsi.parser.ProtocolDataUnitFactory;
import org.jscsi.parser.TargetMessageParser;
import org.jscsi.parser.data.DataInParser;
import org.jscsi.parser.data.DataOutParser;
import org.jscsi.parser.logout.LogoutRequestParser;
import org.jscsi.parser.nop.NOPInParser;
import org.jscsi.parser.nop.NOPOutParser;
import org.jscsi.parser.r2t.Ready2TransferParser;
import org.jscsi.parser.reject.RejectParser;
import org.jscsi.parser.scsi.SCSICommandParser;
import org.jscsi.parser.scsi.SCSIResponseParser;
import org.jscsi.parser.scsi.SCSIStatus;
import org.jscsi.parser.snack.SNACKRequestParser;
import org.jscsi.parser.text.TextRequestParser;
import org.jscsi.parser.text.TextResponseParser;

/** A PDU as jSCSI sees it: read from bytes or made from values by jSCSI alone, and put into our words field by field. */
record JscsiHeader(ProtocolDataUnit unit) {

    private static final ProtocolDataUnitFactory FACTORY = new ProtocolDataUnitFactory();
    private static final String NO_DIGEST = "None";

    /** What jSCSI reads from a whole PDU. */
    static JscsiHeader read(ByteBuffer bytes) throws InternetSCSIException, IOException, DigestException {
        ProtocolDataUnit unit = FACTORY.create(NO_DIGEST, NO_DIGEST);
        unit.deserialize(bytes.duplicate().rewind());
        return new JscsiHeader(unit);
    }

    /** What jSCSI writes. */
    byte[] bytes() throws InternetSCSIException, IOException {
        ByteBuffer out = unit.serialize();
        byte[] bytes = new byte[out.remaining()];
        out.get(bytes);
        return bytes;
    }

    BasicHeaderSegment header() {
        return unit.getBasicHeaderSegment();
    }

    <P> P parser(Class<P> type) {
        return type.cast(header().getParser());
    }

    /** The PDU in our words, from what jSCSI's getters say. */
    Pdu pdu() {
        return header().getParser() instanceof InitiatorMessageParser ? request() : response();
    }

    private Request request() {
        boolean immediate = header().isImmediateFlag();
        boolean isFinal = header().isFinalFlag();
        int tag = header().getInitiatorTaskTag();
        InitiatorMessageParser any = parser(InitiatorMessageParser.class);
        long lun = any.getLogicalUnitNumber();
        int cmdSn = any.getCommandSequenceNumber();
        int expStatSn = any.getExpectedStatusSequenceNumber();
        return switch (any) {
            case NOPOutParser p -> new Request.NopOut(immediate, lun, tag, p.getTargetTransferTag(), cmdSn, expStatSn);
            case SCSICommandParser p ->
                new Request.ScsiCommand(
                        immediate,
                        isFinal,
                        p.isReadExpectedFlag(),
                        p.isWriteExpectedFlag(),
                        p.getTaskAttributes().value(),
                        lun,
                        tag,
                        Integer.toUnsignedLong(p.getExpectedDataTransferLength()),
                        cmdSn,
                        expStatSn,
                        p.getCDB().getLong(0),
                        p.getCDB().getLong(8));
            case TextRequestParser p ->
                new Request.Text(
                        immediate, isFinal, p.isContinueFlag(), lun, tag, p.getTargetTransferTag(), cmdSn, expStatSn);
            case DataOutParser p ->
                new Request.DataOut(
                        isFinal,
                        lun,
                        tag,
                        p.getTargetTransferTag(),
                        expStatSn,
                        p.getDataSequenceNumber(),
                        Integer.toUnsignedLong(p.getBufferOffset()));
            case LogoutRequestParser p ->
                new Request.Logout(
                        immediate,
                        p.getReasonCode().value(),
                        tag,
                        Short.toUnsignedInt(p.getConnectionID()),
                        cmdSn,
                        expStatSn);
            case SNACKRequestParser p ->
                new Request.Snack(
                        p.getType().value(),
                        lun,
                        tag,
                        p.getTargetTransferTag(),
                        expStatSn,
                        p.getBegRun(),
                        p.getRunLength());
            default -> throw new IllegalArgumentException("jSCSI reads " + any.getClass() + " wrongly");
        };
    }

    private Response response() {
        boolean isFinal = header().isFinalFlag();
        int tag = header().getInitiatorTaskTag();
        TargetMessageParser any = parser(TargetMessageParser.class);
        long lun = any.getLogicalUnitNumber();
        int statSn = any.getStatusSequenceNumber();
        int expCmdSn = any.getExpectedCommandSequenceNumber();
        int maxCmdSn = any.getMaximumCommandSequenceNumber();
        return switch (any) {
            case NOPInParser p -> new Response.NopIn(lun, tag, p.getTargetTransferTag(), statSn, expCmdSn, maxCmdSn);
            case SCSIResponseParser p ->
                new Response.ScsiResponse(
                        // It has these two the wrong way round: see the test of that defect.
                        p.isBidirectionalReadResidualUnderflow(),
                        p.isBidirectionalReadResidualOverflow(),
                        p.isResidualOverflow(),
                        p.isResidualUnderflow(),
                        p.getResponse().value(),
                        p.getStatus().value(),
                        tag,
                        p.getSNACKTag(),
                        statSn,
                        expCmdSn,
                        maxCmdSn,
                        p.getExpectedDataSequenceNumber(),
                        Integer.toUnsignedLong(p.getBidirectionalReadResidualCount()),
                        Integer.toUnsignedLong(p.getResidualCount()));
            case TextResponseParser p ->
                new Response.TextResponse(
                        isFinal, p.isContinueFlag(), lun, tag, p.getTargetTransferTag(), statSn, expCmdSn, maxCmdSn);
            case DataInParser p ->
                new Response.DataIn(
                        isFinal,
                        p.isAcknowledgeFlag(),
                        p.isResidualOverflow(),
                        p.isResidualUnderflow(),
                        p.isStatusFlag(),
                        p.getStatus().value(),
                        lun,
                        tag,
                        p.getTargetTaskTag(),
                        statSn,
                        expCmdSn,
                        maxCmdSn,
                        p.getDataSequenceNumber(),
                        Integer.toUnsignedLong(p.getBufferOffset()),
                        Integer.toUnsignedLong(p.getResidualCount()));
            case Ready2TransferParser p ->
                new Response.ReadyToTransfer(
                        lun,
                        tag,
                        p.getTargetTransferTag(),
                        statSn,
                        expCmdSn,
                        maxCmdSn,
                        p.getReady2TransferSequenceNumber(),
                        Integer.toUnsignedLong(p.getBufferOffset()),
                        Integer.toUnsignedLong(p.getDesiredDataTransferLength()));
            case RejectParser p ->
                new Response.Reject(p.getReasonCode().value(), statSn, expCmdSn, maxCmdSn, p.getDataSequenceNumber());
            default -> throw new IllegalArgumentException("jSCSI reads " + any.getClass() + " wrongly");
        };
    }

    /** A PDU without data that jSCSI makes through its setters. */
    static JscsiHeader made(Pdu pdu) {
        return switch (pdu) {
            case Request request -> made(request);
            case Response response -> made(response);
        };
    }

    private static JscsiHeader start(OperationCode code, boolean immediate, boolean isFinal, Pdu pdu) {
        JscsiHeader made = new JscsiHeader(FACTORY.create(immediate, isFinal, code, NO_DIGEST, NO_DIGEST));
        made.header().setInitiatorTaskTag(pdu.initiatorTaskTag());
        return made;
    }

    private static JscsiHeader made(Request request) {
        return switch (request) {
            case Request.ScsiCommand c -> {
                JscsiHeader made = start(OperationCode.SCSI_COMMAND, c.immediate(), c.isFinal(), c)
                        .numbered(c.lun(), c.cmdSn(), c.expStatSn());
                SCSICommandParser parser = made.parser(SCSICommandParser.class);
                parser.setReadExpectedFlag(c.read());
                parser.setWriteExpectedFlag(c.write());
                parser.setTaskAttributes(SCSICommandParser.TaskAttributes.valueOf((byte) c.attribute()));
                parser.setExpectedDataTransferLength((int) c.expectedLength());
                parser.setCommandDescriptorBlock(ByteBuffer.allocate(16)
                        .putLong(c.cdbHigh())
                        .putLong(c.cdbLow())
                        .flip());
                yield made;
            }
            case Request.Text t -> {
                JscsiHeader made = start(OperationCode.TEXT_REQUEST, t.immediate(), t.isFinal(), t)
                        .numbered(t.lun(), t.cmdSn(), t.expStatSn());
                made.parser(TextRequestParser.class).setTargetTransferTag(t.targetTransferTag());
                yield made;
            }
            case Request.DataOut d -> {
                JscsiHeader made = start(OperationCode.SCSI_DATA_OUT, false, d.isFinal(), d)
                        .numbered(d.lun(), 0, d.expStatSn());
                DataOutParser parser = made.parser(DataOutParser.class);
                parser.setTargetTransferTag(d.targetTransferTag());
                parser.setDataSequenceNumber(d.dataSn());
                parser.setBufferOffset((int) d.bufferOffset());
                yield made;
            }
            case Request.Logout l -> {
                JscsiHeader made = start(OperationCode.LOGOUT_REQUEST, l.immediate(), true, l)
                        .numbered(0, l.cmdSn(), l.expStatSn());
                LogoutRequestParser parser = made.parser(LogoutRequestParser.class);
                parser.setReasonCode(LogoutRequestParser.LogoutReasonCode.valueOf((byte) l.reason()));
                parser.setConnectionID((short) l.connectionId());
                yield made;
            }
            case Request.Snack s -> {
                JscsiHeader made =
                        start(OperationCode.SNACK_REQUEST, false, true, s).numbered(s.lun(), 0, s.expStatSn());
                SNACKRequestParser parser = made.parser(SNACKRequestParser.class);
                parser.setType(SNACKRequestParser.SNACKType.valueOf((byte) s.type()));
                parser.setTargetTransferTag(s.targetTransferTag());
                parser.setBegRun(s.begRun());
                parser.setRunLength(s.runLength());
                yield made;
            }
            case Request.NopOut n ->
                start(OperationCode.NOP_OUT, n.immediate(), true, n).numbered(n.lun(), n.cmdSn(), n.expStatSn());
            case Request.TaskManagement _, Request.Login _ ->
                throw new IllegalArgumentException("jSCSI writes " + request + " wrongly");
        };
    }

    private JscsiHeader numbered(long lun, int cmdSn, int expStatSn) {
        InitiatorMessageParser any = parser(InitiatorMessageParser.class);
        any.setLogicalUnitNumber(lun);
        any.setCommandSequenceNumber(cmdSn);
        any.setExpectedStatusSequenceNumber(expStatSn);
        return this;
    }

    private static JscsiHeader made(Response response) {
        return switch (response) {
            case Response.NopIn n -> {
                JscsiHeader made = start(OperationCode.NOP_IN, false, true, n).numbered(n.lun(), n);
                made.parser(NOPInParser.class).setTargetTransferTag(n.targetTransferTag());
                yield made;
            }
            case Response.ScsiResponse s -> {
                JscsiHeader made =
                        start(OperationCode.SCSI_RESPONSE, false, true, s).numbered(0, s);
                SCSIResponseParser parser = made.parser(SCSIResponseParser.class);
                parser.setBidirectionalReadResidualOverflow(s.bidirectionalUnderflow());
                parser.setBidirectionalReadResidualUnderflow(s.bidirectionalOverflow());
                parser.setResidualOverflow(s.overflow());
                parser.setResidualUnderflow(s.underflow());
                parser.setResponse(SCSIResponseParser.ServiceResponse.valueOf((byte) s.response()));
                parser.setStatus(SCSIStatus.valueOf((byte) s.status()));
                parser.setSNACKTag(s.snackTag());
                parser.setExpectedDataSequenceNumber(s.expDataSn());
                parser.setBidirectionalReadResidualCount((int) s.bidirectionalResidual());
                parser.setResidualCount((int) s.residual());
                yield made;
            }
            case Response.TextResponse t -> {
                JscsiHeader made = start(OperationCode.TEXT_RESPONSE, false, t.isFinal(), t)
                        .numbered(t.lun(), t);
                TextResponseParser parser = made.parser(TextResponseParser.class);
                parser.setContinueFlag(t.continues());
                parser.setTargetTransferTag(t.targetTransferTag());
                yield made;
            }
            case Response.ReadyToTransfer r -> {
                JscsiHeader made = start(OperationCode.R2T, false, true, r).numbered(r.lun(), r);
                Ready2TransferParser parser = made.parser(Ready2TransferParser.class);
                parser.setTargetTransferTag(r.targetTransferTag());
                parser.setReady2TransferSequenceNumber(r.r2tSn());
                parser.setBufferOffset((int) r.bufferOffset());
                parser.setDesiredDataTransferLength((int) r.desiredLength());
                yield made;
            }
            case Response.Reject _,
                    Response.TaskManagementResponse _,
                    Response.LoginResponse _,
                    Response.DataIn _,
                    Response.LogoutResponse _,
                    Response.AsyncMessage _ -> throw new IllegalArgumentException("jSCSI cannot make " + response);
        };
    }

    private JscsiHeader numbered(long lun, Response response) {
        TargetMessageParser any = parser(TargetMessageParser.class);
        any.setLogicalUnitNumber(lun);
        any.setStatusSequenceNumber(response.statSn());
        any.setExpectedCommandSequenceNumber(response.expCmdSn());
        any.setMaximumCommandSequenceNumber(response.maxCmdSn());
        return this;
    }
}
