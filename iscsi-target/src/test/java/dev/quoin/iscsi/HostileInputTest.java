package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockIo;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.property.Property;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Proves that nothing an unfriendly peer sends crashes or hangs the target or changes a block: after each case a good initiator
 * still logs in, writes and reads.
 */
class HostileInputTest {

    private static final int BLOCK = 512;
    private static final int SOON_MILLIS = 5_000;
    private static final Duration LOGIN_DEADLINE = Duration.ofSeconds(2);

    private MemoryDevice memory;
    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        memory = new MemoryDevice("memory", BLOCK, 4 << 20);
        exported = Exported.with(Exported.config(0, memory).withLoginDeadline(LOGIN_DEADLINE));
    }

    @AfterEach
    void goodInitiator_isStillServed() throws Exception {
        try (MemoryDevice usedMemory = memory;
                Exported usedTarget = exported;
                IscsiDevice device = usedTarget.open(0)) {
            ByteBuffer source = ByteBuffer.allocate(BLOCK).putInt(0, 0x600D);
            BlockIo.write(device, 1 << 20, source, WriteMode.FUA);
            assertThat(BlockIo.read(device, 1 << 20, BLOCK).getInt(0)).isEqualTo(0x600D);
            assertThat(BlockIo.read(usedMemory, 0, BLOCK).getInt(0))
                    .as("no hostile write took place")
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3F,
                0x07, 0x1F, 0x2A
            })
    void firstPdu_ofAnyOpcodeButLogin_endsTheConnection(int opcode) throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
            Bhs.start(header, 0, opcode, 0x80, 0, 1);
            raw.sendBytes(header.array());
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void header_cutAtEveryByte_thenClosed_isForgotten() throws Exception {
        ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
        Bhs.start(header, 0, 0x40 | Opcode.LOGIN_REQUEST, 0x87, 100, 1);
        for (int length = 0; length < Bhs.LENGTH; length++) {
            try (RawInitiator raw = new RawInitiator(exported.target().port())) {
                raw.sendBytes(Arrays.copyOf(header.array(), length));
            }
        }
    }

    @Test
    void silenceAndSlowBytes_beforeTheLogin_endAtTheDeadline() throws Exception {
        List<RawInitiator> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                RawInitiator raw = new RawInitiator(exported.target().port());
                silent.add(raw);
                raw.sendBytes(new byte[i % 48]);
            }
            // A good initiator gets through at once meanwhile.
            try (IscsiDevice device = exported.open(0)) {
                assertThat(device.geometry().blockSize()).isEqualTo(BLOCK);
            }
            for (RawInitiator raw : silent) {
                assertThat(raw.closedWithin((int) LOGIN_DEADLINE.toMillis() + SOON_MILLIS))
                        .isTrue();
            }
        } finally {
            for (RawInitiator raw : silent) {
                raw.close();
            }
        }
    }

    @Test
    void oversizedLogin_isRefusedByItsHeaderAlone() throws Exception {
        for (int length : new int[] {8193, 0xFF_FFFF}) {
            try (RawInitiator raw = new RawInitiator(exported.target().port())) {
                ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
                Bhs.start(header, 0, 0x40 | Opcode.LOGIN_REQUEST, 0x87, length, 1);
                raw.sendBytes(header.array());
                assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
            }
        }
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
            Bhs.start(header, 0, 0x40 | Opcode.LOGIN_REQUEST, 0x87, 0, 1);
            header.put(4, (byte) 255);
            raw.sendBytes(header.array());
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void loginWithDataThatNeverComes_thenClosed_isForgotten() throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
            Bhs.start(header, 0, 0x40 | Opcode.LOGIN_REQUEST, 0x87, 8192, 1);
            raw.sendBytes(header.array());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "=\0=\0=",
                "InitiatorName=iqn.x:y",
                "InitiatorName=iqn.x:y\0TargetName=",
                "InitiatorName=\0TargetName=iqn.2026-11.dev.quoin:test\0",
                "InitiatorName=iqn.x:y\0TargetName=iqn.2026-11.dev.quoin:test\0HeaderDigest=[\0HeaderDigest=[\0",
                "SendTargets=All\0",
                "\uFFFD\u0001=\u0002\0",
            })
    void loginWithJunkKeys_isRefused(String keys) throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            raw.send(
                    new Request.Login(true, false, 1, 3, 0, 0, 1, 0, 0, 0, 1, 0),
                    keys.getBytes(StandardCharsets.UTF_8));
            Response.LoginResponse response =
                    (Response.LoginResponse) raw.receive().header();
            assertThat(response.statusClass()).isEqualTo(2);
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void continuedKeysWithoutEnd_areRefusedAtTheLimit() throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            byte[] part = "a=b\0".repeat(2048).getBytes(StandardCharsets.UTF_8);
            Response.LoginResponse last = null;
            for (int i = 0; i < 10 && (last == null || last.statusClass() == 0); i++) {
                raw.send(new Request.Login(false, true, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0), part);
                last = (Response.LoginResponse) raw.receive().header();
            }
            assertThat(last).isNotNull();
            assertThat(last.statusClass()).isEqualTo(3);
        }
    }

    @Test
    void secondLogin_inFullFeaturePhase_endsTheConnection() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            raw.send(new Request.Login(true, false, 1, 3, 0, 0, 1, 0, 0, 0, 1, 0));
            assertThat(raw.receive().header()).isInstanceOf(Response.Reject.class);
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void targetPdus_fromAnInitiator_endTheConnection() throws Exception {
        for (int opcode : new int[] {0x20, 0x21, 0x25, 0x31}) {
            try (RawInitiator raw = loggedIn("")) {
                ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
                Bhs.start(header, 0, opcode, 0x80, 0, 1);
                raw.sendBytes(header.array());
                assertThat(raw.receive().header()).isInstanceOf(Response.Reject.class);
                assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
            }
        }
    }

    @Test
    void unknownOpcodesAndFunctions_areRejected_andTheConnectionGoesOn() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
            Bhs.start(header, 0, 0x1D, 0x80, 0, 1);
            raw.sendBytes(header.array());
            assertThat(((Response.Reject) raw.receive().header()).reason())
                    .isEqualTo(Response.Reject.COMMAND_NOT_SUPPORTED);
            Bhs.start(header, 0, 0x40 | Opcode.TASK_MANAGEMENT_REQUEST, 0x80 | 9, 0, 1);
            raw.sendBytes(header.array());
            assertThat(((Response.Reject) raw.receive().header()).reason())
                    .isEqualTo(Response.Reject.INVALID_PDU_FIELD);
            raw.send(new Request.Snack(0, 0, 1, -1, 1, 0, 0));
            assertThat(((Response.Reject) raw.receive().header()).reason()).isEqualTo(Response.Reject.SNACK_REJECT);
            raw.send(raw.testUnitReady());
            assertThat(raw.status().status()).isEqualTo(2); // the power-on attention: it is served
        }
    }

    @Test
    void dataSegment_overTheDeclaredLength_endsTheConnection() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
            Bhs.start(header, 0, Opcode.SCSI_COMMAND, 0xA0, 0xFF_FFFF, 1);
            raw.sendBytes(header.array());
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void additionalHeaders_ofAnyLength_areNotExecuted() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            raw.send(raw.testUnitReady());
            raw.status();
            for (int words = 1; words <= 255; words += 127) {
                Request.ScsiCommand read = raw.read(0, 1, 512);
                ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + 4 * words);
                PduEncoder.encode(read, 0, out, 0);
                out.put(4, (byte) words);
                out.putShort(Bhs.LENGTH, (short) 0xFFFF);
                out.put(Bhs.LENGTH + 2, (byte) 0x77);
                raw.sendBytes(out.array());
                assertThat(raw.status().status()).isEqualTo(2);
            }
        }
    }

    @Test
    void dataOut_thatNobodyAskedFor_changesNothing() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            raw.send(raw.testUnitReady());
            raw.status();
            // For no task, then for a task with wrong offsets and tags.
            raw.send(new Request.DataOut(true, 0, 99, -1, 1, 0, 0), filled(512));
            raw.send(new Request.DataOut(true, 0, 99, 5, 1, 0, 0xFFFF_FE00L), filled(512));
            for (long offset : new long[] {512, 0xFFFF_FE00L, 0x7FFF_FE00L}) {
                Request.ScsiCommand write = raw.write(0, 4, true, 2048);
                raw.send(write);
                Response.ReadyToTransfer r2t =
                        (Response.ReadyToTransfer) raw.receive().header();
                raw.send(
                        new Request.DataOut(true, 0, write.initiatorTaskTag(), r2t.targetTransferTag(), 1, 0, offset),
                        filled(512));
                assertThat(raw.status().status()).isEqualTo(2);
            }
            Request.ScsiCommand write = raw.write(0, 4, true, 2048);
            raw.send(write);
            Response.ReadyToTransfer r2t =
                    (Response.ReadyToTransfer) raw.receive().header();
            raw.send(
                    new Request.DataOut(true, 0, write.initiatorTaskTag(), r2t.targetTransferTag(), 1, 0, 0),
                    filled(4096));
            assertThat(raw.status().status()).isEqualTo(2);
        }
    }

    @Test
    void immediateData_longerThanTheCommand_staysInsideIt() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            raw.send(raw.testUnitReady());
            raw.status();
            // One block by the command block, four in the PDU: the second and later blocks keep what they are.
            Request.ScsiCommand write = raw.write(100, 1, true, 2048);
            raw.send(write, filled(2048));
            Response.ScsiResponse response = raw.status();
            assertThat(response.status()).isZero();
            assertThat(response.underflow()).isTrue();
            assertThat(response.residual()).isEqualTo(1536);
            assertThat(BlockIo.read(memory, 101 * BLOCK, BLOCK).get(0)).isZero();
            // More immediate data than the first burst allows, and some where none was agreed on.
            raw.send(raw.write(0, 200, true, 200 * 512), filled(100_000));
            assertThat(raw.status().status()).isEqualTo(2);
        }
        try (RawInitiator raw = loggedIn("ImmediateData=No\0")) {
            raw.send(raw.testUnitReady());
            raw.status();
            raw.send(raw.write(0, 1, true, 512), filled(512));
            assertThat(raw.status().status()).isEqualTo(2);
        }
    }

    @Test
    void addressesOverTheEnd_areRefused() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            raw.send(raw.testUnitReady());
            raw.status();
            long[][] blocks = {
                {0x88L << 56 | 0xFFFF_FFFF_FFFFL, 0xFFFFL << 48 | 1L << 16}, // LBA 2^64-1
                {0x88L << 56 | 0x7FFF_FFFF_FFFFL, 0xFFFFL << 48 | 0xFFFF_FFFFL << 16}, // LBA + length over 2^63
                {0x88L << 56, 8192L << 48 | 1L << 16}, // the block after the last
                {0x8AL << 56, 8191L << 48 | 2L << 16},
                {0x93L << 56 | 0x01L << 48, 8191L << 48 | 2L << 16},
                {0x88L << 56, 0xFFFF_FFFFL << 16},
            };
            for (long[] cdb : blocks) {
                raw.send(raw.command(cdb[0] >>> 56 == 0x88, false, true, 512, cdb[0], cdb[1]));
                assertThat(raw.status().status()).isEqualTo(2);
            }
        }
    }

    @Test
    void everyOpcodeAndServiceAction_isAnswered_withNoMoreThanWasAskedFor() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            raw.send(raw.testUnitReady());
            raw.status();
            for (int opcode = 0; opcode < 256; opcode++) {
                boolean writes = switch (opcode) {
                    case 0x0A, 0x2A, 0xAA, 0x8A, 0x41, 0x93, 0x42, 0x2F, 0xAF, 0x8F -> true;
                    default -> false;
                };
                if (writes) {
                    continue; // Their data is tested above.
                }
                for (int action = 0; action < 32; action++) {
                    for (int expected : new int[] {0, 1, 7, 255}) {
                        long high = (long) opcode << 56 | (long) action << 48;
                        raw.send(raw.command(true, false, true, expected, high, 0xFFL << 40 | 0xFFL << 24));
                        RawInitiator.Received received = raw.receive();
                        if (received.header() instanceof Response.DataIn data) {
                            assertThat(received.data().length).isLessThanOrEqualTo(expected);
                            assertThat(data.hasStatus()).isTrue();
                        } else {
                            assertThat(received.header()).isInstanceOf(Response.ScsiResponse.class);
                        }
                    }
                }
            }
        }
    }

    @Test
    void commandNumbers_outsideTheWindow_getNoAnswer_andInsideAGapEndIt() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            raw.send(new Request.ScsiCommand(false, true, false, false, 1, 0, 50, 0, 0, 0, 0, 0));
            raw.send(new Request.ScsiCommand(false, true, false, false, 1, 0, 51, 0, 129, 0, 0, 0));
            raw.send(new Request.ScsiCommand(false, true, false, false, 1, 0, 52, 0, 0x8000_0000, 0, 0, 0));
            raw.send(raw.testUnitReady());
            assertThat(raw.status().initiatorTaskTag()).isEqualTo(1);
            raw.send(new Request.ScsiCommand(false, true, false, false, 1, 0, 53, 0, 9, 0, 0, 0));
            assertThat(raw.receive().header()).isInstanceOf(Response.Reject.class);
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void textRequests_ofAnyBytes_areAnsweredOrRejected() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            for (String text : List.of("", "SendTargets=All", "SendTargets=", "x", "=", "MaxBurstLength=5\0y=z\0")) {
                raw.send(
                        new Request.Text(false, true, false, 0, raw.nextTag(), -1, raw.nextCmdSn(), raw.expStatSn()),
                        text.getBytes(StandardCharsets.UTF_8));
                assertThat(raw.receive().header()).isInstanceOfAny(Response.TextResponse.class, Response.Reject.class);
            }
            byte[] part = new byte[8192];
            RawInitiator.Received last = null;
            int tag = raw.nextTag();
            int transferTag = -1;
            for (int i = 0; i < 3; i++) {
                raw.send(
                        new Request.Text(false, false, true, 0, tag, transferTag, raw.nextCmdSn(), raw.expStatSn()),
                        part);
                last = raw.receive();
                transferTag = last.header() instanceof Response.TextResponse more ? more.targetTransferTag() : -1;
            }
            assertThat(last.header()).isInstanceOf(Response.Reject.class);
        }
    }

    @Test
    void nopOut_ofAnyLength_comesBackAsItWas() throws Exception {
        try (RawInitiator raw = loggedIn("")) {
            for (int length : new int[] {0, 1, 2, 3, 4, 5, 4096, 65_537}) {
                raw.send(
                        new Request.NopOut(false, 0, raw.nextTag(), -1, raw.nextCmdSn(), raw.expStatSn()),
                        filled(length));
                RawInitiator.Received received = raw.receive();
                assertThat(received.header()).isInstanceOf(Response.NopIn.class);
                assertThat(received.data()).isEqualTo(filled(length));
            }
        }
    }

    @Test
    void wrongDigests_endTheConnection_andWriteNothing() throws Exception {
        try (RawInitiator raw = loggedIn("HeaderDigest=CRC32C\0DataDigest=None\0")) {
            raw.send(raw.write(0, 1, true, 512), new byte[0]);
            raw.sendBytes(new byte[4]);
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
        try (RawInitiator raw = loggedIn("HeaderDigest=None\0DataDigest=CRC32C\0")) {
            raw.send(raw.write(0, 1, true, 512), filled(512));
            raw.sendBytes(new byte[4]);
            assertThat(((Response.Reject) raw.receive().header()).reason())
                    .isEqualTo(Response.Reject.DATA_DIGEST_ERROR);
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void randomBytes_afterTheLogin_doNoHarm() {
        Property.forAll(60, random -> {
            try (RawInitiator raw = loggedIn("")) {
                for (int i = 0; i < 20; i++) {
                    raw.sendBytes(hostile(random));
                }
                raw.socket().shutdownOutput();
                assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
            } catch (IOException cutOff) {
                // The target may close while bytes are still sent.
            }
        });
    }

    /** A header with a plausible operation code and random fields, that never writes to the blocks that are looked at. */
    private static byte[] hostile(RandomGenerator random) {
        byte[] bytes = new byte[Bhs.LENGTH + random.nextInt(64)];
        random.nextBytes(bytes);
        int[] opcodes = {0, 1, 2, 4, 5, 6, 0x10};
        bytes[0] = (byte) (opcodes[random.nextInt(opcodes.length)] | (random.nextBoolean() ? 0x40 : 0));
        bytes[4] = 0;
        bytes[5] = 0;
        bytes[6] = 0;
        bytes[32] = (byte) (random.nextBoolean() ? 0x28 : 0x12);
        return bytes;
    }

    @Test
    void thousandConnections_thatOnlyConnect_leaveRoomForAGoodOne() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 1_000; i++) {
                sockets.add(new Socket(
                        InetAddress.getLoopbackAddress(), exported.target().port()));
            }
            long start = System.nanoTime();
            try (IscsiDevice device = exported.open(0)) {
                assertThat(BlockIo.read(device, 0, BLOCK).remaining()).isEqualTo(BLOCK);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private RawInitiator loggedIn(String keys) throws IOException {
        return RawInitiator.loggedIn(exported, "iqn.2026-11.dev.quoin:hostile", 0x8000_0000_0007L, keys);
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7 + 1);
        }
        return bytes;
    }
}
