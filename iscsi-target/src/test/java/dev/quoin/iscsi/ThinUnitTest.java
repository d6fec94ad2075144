package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Proves what initiators see of a unit that takes space as it is written and that may grow: which blocks are mapped, how much is left,
 * the warning before it is full, the refusal when it is, and the news of a new size.
 */
@Timeout(60)
class ThinUnitTest {

    private static final int BLOCK = 512;
    private static final int PAGE = MemoryDevice.PAGE;
    private static final int BLOCKS_OF_PAGE = PAGE / BLOCK;

    /** 64 pages are promised, 8 are there, with 2 left initiators are warned. */
    private MemoryDevice memory;

    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        memory = MemoryDevice.thin("memory", BLOCK, 64L * PAGE, 8L * PAGE, 2L * PAGE);
        exported = Exported.with(Exported.config(0, memory).withoutPowerOnAttention());
    }

    @AfterEach
    void stop() {
        exported.close();
        memory.close();
    }

    private RawInitiator login(long isid) throws IOException {
        return RawInitiator.loggedIn(exported, Exported.INITIATOR, isid, "");
    }

    private void fill(int firstPage, int pages) throws IOException {
        for (int i = firstPage; i < firstPage + pages; i++) {
            BlockIo.write(memory, (long) i * PAGE, ByteBuffer.allocate(BLOCK), WriteMode.CACHED);
        }
    }

    private static byte[] answer(RawInitiator raw, String cdb, int expected) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16)
                .put(HexFormat.ofDelimiter(" ").parseHex(cdb))
                .position(0);
        raw.send(raw.command(true, false, true, expected, bytes.getLong(), bytes.getLong()));
        RawInitiator.Received received = raw.receive();
        assertThat(received.header()).as(cdb).isInstanceOf(Response.DataIn.class);
        return received.data();
    }

    /** The sense key, code and qualifier of the answer to TEST UNIT READY, or "" if it is GOOD. */
    private static String ready(RawInitiator raw) throws IOException {
        raw.send(raw.testUnitReady());
        return sense(raw.receive());
    }

    private static String sense(RawInitiator.Received received) {
        Response.ScsiResponse response = (Response.ScsiResponse) received.header();
        byte[] data = received.data();
        return response.status() == 0 ? "" : "%x/%02x/%02x".formatted(data[4], data[14], data[15]);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void lbaStatus_tellsWhichBlocksAreMapped_runByRun() throws Exception {
        fill(1, 2);
        fill(5, 1);
        try (RawInitiator raw = login(1)) {
            assertThat(hex(answer(raw, "9e 12 00 00 00 00 00 00 00 00 00 00 01 00 00 00", 256)))
                    .isEqualTo("00000054" + "00000000"
                            + "0000000000000000" + "00000080" + "01000000"
                            + "0000000000000080" + "00000100" + "00000000"
                            + "0000000000000180" + "00000100" + "01000000"
                            + "0000000000000280" + "00000080" + "00000000"
                            + "0000000000000300" + "00001d00" + "01000000");
            assertThat(hex(answer(raw, "9e 12 00 00 00 00 00 00 00 81 00 00 00 18 00 00", 24)))
                    .isEqualTo("00000014" + "00000000" + "0000000000000081" + "000000ff" + "00000000");
            // WRITE SAME (16) of zeroes with UNMAP, of the last mapped page.
            raw.send(
                    raw.command(false, true, true, BLOCK, 0x93080000_00000000L, 0x02800000_00800000L), new byte[BLOCK]);
            assertThat(raw.status().status()).isZero();
            assertThat(hex(answer(raw, "9e 12 00 00 00 00 00 00 02 80 00 00 00 18 00 00", 24)))
                    .isEqualTo("00000014" + "00000000" + "0000000000000280" + "00001d80" + "01000000");
            // UNMAP of the second mapped page, by a list of one range.
            byte[] list = HexFormat.of().parseHex("0016001000000000" + "0000000000000100" + "00000080" + "00000000");
            raw.send(raw.command(false, true, true, list.length, 0x42L << 56, 24L << 56), list);
            assertThat(raw.status().status()).isZero();
            assertThat(hex(answer(raw, "9e 12 00 00 00 00 00 00 01 00 00 00 00 18 00 00", 24)))
                    .isEqualTo("00000014" + "00000000" + "0000000000000100" + "00001f00" + "01000000");
        }
    }

    @Test
    void pages_agreeOnWhatIsProvisioned_andInWhichMeasure() throws Exception {
        fill(0, 3);
        try (RawInitiator raw = login(1)) {
            // Sets of 128 blocks, LBPU LBPWS LBPWS10 LBPRZ, thin.
            assertThat(hex(answer(raw, "12 01 b2 00 ff 00", 255))).isEqualTo("00b20004" + "07e40200");
            assertThat(answer(raw, "9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00", 32)[14])
                    .isEqualTo((byte) 0xC0);
            assertThat(ByteBuffer.wrap(answer(raw, "12 01 b0 00 ff 00", 255)).getInt(28))
                    .isEqualTo(BLOCKS_OF_PAGE);
            // Five sets are available to several, three are used by this unit.
            assertThat(hex(answer(raw, "4d 00 4c 00 00 00 00 00 ff 00", 255)))
                    .isEqualTo(
                            "0c000018" + "00010308" + "00000005" + "02000000" + "00020308" + "00000003" + "01000000");
            assertThat(hex(answer(raw, "4d 00 4c 00 00 00 02 00 ff 00", 255)))
                    .isEqualTo("0c00000c" + "00020308" + "00000003" + "01000000");
            assertThat(hex(answer(raw, "4d 00 40 00 00 00 00 00 ff 00", 255))).isEqualTo("00000003" + "000c2f");
            assertThat(hex(answer(raw, "4d 00 40 ff 00 00 00 00 ff 00", 255)))
                    .isEqualTo("40ff0008" + "000000ff0c002f00");
            // One enabled threshold: two sets available, decreasing.
            String page = "5c020014" + "000000000000000000000000" + "8001000000000002";
            assertThat(hex(answer(raw, "5a 08 1c 02 00 00 00 00 ff 00", 255))).isEqualTo("001e001000000000" + page);
            assertThat(hex(answer(raw, "5a 08 3f ff 00 00 00 00 ff 00", 255))).endsWith(page);
            assertThat(hex(answer(raw, "5a 08 3f 00 00 00 00 00 ff 00", 255))).doesNotContain("5c02");
            assertThat(hex(answer(raw, "5a 08 01 00 00 00 00 00 ff 00", 255)))
                    .isEqualTo("0012001000000000" + "010ac00000000080" + "00000000");
        }
    }

    @Test
    void unit_thatKnowsNoLimit_hasNoThresholds() throws Exception {
        try (MemoryDevice plain = new MemoryDevice("plain", BLOCK, 4L * PAGE);
                Exported other = Exported.with(Exported.config(0, plain).withoutPowerOnAttention());
                RawInitiator raw = RawInitiator.loggedIn(other, Exported.INITIATOR, 1, "")) {
            assertThat(hex(answer(raw, "12 01 b2 00 ff 00", 255))).isEqualTo("00b20004" + "00e40200");
            assertThat(hex(answer(raw, "4d 00 40 00 00 00 00 00 ff 00", 255))).isEqualTo("00000002" + "002f");
            raw.send(raw.command(true, false, true, 255, 0x4D004C00_00000000L, 0xFFL << 56));
            assertThat(sense(raw.receive())).isEqualTo("5/24/00");
            raw.send(raw.command(true, false, true, 255, 0x5A081C02_00000000L, 0xFFL << 56));
            assertThat(sense(raw.receive())).isEqualTo("5/24/00");
        }
    }

    @Test
    void threshold_isToldToEveryNexus_onceForEachCrossing_withTheDescriptorsPlace() throws Exception {
        try (RawInitiator one = login(1);
                RawInitiator two = login(2)) {
            fill(0, 5);
            assertThat(ready(one)).isEmpty();
            // The sixth page is taken by a write of the first initiator.
            one.send(one.write(5 * BLOCKS_OF_PAGE, 1, true, BLOCK), new byte[BLOCK]);
            assertThat(one.status().status()).isZero();
            for (RawInitiator raw : new RawInitiator[] {one, two}) {
                raw.send(raw.testUnitReady());
                RawInitiator.Received told = raw.receive();
                assertThat(sense(told)).isEqualTo("6/38/07");
                assertThat(ByteBuffer.wrap(told.data()).getInt(5)).isEqualTo(16);
                assertThat(told.data()[2]).as("the information is valid").isEqualTo((byte) 0xF0);
                assertThat(ready(raw)).isEmpty();
            }
            fill(6, 1);
            assertThat(ready(one)).as("it stayed low").isEmpty();
            BlockIo.discard(memory, 0, 3L * PAGE);
            fill(0, 3);
            assertThat(ready(one)).isEqualTo("6/38/07");
            assertThat(ready(two)).isEqualTo("6/38/07");
        }
    }

    @Test
    void threshold_isNotTold_whereReportingIsTurnedOff_untilAReset() throws Exception {
        try (RawInitiator raw = login(1)) {
            byte[] off = HexFormat.of().parseHex("00000000" + "010ac00000000000" + "00000000");
            raw.send(raw.command(false, true, true, off.length, 0x15100000_10000000L, 0), off);
            assertThat(raw.status().status()).isZero();
            fill(0, 7);
            assertThat(ready(raw)).isEmpty();
            byte[] threshold =
                    HexFormat.of().parseHex("00000000" + "5c020014" + "000000000000000000000000" + "8001000000000003");
            raw.send(raw.command(false, true, true, threshold.length, 0x15100000_1C000000L, 0), threshold);
            assertThat(sense(raw.receive())).as("an operator sets it").isEqualTo("5/26/00");
            raw.send(new Request.TaskManagement(
                    true, Request.TaskManagement.LOGICAL_UNIT_RESET, 0, raw.nextTag(), -1, 9, raw.expStatSn(), 0, 0));
            raw.receive();
            assertThat(ready(raw)).isEqualTo("6/29/03");
            BlockIo.discard(memory, 0, 8L * PAGE);
            fill(0, 7);
            assertThat(ready(raw)).isEqualTo("6/38/07");
        }
    }

    @Test
    void fullUnit_refusesWhatNeedsSpace_asWriteProtected_andTakesWhatHasSome() throws Exception {
        fill(0, 8);
        try (RawInitiator raw = login(1)) {
            raw.send(raw.write(9 * BLOCKS_OF_PAGE, 1, true, BLOCK), new byte[BLOCK]);
            assertThat(sense(raw.receive())).isEqualTo("7/27/07");
            raw.send(raw.write(0, 1, true, BLOCK), new byte[BLOCK]);
            assertThat(sense(raw.receive())).isEmpty();
            byte[] mode = answer(raw, "1a 08 0a 00 ff 00", 255);
            assertThat(mode[2]).as("the unit as a whole is not write-protected").isEqualTo((byte) 0x10);
        }
    }

    @Test
    void unit_thatGrows_tellsEveryNexus_andHasItsNewSizeAtOnce() throws Exception {
        try (RawInitiator one = login(1);
                RawInitiator two = login(2)) {
            memory.grow(100L * PAGE);
            for (RawInitiator raw : new RawInitiator[] {one, two}) {
                assertThat(ready(raw)).isEqualTo("6/2a/09");
                assertThat(ready(raw)).isEmpty();
                assertThat(ByteBuffer.wrap(answer(raw, "25 00 00 00 00 00 00 00 00 00", 8))
                                .getInt())
                        .isEqualTo(100 * BLOCKS_OF_PAGE - 1);
                assertThat(ByteBuffer.wrap(answer(raw, "9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00", 32))
                                .getLong())
                        .isEqualTo(100 * BLOCKS_OF_PAGE - 1);
            }
            one.send(one.write(100 * BLOCKS_OF_PAGE - 1, 1, true, BLOCK), new byte[BLOCK]);
            assertThat(one.status().status()).isZero();
        }
    }

    @Test
    void unitThatWasTakenAway_tellsNothingMore() throws Exception {
        try (RawInitiator raw = login(1)) {
            exported.target().removeUnit(0).join();
            assertThat(ready(raw)).isEqualTo("5/25/00");
            memory.grow(100L * PAGE);
            exported.target().addUnit(new LogicalUnit(0, memory, UnitIdentity.of("again")));
            memory.grow(101L * PAGE);
            assertThat(ready(raw)).as("the list of units").isEqualTo("6/3f/0e");
            assertThat(ready(raw)).as("once, and not for what went before").isEqualTo("6/2a/09");
            assertThat(ready(raw)).isEmpty();
        }
    }

    @Test
    void ourInitiator_noticesThatTheUnitHasGrown_andOffersTheNewSize() throws Exception {
        try (IscsiDevice device = exported.open(0)) {
            AtomicInteger resized = new AtomicInteger();
            AtomicInteger low = new AtomicInteger();
            device.watch(event -> (event == DeviceEvent.RESIZED ? resized : low).incrementAndGet());
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            BlockIo.write(device, 64L * PAGE - BLOCK, block.clear(), WriteMode.CACHED);
            for (int round = 1; round <= 2; round++) {
                long size = (64L + round) * PAGE;
                memory.grow(size);
                BlockIo.read(device, 0, block.clear());
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> device.geometry().size() == size);
                assertThat(resized).hasValue(round);
                BlockIo.write(device, size - BLOCK, block.clear(), WriteMode.FUA);
            }
            fill(0, 4);
            BlockIo.read(device, 0, block.clear());
            assertThat(low).hasValue(1);
        }
    }
}
