package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Proves that our target has none of the defects that were found in jSCSI's target at connections, framing and login; each test is
 * named by one. Those of its commands are in {@link JscsiCommandDefectsTest}. Proved elsewhere already:
 *
 * <pre>
 * an idle connection blocks everybody           HostileInputTest.silenceAndSlowBytes_beforeTheLogin_endAtTheDeadline
 * no login beside many open connections         HostileInputTest.thousandConnections_thatOnlyConnect_leaveRoomForAGoodOne
 * a null parser for an unknown operation code   HostileInputTest.firstPdu_ofAnyOpcodeButLogin_endsTheConnection
 * 16 MiB allocated for a length field           HostileInputTest.oversizedLogin_isRefusedByItsHeaderAlone
 * a wrong digest is accepted, a right one not   HostileInputTest.wrongDigests_endTheConnection_andWriteNothing, DigestsTest
 * the padding is shown as data                  HostileInputTest.nopOut_ofAnyLength_comesBackAsItWas
 * an existing session is not replaced           SessionTest.sameInitiatorPort_logsIn_again_onlyWhenTheOldSessionHasLeftTheDevice
 * no CHAP                                       ChapLoginTest
 * no asynchronous messages                      PlannedWorkTest.drain_asksForALogout_andAdmitsNobodyElse
 * no ping of a silent peer                      SessionTest.silentInitiator_isPinged_andDroppedIfItDoesNotAnswer
 * codes, residuals and ISIDs mangled in headers jscsi.CodecDifferentialTest, PduGoldenTest
 * </pre>
 */
class JscsiServerDefectsTest {

    private static final int BLOCK = 512;
    private static final int SOON_MILLIS = 5_000;
    private static final long ISID = 0x8000_0000_0031L;
    private static final String INITIATOR = "iqn.2026-11.dev.quoin:defects";
    private static final String NAMES = "InitiatorName=" + INITIATOR + "\0TargetName=" + Exported.NAME + "\0";

