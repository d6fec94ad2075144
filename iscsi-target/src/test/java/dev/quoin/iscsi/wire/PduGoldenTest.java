package dev.quoin.iscsi.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Proves that each of the 18 headers has the bytes that RFC 7143 section 11 gives it, worked out by hand. */
class PduGoldenTest {

    private static final long LUN_1 = 0x0001_0000_0000_0000L;

    static Stream<Arguments> headers() {
        return Stream.of(
                Arguments.of(
                        new Request.NopOut(true, LUN_1, 0x11223344, -1, 0x55, 0x66),
                        5,
                        "40800000 00000005 00010000 00000000 11223344 ffffffff 00000055 00000066"
                                + " 00000000 00000000 00000000 00000000"),
                Arguments.of(
                        new Request.ScsiCommand(
                                false,
                                true,
                                true,
                                false,
                                1,
                                LUN_1,
                                0x0A0B0C0D,
                                0xFFFF_FE00L,
                                7,
                                8,
                                0x2800_0102_0304_0000L,
                                0x0800_0000_0000_0000L),
                        0,
                        "01c10000 00000000 00010000 00000000 0a0b0c0d fffffe00 00000007 00000008"
                                + " 28000102 03040000 08000000 00000000"),
                Arguments.of(
                        new Request.TaskManagement(
                                true, Request.TaskManagement.LOGICAL_UNIT_RESET, LUN_1, 9, -1, 10, 11, 12, 13),
                        0,
                        "42850000 00000000 00010000 00000000 00000009 ffffffff 0000000a 0000000b"
                                + " 0000000c 0000000d 00000000 00000000"),
                Arguments.of(
                        new Request.Login(
                                true, false, 1, 3, 0, 0, 0x80AB_CDEF_0123L, 0xFEDC, 0x77, 0x8001, 0x100, 0x200),
                        300,
                        "43870000 0000012c 80abcdef 0123fedc 00000077 80010000 00000100 00000200"
                                + " 00000000 00000000 00000000 00000000"),
                Arguments.of(
                        new Request.Text(false, false, true, 0, 3, 0x12345678, 4, 5),
                        16,
                        "04400000 00000010 00000000 00000000 00000003 12345678 00000004 00000005"
                                + " 00000000 00000000 00000000 00000000"),
                Arguments.of(
                        new Request.DataOut(true, LUN_1, 3, 0x99, 5, 6, 0xFFFF_FE00L),
                        512,
                        "05800000 00000200 00010000 00000000 00000003 00000099 00000000 00000005"
                                + " 00000000 00000006 fffffe00 00000000"),
                Arguments.of(
                        new Request.Logout(true, Request.Logout.REMOVE_FOR_RECOVERY, 3, 0x8002, 4, 5),
                        0,
                        "46820000 00000000 00000000 00000000 00000003 80020000 00000004 00000005"
                                + " 00000000 00000000 00000000 00000000"),
                Arguments.of(
                        new Request.Snack(2, LUN_1, 3, 4, 5, 6, 7),
                        0,
                        "10820000 00000000 00010000 00000000 00000003 00000004 00000000 00000005"
                                + " 00000000 00000000 00000006 00000007"),
                Arguments.of(
                        new Response.NopIn(LUN_1, -1, 0x42, 1, 2, 3),
                        0,
                        "20800000 00000000 00010000 00000000 ffffffff 00000042 00000001 00000002"
                                + " 00000003 00000000 00000000 00000000"),
                Arguments.of(
                        new Response.ScsiResponse(false, true, false, true, 0, 2, 6, 0, 1, 2, 3, 9, 0x10, 0x20),
                        20,
                        "218a0002 00000014 00000000 00000000 00000006 00000000 00000001 00000002"
                                + " 00000003 00000009 00000010 00000020"),
                Arguments.of(
                        new Response.TaskManagementResponse(255, 6, 1, 2, 3),
                        0,
                        "2280ff00 00000000 00000000 00000000 00000006 00000000 00000001 00000002"
                                + " 00000003 00000000 00000000 00000000"),
                Arguments.of(
                        new Response.LoginResponse(
                                true, false, 0, 1, 0, 0, 0x80AB_CDEF_0123L, 0x8000, 6, 1, 2, 3, 2, 0x0B),
                        8,
                        "23810000 00000008 80abcdef 01238000 00000006 00000000 00000001 00000002"
                                + " 00000003 020b0000 00000000 00000000"),
                Arguments.of(
                        new Response.TextResponse(true, false, 0, 6, -1, 1, 2, 3),
                        40,
                        "24800000 00000028 00000000 00000000 00000006 ffffffff 00000001 00000002"
                                + " 00000003 00000000 00000000 00000000"),
                Arguments.of(
                        new Response.DataIn(true, false, true, false, true, 0, 0, 6, -1, 1, 2, 3, 4, 0x2000, 0x200),
                        4096,
                        "25850000 00001000 00000000 00000000 00000006 ffffffff 00000001 00000002"
                                + " 00000003 00000004 00002000 00000200"),
                Arguments.of(
                        new Response.LogoutResponse(1, 6, 1, 2, 3, 4, 5),
                        0,
                        "26800100 00000000 00000000 00000000 00000006 00000000 00000001 00000002"
                                + " 00000003 00000000 00040005 00000000"),
                Arguments.of(
                        new Response.ReadyToTransfer(LUN_1, 6, 0x21, 1, 2, 3, 4, 0x1000, 0x4_0000),
                        0,
                        "31800000 00000000 00010000 00000000 00000006 00000021 00000001 00000002"
                                + " 00000003 00000004 00001000 00040000"),
                Arguments.of(
                        new Response.AsyncMessage(0, 1, 2, 3, Response.AsyncMessage.LOGOUT_REQUESTED, 0, 4, 5, 6),
                        0,
                        "32800000 00000000 00000000 00000000 ffffffff 00000000 00000001 00000002"
                                + " 00000003 01000004 00050006 00000000"),
                Arguments.of(
                        new Response.Reject(Response.Reject.PROTOCOL_ERROR, 1, 2, 3, 4),
                        48,
                        "3f800400 00000030 00000000 00000000 ffffffff 00000000 00000001 00000002"
                                + " 00000003 00000004 00000000 00000000"));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void header_encodedAndDecoded_isAsInTheStandard(Pdu pdu, int dataLength, String hex) {
        byte[] expected = HexFormat.of().parseHex(hex.replace(" ", ""));
        ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH);
        PduEncoder.encode(pdu, dataLength, out, 0);
        assertThat(HexFormat.of().formatHex(out.array()))
                .isEqualTo(HexFormat.of().formatHex(expected));
        assertThat(PduDecoder.decode(ByteBuffer.wrap(expected), 0)).isEqualTo(pdu);
        assertThat(Bhs.dataLength(out, 0)).isEqualTo(dataLength);
    }
}
