package dev.quoin.iscsi.jscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Pdu;
import dev.quoin.iscsi.wire.PduDecoder;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.NoSuchElementException;
import java.util.random.RandomGenerator;
import org.jscsi.exception.InternetSCSIException;
import org.jscsi.parser.scsi.SCSIResponseParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proves that our codec and jSCSI's agree on the 11 types of PDU that jSCSI reads and writes without loss, each way: the same fields
 * from the same bytes, the same bytes from the same fields. Each type that it gets wrong has a test that says how, with the section
 * of the standard that decides.
 */
class CodecDifferentialTest {

    private static final int RUNS = 200;
    private static final int PDUS_PER_RUN = 20;

    @ParameterizedTest
    @EnumSource(RandomPdus.Kind.class)
    void pdu_encodedByUs_isReadTheSameByIt_andWrittenBackByteForByte(RandomPdus.Kind kind) {
        forAll(random -> {
            Pdu pdu = RandomPdus.next(kind, random);
            byte[] bytes = bytes(pdu, RandomPdus.data(kind, random));
            JscsiHeader theirs = JscsiHeader.read(ByteBuffer.wrap(bytes));
            assertThat(theirs.pdu()).isEqualTo(pdu);
            assertThat(theirs.header().getDataSegmentLength()).isEqualTo(Bhs.dataLength(ByteBuffer.wrap(bytes), 0));
            assertThat(hex(theirs.bytes())).isEqualTo(hex(bytes));
        });
    }

    @ParameterizedTest
    @EnumSource(RandomPdus.Kind.class)
    void pdu_madeByIt_isDecodedTheSameByUs_andEncodedToItsBytes(RandomPdus.Kind kind) {
        forAll(random -> {
            Pdu pdu = makeable(RandomPdus.next(kind, random));
            byte[] theirs = kind == RandomPdus.Kind.REJECT
                    ? JscsiHeader.read(ByteBuffer.wrap(bytes(pdu, new byte[0]))).bytes()
                    : JscsiHeader.made(pdu).bytes();
            assertThat(PduDecoder.decode(ByteBuffer.wrap(theirs), 0)).isEqualTo(pdu);
            assertThat(hex(bytes(pdu, new byte[0]))).isEqualTo(hex(theirs));
        });
    }

    /** The PDU with zero in the field that jSCSI cannot set. */
    private static Pdu makeable(Pdu pdu) {
        return switch (pdu) {
            case Request.NopOut n ->
                new Request.NopOut(n.immediate(), n.lun(), n.initiatorTaskTag(), 0, n.cmdSn(), n.expStatSn());
            case Request.Text t ->
                new Request.Text(
                        t.immediate(),
                        t.isFinal(),
                        false,
                        t.lun(),
                        t.initiatorTaskTag(),
                        t.targetTransferTag(),
                        t.cmdSn(),
                        t.expStatSn());
            default -> pdu;
        };
    }

    @Test
    void dataIn_isReadTheSame() {
        forAll(random -> {
            Response.DataIn pdu = RandomPdus.dataIn(random);
            assertThat(JscsiHeader.read(ByteBuffer.wrap(bytes(pdu, new byte[0])))
                            .pdu())
                    .isEqualTo(pdu);
        });
    }

    /** RFC 7143 11.7: the residual bits O and U of a Data-In are bits 5 and 6 of byte 1; it writes bits 4 and 3. */
    @Test
    void defect_dataIn_hasItsResidualBitsWrittenElsewhere() throws Exception {
        Response.DataIn overflow =
                new Response.DataIn(true, false, true, false, true, 0, 0, 6, -1, 1, 2, 3, 4, 0x2000, 0x200);
        assertWrites(overflow, 1, 0x85, 0x89);
        Response.DataIn underflow =
                new Response.DataIn(true, false, false, true, true, 0, 0, 6, -1, 1, 2, 3, 4, 0x2000, 0x200);
        assertWrites(underflow, 1, 0x83, 0x91);
    }

    /** RFC 7143 11.4.1: bit 3 (10h) is o, overflow, and bit 4 (08h) is u, underflow, of the read of a bidirectional command. */
    @Test
    void defect_scsiResponse_hasTheBidirectionalResidualsSwapped() throws Exception {
        Response.ScsiResponse overflow =
                new Response.ScsiResponse(true, false, false, false, 0, 0, 6, 0, 1, 2, 3, 0, 0x10, 0);
        var parser =
                JscsiHeader.read(ByteBuffer.wrap(bytes(overflow, new byte[0]))).parser(SCSIResponseParser.class);
        assertThat(parser.isBidirectionalReadResidualUnderflow()).isTrue();
        assertThat(parser.isBidirectionalReadResidualOverflow()).isFalse();
    }

    /** RFC 7143 11.5.1: the function is in bits 1 to 7 of byte 1; it masks them and forgets to shift them down. */
    @Test
    void defect_taskManagementRequest_losesItsFunction() throws Exception {
        Request.TaskManagement abort =
                new Request.TaskManagement(true, Request.TaskManagement.ABORT_TASK, 0, 9, 8, 10, 11, 12, 13);
        assertWrites(abort, 1, 0x81, 0x80);
    }

