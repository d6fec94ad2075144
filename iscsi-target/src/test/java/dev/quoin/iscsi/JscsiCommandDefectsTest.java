package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.FileDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that our target has none of the defects that were found in jSCSI's target at commands and their data, on a file as it has
 * one below; each test is named by one. Those of its connections are in {@link JscsiServerDefectsTest}. Proved elsewhere already:
 *
 * <pre>
 * the unit's number is ignored          SessionTest.unknownUnit_isReportedAsSuch, jscsi.JscsiInitiatorTest
 * no unit attention                     SessionTest.newSession_findsAnAttention_once
 * no abort, no reset of a unit          SessionTest.abortOfARunningWrite_isAnsweredWhenTheDeviceHasLetItGo,
 *                                       SessionTest.unitReset_abortsTheCommandsOfAllSessions_andTellsThem
 * commands outside the window           HostileInputTest.commandNumbers_outsideTheWindow_getNoAnswer_andInsideAGapEndIt
 * commands that are not there           interop.LibiscsiTest.wholeSuite_overTwoPathsAndTwoInitiators_findsNoFault
 * no reservations                       ReservationsTest
 * </pre>
 */
class JscsiCommandDefectsTest {

    private static final int BLOCK = 512;
    private static final int BLOCKS = 2048;
    private static final long ISID = 0x8000_0000_0032L;
    private static final String INITIATOR = "iqn.2026-11.dev.quoin:defects";
    private static final int SENSE = 2;

    @TempDir
    private Path directory;