    private MemoryDevice memory;
    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        memory = new MemoryDevice("memory", BLOCK, 1 << 20);
        exported = Exported.devices(memory);
    }

    @AfterEach
    void goodInitiator_isStillServed() throws Exception {
        try (MemoryDevice usedMemory = memory;
                Exported usedTarget = exported;
                IscsiDevice device = usedTarget.open(0)) {
            BlockIo.write(device, 0, ByteBuffer.allocate(BLOCK).putInt(0, 0x600D), WriteMode.FUA);
            assertThat(BlockIo.read(usedMemory, 0, BLOCK).getInt(0)).isEqualTo(0x600D);
        }
    }

    @Test
    void connectAndClose_doesNotEndTheServer() throws Exception {
        for (int i = 0; i < 3; i++) {
            new Socket(InetAddress.getLoopbackAddress(), exported.target().port()).close();
        }
    }

    @Test
    void oneByteAndAReset_doNotEndTheServer() throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), exported.target().port())) {
            socket.getOutputStream().write(0x43);
            socket.setSoLinger(true, 0);
        }
    }

    @Test
    void webBrowser_doesNotEndTheServer() throws Exception {
        try (RawInitiator curt = new RawInitiator(exported.target().port());
                RawInitiator wordy = new RawInitiator(exported.target().port())) {
            curt.sendBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            wordy.sendBytes("GET /favicon.ico HTTP/1.1\r\nHost: 192.0.2.1:3260\r\nAccept: */*\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(wordy.closedWithin(SOON_MILLIS)).isTrue();
            loggedIn(ISID).close();
        }
    }

    @Test
    void additionalHeaderOf16Bytes_inALogin_doesNotEndTheServer() throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + 16);
            PduEncoder.encode(new Request.Login(true, false, 1, 3, 0, 0, ISID, 0, 0, 0, 1, 0), 0, out, 0);
            out.put(4, (byte) 4);
            out.putShort(Bhs.LENGTH, (short) 13);
            raw.sendBytes(out.array());
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", ".*", "None|CRC32C", "(", "*", "\\", "CRC32C,["})
    void valueOfAKey_isNoRegularExpression(String value) throws Exception {
        String answer = logInAnd("HeaderDigest=" + value + "\0", false);
        assertThat(answer).contains("HeaderDigest=" + (value.startsWith("CRC32C") ? "CRC32C" : "Reject") + "\0");
    }

    @Test
    void keyWithAnEmptyValue_orAnEqualSignInIt_doesNotEndTheLogin() throws Exception {
        logInAnd("InitiatorAlias=\0", true);
        logInAnd("InitiatorAlias=a=b\0", true);
    }

    @Test
    void keyThatNobodyKnows_isNotUnderstood_andDoesNotEndTheLogin() throws Exception {
        assertThat(logInAnd("X-org.example.shoe-size=42\0", true)).contains("X-org.example.shoe-size=NotUnderstood\0");
    }

    @Test
    void initiatorThatWantsDigests_isNotRefused() throws Exception {
        assertThat(logInAnd("HeaderDigest=CRC32C\0DataDigest=CRC32C\0", false))
                .contains("HeaderDigest=CRC32C\0", "DataDigest=CRC32C\0");
    }

    @Test
    void longestSegment_isDeclared_soThatDataNeedNotComeInSmallPieces() throws Exception {
        String answer = logInAnd("", true);
        String key = "MaxRecvDataSegmentLength=";
        int at = answer.indexOf(key) + key.length();
        assertThat(Integer.parseInt(answer.substring(at, answer.indexOf('\0', at))))
                .isGreaterThanOrEqualTo(256 << 10);
    }

    @Test
    void initiatorThatIsNotListed_mayNotLogIn() throws Exception {
        try (Exported listed = Exported.with(
                        Exported.config(0, memory).withInitiators(Set.of("iqn.2026-11.dev.quoin:somebody-else")));
                RawInitiator raw = new RawInitiator(listed.target().port())) {
            Response.LoginResponse response = raw.login(INITIATOR, ISID, "");
            assertThat(response.statusClass()).isEqualTo(2);
            assertThat(response.statusDetail()).isEqualTo(2);
        }
    }

    @Test
    void secondSession_isServedBesideTheFirst_andAfterIt() throws Exception {
        try (RawInitiator one = loggedIn(ISID);
                RawInitiator other = loggedIn(ISID + 1)) {
            for (RawInitiator each : new RawInitiator[] {one, other, one}) {
                each.send(each.testUnitReady());
                each.status();
            }
        }
        loggedIn(ISID + 2).close();
    }

    @Test
    void normalSession_logsIn_whileADiscoverySessionIsOpen() throws Exception {
        try (RawInitiator discovery = new RawInitiator(exported.target().port())) {
            discovery.send(
                    new Request.Login(true, false, 1, 3, 0, 0, 1, 0, 0, 0, 1, 0),
                    ("InitiatorName=" + INITIATOR + "\0SessionType=Discovery\0").getBytes(StandardCharsets.UTF_8));
            discovery.receive();
            loggedIn(ISID).close();
        }
    }

    @Test
    void endOfTheStream_insideADataSegment_endsTheSession_andSpinsNoCore() throws Exception {
        try (RawInitiator raw = loggedIn(ISID)) {
            ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH + 100);
            PduEncoder.encode(raw.write(1, 1, true, BLOCK), BLOCK, header, 0);
            raw.sendBytes(header.array());
            raw.socket().shutdownOutput();
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
        await().atMost(Duration.ofSeconds(5))
                .until(() -> exported.target().sessions().isEmpty());
        assertThat(BlockIo.read(memory, BLOCK, BLOCK).array()).containsOnly(0);
    }

    @Test
    void halfClosedConnection_isNotAnsweredForEver() throws Exception {
        try (RawInitiator raw = loggedIn(ISID)) {
            raw.send(raw.testUnitReady());
            raw.socket().shutdownOutput();
            // At most the answer to what was sent comes; then the end.
            int length = raw.socket().getInputStream().readAllBytes().length;
            assertThat(length).isLessThanOrEqualTo(2 * Bhs.LENGTH);
        }
    }

    @Test
    void paddingInASegmentOfItsOwn_doesNotShiftTheStream() throws Exception {
        try (RawInitiator raw = loggedIn(ISID)) {
            ByteBuffer ping = ByteBuffer.allocate(Bhs.LENGTH + 8);
            Request.NopOut nop = new Request.NopOut(false, 0, 7, -1, raw.nextCmdSn(), raw.expStatSn());
            PduEncoder.encode(nop, 5, ping, 0);
            ping.put(Bhs.LENGTH, new byte[] {1, 2, 3, 4, 5});
            raw.sendBytes(Arrays.copyOf(ping.array(), Bhs.LENGTH + 5));
            // The target has read so far: what it needs to go on is the padding alone.
            assertThat(raw.silentFor(50)).isTrue();
            raw.sendBytes(new byte[3]);
            RawInitiator.Received received = raw.receive();
            assertThat(received.header()).isInstanceOf(Response.NopIn.class);
            assertThat(received.data()).containsExactly(1, 2, 3, 4, 5);
            raw.send(raw.testUnitReady());
            assertThat(raw.status().initiatorTaskTag()).isEqualTo(1);
        }
    }

    @Test
    void commandWithAReferenceNumber_isNotRefused() throws Exception {
        try (RawInitiator raw = loggedIn(ISID)) {
            ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH);
            PduEncoder.encode(raw.command(true, false, true, 96, 0x12L << 56 | 96L << 24, 0), 0, out, 0);
            out.put(3, (byte) 0xA5);
            raw.sendBytes(out.array());
            assertThat(raw.receive().header()).isInstanceOf(Response.DataIn.class);
        }
    }

    @Test
    void textRequest_withKeysThatNobodyKnows_isAnswered() throws Exception {
        try (RawInitiator raw = loggedIn(ISID)) {
            // RFC 7143 6.2: a key that is not understood is told from one that comes too late.
            raw.send(
                    new Request.Text(false, true, false, 0, 9, -1, raw.nextCmdSn(), raw.expStatSn()),
                    "X-org.example.hat=blue\0InitialR2T=Yes\0".getBytes(StandardCharsets.UTF_8));
            RawInitiator.Received received = raw.receive();
            assertThat(received.header().opcode()).isEqualTo(Opcode.TEXT_RESPONSE);
            assertThat(new String(received.data(), StandardCharsets.UTF_8))
                    .isEqualTo("X-org.example.hat=NotUnderstood\0InitialR2T=Reject\0");
        }
    }

    private RawInitiator loggedIn(long isid) throws IOException {
        return RawInitiator.loggedIn(exported, INITIATOR, isid, "");
    }

    /** Logs in with some keys and gives the text of the answer; says no word afterwards where digests may have been agreed on. */
    private String logInAnd(String keys, boolean use) throws IOException {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            raw.send(
                    new Request.Login(true, false, 1, 3, 0, 0, ISID, 0, 0, 0, 1, 0),
                    (NAMES + keys).getBytes(StandardCharsets.UTF_8));
            RawInitiator.Received received = raw.receive();
            Response.LoginResponse response = (Response.LoginResponse) received.header();
            assertThat(response.statusClass()).isZero();
            assertThat(response.transit()).isTrue();
            if (use) {
                raw.send(raw.testUnitReady());
                raw.status();
            }
            return new String(received.data(), StandardCharsets.UTF_8);
        }
    }
}