    /** RFC 7143 11.5.5: LOGICAL UNIT RESET names its unit; it takes the field for a reserved one. */
    @Test
    void defect_taskManagementRequest_refusesAUnitToReset() {
        Request.TaskManagement reset = new Request.TaskManagement(
                true, Request.TaskManagement.LOGICAL_UNIT_RESET, 1L << 48, 9, -1, 10, 11, 0, 0);
        assertThatThrownBy(() -> JscsiHeader.read(ByteBuffer.wrap(bytes(reset, new byte[0]))))
                .isInstanceOf(InternetSCSIException.class);
    }

    /** RFC 7143 11.6.1: the response is byte 2; it masks it and forgets to shift it down. */
    @Test
    void defect_taskManagementResponse_losesItsResponse() throws Exception {
        assertWrites(new Response.TaskManagementResponse(Response.TaskManagementResponse.NO_TASK, 6, 1, 2, 3), 2, 1, 0);
    }

    /** RFC 7143 11.15.1: the response is byte 2; it masks it and forgets to shift it down. */
    @Test
    void defect_logoutResponse_losesItsResponse() throws Exception {
        assertWrites(new Response.LogoutResponse(1, 6, 1, 2, 3, 0, 0), 2, 1, 0);
    }

    /** RFC 7143 11.12.5: the ISID is 48 bits; a byte of its middle with the highest bit set overwrites those before it. */
    @Test
    void defect_login_widensIsids() throws Exception {
        assertWrites(login(0x8012_3480_5678L, 1), 9, 0x12, 0xFF);
        assertWrites(loginResponse(0x8012_3480_5678L, 1), 9, 0x12, 0xFF);
        assertWrites(login(0x8012_3400_5678L, 1), 9, 0x12, 0x12);
    }

    /** RFC 7143 11.12.6: the TSIH is 16 bits; one of 8000h or more overwrites the end of the ISID. */
    @Test
    void defect_login_widensSessionHandles() throws Exception {
        assertWrites(login(0x8012_3400_5678L, 0x8000), 12, 0x56, 0xFF);
        assertWrites(loginResponse(0x8012_3400_5678L, 0x8000), 12, 0x56, 0xFF);
    }

    @Test
    void login_whoseNumbersItDoesNotWiden_isWrittenBackByteForByte() {
        forAll(random -> {
            // Bytes 2 to 5 of the ISID and the TSIH without their highest bits.
            long isid = 0x8000_0000_0000L | (random.nextLong() & 0x007F_7F7F_7F7FL);
            int tsih = random.nextInt(0x8000);
            byte[] request = bytes(login(isid, tsih), new byte[0]);
            assertThat(hex(JscsiHeader.read(ByteBuffer.wrap(request)).bytes())).isEqualTo(hex(request));
            byte[] response = bytes(loginResponse(isid, tsih), new byte[0]);
            assertThat(hex(JscsiHeader.read(ByteBuffer.wrap(response)).bytes())).isEqualTo(hex(response));
        });
    }

    /** RFC 7143 11.9: operation code 32h; its factory of parsers knows it and makes none. */
    @Test
    void defect_asyncMessage_isUnknown() {
        Response.AsyncMessage message =
                new Response.AsyncMessage(0, 1, 2, 3, Response.AsyncMessage.LOGOUT_REQUESTED, 0, 4, 5, 6);
        assertThatThrownBy(() -> JscsiHeader.read(ByteBuffer.wrap(bytes(message, new byte[0]))))
                .isInstanceOf(NoSuchElementException.class);
    }

    /** RFC 7143 11.3.1: byte 3 of a command is its CRN; it takes the byte for a reserved one. */
    @Test
    void defect_scsiCommand_withAReferenceNumber_isRefused() {
        byte[] bytes = bytes(new Request.ScsiCommand(false, true, false, false, 1, 0, 1, 0, 1, 1, 0, 0), new byte[0]);
        bytes[3] = 1;
        assertThatThrownBy(() -> JscsiHeader.read(ByteBuffer.wrap(bytes))).isInstanceOf(InternetSCSIException.class);
        assertThat(PduDecoder.decode(ByteBuffer.wrap(bytes), 0)).isInstanceOf(Request.ScsiCommand.class);
    }

    private static Request.Login login(long isid, int tsih) {
        return new Request.Login(true, false, 1, 3, 0, 0, isid, tsih, 0x77, 0x8001, 0x100, 0x200);
    }

    private static Response.LoginResponse loginResponse(long isid, int tsih) {
        return new Response.LoginResponse(true, false, 1, 3, 0, 0, isid, tsih, 6, 1, 2, 3, 0, 0);
    }

    /** What jSCSI writes of a PDU that it has read, at one byte where it should be {@code right}. */
    private static void assertWrites(Pdu pdu, int at, int right, int theirs) throws Exception {
        byte[] ours = bytes(pdu, new byte[0]);
        assertThat(ours[at] & 0xFF).isEqualTo(right);
        assertThat(PduDecoder.decode(ByteBuffer.wrap(ours), 0)).isEqualTo(pdu);
        assertThat(JscsiHeader.read(ByteBuffer.wrap(ours)).bytes()[at] & 0xFF).isEqualTo(theirs);
    }

    private interface Check {
        void run(RandomGenerator random) throws Exception;
    }

    private static void forAll(Check check) {
        Property.forAll(RUNS, random -> {
            for (int i = 0; i < PDUS_PER_RUN; i++) {
                check.run(random);
            }
        });
    }

    private static byte[] bytes(Pdu pdu, byte[] data) {
        ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + Bhs.padded(data.length));
        PduEncoder.encode(pdu, data.length, out, 0);
        out.put(Bhs.LENGTH, data);
        return out.array();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