    private Path file;
    private FileDevice device;
    private FaultyDevice watched;
    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        file = directory.resolve("unit");
        FileDevice.create(file, (long) BLOCKS * BLOCK).close();
        device = FileDevice.open(file, DeviceProvider.Access.READ_WRITE);
        watched = new FaultyDevice(device, new PowerSupply(1));
        exported = Exported.devices(watched);
    }

    @AfterEach
    void file_hasTheSizeThatItHad() throws Exception {
        exported.close();
        watched.flush().join();
        watched.close();
        device.close();
        assertThat(Files.size(file)).isEqualTo((long) BLOCKS * BLOCK);
    }

    @Test
    void immediateData_longerThanTheCommand_isNotWrittenPastTheEndOfTheUnit() throws Exception {
        try (RawInitiator raw = ready()) {
            raw.send(raw.write(BLOCKS - 1, 1, true, 4 * BLOCK), filled(4 * BLOCK));
            Response.ScsiResponse response = raw.status();
            assertThat(response.status()).isZero();
            assertThat(response.residual()).isEqualTo(3 * BLOCK);
            assertThat(response.underflow()).isTrue();
        }
    }

    @Test
    void dataOut_withAFalseOffset_isNotWrittenOutsideTheUnit_norToItsStart() throws Exception {
        try (RawInitiator raw = ready()) {
            for (long offset : new long[] {0x7FFF_FE00L, 0x8000_0000L, 0xFFFF_FE00L, BLOCK, 4 * BLOCK}) {
                Request.ScsiCommand write = raw.write(BLOCKS - 4, 4, true, 4 * BLOCK);
                raw.send(write);
                int tag = ((Response.ReadyToTransfer) raw.receive().header()).targetTransferTag();
                raw.send(new Request.DataOut(true, 0, write.initiatorTaskTag(), tag, 1, 0, offset), filled(4 * BLOCK));
                assertThat(raw.status().status()).isEqualTo(2);
            }
            assertThat(watched.counters().writes()).isZero();
        }
    }

    @Test
    void pings_afterAnR2t_doNotStandForItsData() throws Exception {
        try (RawInitiator raw = ready()) {
            Request.ScsiCommand write = raw.write(0, 4, true, 4 * BLOCK);
            raw.send(write);
            int tag = ((Response.ReadyToTransfer) raw.receive().header()).targetTransferTag();
            for (int i = 0; i < 2; i++) {
                raw.send(new Request.NopOut(false, 0, raw.nextTag(), -1, raw.nextCmdSn(), raw.expStatSn()));
                assertThat(raw.receive().header()).isInstanceOf(Response.NopIn.class);
            }
            assertThat(watched.counters().writes()).isZero();
            raw.send(new Request.DataOut(true, 0, write.initiatorTaskTag(), tag, 1, 0, 0), filled(4 * BLOCK));
            assertThat(raw.status().status()).isZero();
            assertThat(BlockIo.read(watched, 0, 4 * BLOCK).array()).isEqualTo(filled(4 * BLOCK));
        }
    }

    @Test
    void commandBetweenAnR2tAndItsData_isAnswered() throws Exception {
        try (RawInitiator raw = ready()) {
            Request.ScsiCommand write = raw.write(0, 4, true, 4 * BLOCK);
            raw.send(write);
            int tag = ((Response.ReadyToTransfer) raw.receive().header()).targetTransferTag();
            Request.ScsiCommand read = raw.read(8, 1, BLOCK);
            raw.send(read);
            assertThat(raw.receive().header().initiatorTaskTag()).isEqualTo(read.initiatorTaskTag());
            raw.send(new Request.DataOut(true, 0, write.initiatorTaskTag(), tag, 1, 0, 0), filled(4 * BLOCK));
            Response.ScsiResponse response = raw.status();
            assertThat(response.initiatorTaskTag()).isEqualTo(write.initiatorTaskTag());
            assertThat(response.status()).isZero();
        }
    }

    @Test
    void capacity_isTheLastBlock_notTheNumberOfBlocks() throws Exception {
        try (RawInitiator raw = ready()) {
            raw.send(raw.command(true, false, true, 8, 0x25L << 56, 0));
            assertThat(ByteBuffer.wrap(raw.receive().data()).getInt(0)).isEqualTo(BLOCKS - 1);
            raw.send(raw.command(true, false, true, 32, 0x9E10L << 48, 32L << 16));
            assertThat(ByteBuffer.wrap(raw.receive().data()).getLong(0)).isEqualTo(BLOCKS - 1);
            raw.send(raw.read(BLOCKS, 1, BLOCK));
            assertThat(raw.status().status()).isEqualTo(2);
        }
    }

    @Test
    void read_ofMoreThanTheInitiatorExpects_fillsItsBufferAndNoMore() throws Exception {
        try (RawInitiator raw = ready()) {
            raw.send(raw.read(0, 16, BLOCK));
            RawInitiator.Received received = raw.receive();
            Response.DataIn data = (Response.DataIn) received.header();
            assertThat(received.data()).hasSize(BLOCK);
            assertThat(data.overflow()).isTrue();
            assertThat(data.residual()).isEqualTo(15 * BLOCK);
        }
    }

    @Test
    void expectedLength_from2GiBOn_isNotNegative() throws Exception {
        try (RawInitiator raw = ready()) {
            raw.send(raw.read(0, 1, 0xFFFF_FFFFL));
            RawInitiator.Received received = raw.receive();
            Response.DataIn data = (Response.DataIn) received.header();
            assertThat(received.data()).hasSize(BLOCK);
            assertThat(data.underflow()).isTrue();
            assertThat(data.residual()).isEqualTo(0xFFFF_FFFFL - BLOCK);
        }
    }

    @Test
    void sense_namesWhatIsWrong() throws Exception {
        try (RawInitiator raw = ready()) {
            raw.send(raw.command(false, false, true, 0, 0xFFL << 56, 0));
            assertSense(raw.receive(), 5, 0x20, 0); // INVALID COMMAND OPERATION CODE
            raw.send(raw.read(BLOCKS - 1, 2, 2 * BLOCK));
            assertSense(raw.receive(), 5, 0x21, 0); // LOGICAL BLOCK ADDRESS OUT OF RANGE
            raw.send(raw.command(true, false, true, 96, 0x12_00_55L << 40 | 96L << 24, 0));
            assertSense(raw.receive(), 5, 0x24, 0); // INVALID FIELD IN CDB
        }
    }

    private static void assertSense(RawInitiator.Received received, int key, int code, int qualifier) {
        assertThat(received.header()).isInstanceOf(Response.ScsiResponse.class);
        byte[] sense = received.data();
        assertThat(ByteBuffer.wrap(sense).getShort(0)).as("sense length").isEqualTo((short) (sense.length - SENSE));
        assertThat(sense[SENSE]).as("current error, fixed format").isEqualTo((byte) 0x70);
        assertThat(sense[SENSE + 2]).isEqualTo((byte) key);
        assertThat(sense[SENSE + 12]).isEqualTo((byte) code);
        assertThat(sense[SENSE + 13]).isEqualTo((byte) qualifier);
    }

    @Test
    void window_isWide_andCommandsThatFillIt_areAllAnswered() throws Exception {
        try (RawInitiator raw = ready()) {
            for (int i = 0; i < TargetDefinition.COMMAND_WINDOW; i++) {
                raw.send(raw.testUnitReady());
            }
            Response.ScsiResponse last = null;
            for (int i = 0; i < TargetDefinition.COMMAND_WINDOW; i++) {
                last = raw.status();
                assertThat(last.status()).isZero();
            }
            assertThat(last.maxCmdSn() - last.expCmdSn() + 1).isEqualTo(TargetDefinition.COMMAND_WINDOW);
        }
    }

    @Test
    void commandNumber_thatCameBefore_isNotExecutedAgain() throws Exception {
        try (RawInitiator raw = ready()) {
            Request.ScsiCommand write = raw.write(3, 1, true, BLOCK);
            raw.send(write, filled(BLOCK));
            assertThat(raw.status().status()).isZero();
            raw.send(write, new byte[BLOCK]);
            raw.send(raw.testUnitReady());
            assertThat(raw.status().initiatorTaskTag()).isNotEqualTo(write.initiatorTaskTag());
            assertThat(BlockIo.read(watched, 3 * BLOCK, BLOCK).array()).isEqualTo(filled(BLOCK));
        }
    }

    @Test
    void deviceIdentification_holdsDesignators_andTheSerialNumberIsThere() throws Exception {
        try (RawInitiator raw = ready()) {
            byte[] pages = inquiry(raw, 0x00);
            assertThat(Arrays.copyOfRange(pages, 4, pages.length))
                    .contains((byte) 0x80, (byte) 0x83, (byte) 0xB0, (byte) 0xB1, (byte) 0xB2);
            byte[] serial = inquiry(raw, 0x80);
            assertThat(serial[3]).isPositive();
            byte[] identification = inquiry(raw, 0x83);
            int at = 4;
            int designators = 0;
            while (at < identification.length) {
                int length = identification[at + 3] & 0xFF;
                byte[] designator = Arrays.copyOfRange(identification, at + 4, at + 4 + length);
                assertThat(designator).hasSize(length).isNotEqualTo(new byte[length]);
                at += 4 + length;
                designators++;
            }
            assertThat(at).isEqualTo(identification.length);
            assertThat(designators).isPositive();
        }
    }

    private static byte[] inquiry(RawInitiator raw, int page) throws IOException {
        raw.send(raw.command(true, false, true, 255, 0x12_01_00L << 40 | (long) page << 40 | 255L << 24, 0));
        byte[] bytes = raw.receive().data();
        assertThat(bytes[1]).isEqualTo((byte) page);
        assertThat(bytes).hasSize(4 + ByteBuffer.wrap(bytes).getShort(2));
        return bytes;
    }

    @Test
    void cacheThatIsSaidToBeOn_canBeFlushed_andWrittenThrough() throws Exception {
        try (RawInitiator raw = ready()) {
            raw.send(raw.command(true, false, true, 192, 0x1A_00_08L << 40 | 192L << 24, 0));
            byte[] modes = raw.receive().data();
            assertThat(modes[4 + modes[3] + 2] & 0x04).as("WCE").isEqualTo(0x04);
            raw.send(raw.write(0, 1, true, BLOCK), filled(BLOCK));
            assertThat(raw.status().status()).isZero();
            long flushes = watched.counters().flushes();
            raw.send(raw.command(false, false, true, 0, 0x35L << 56, 0));
            assertThat(raw.status().status()).isZero();
            assertThat(watched.counters().flushes()).isEqualTo(flushes + 1);
            Request.ScsiCommand through = raw.command(false, true, true, BLOCK, 0x2A_08L << 48, 1L << 56);
            raw.send(through, filled(BLOCK));
            assertThat(raw.status().status()).isZero();
            assertThat(watched.counters().fua()).isEqualTo(1);
        }
    }

    /** A session whose attention has been taken. */
    private RawInitiator ready() throws IOException {
        RawInitiator raw = RawInitiator.loggedIn(exported, INITIATOR, ISID, "");
        raw.send(raw.testUnitReady());
        raw.status();
        return raw;
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 11 + 3);
        }
        return bytes;
    }
}
