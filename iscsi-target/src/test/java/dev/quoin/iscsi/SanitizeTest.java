package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.Provisioning.Run;
import dev.quoin.device.Provisioning.State;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves what a unit does and refuses while it is sanitized, after that, and after it failed. */
@Timeout(60)
class SanitizeTest {

    private static final int BLOCK = 512;
    private static final int SIZE = 3 << 20;
    private static final int OVERWRITE = 1;
    private static final int BLOCK_ERASE = 2;
    private static final int EXIT_FAILURE = 0x1F;
    private static final int IMMEDIATE = 0x80;
    private static final int UNRESTRICTED = 0x20;

    private MemoryDevice memory;
    private FaultyDevice faulty;
    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        memory = new MemoryDevice("memory", BLOCK, SIZE);
        faulty = new FaultyDevice(memory, new PowerSupply(1));
        exported = Exported.with(Exported.config(0, faulty).withoutPowerOnAttention());
        byte[] secret = new byte[SIZE];
        Arrays.fill(secret, (byte) 's');
        BlockIo.write(faulty, 0, ByteBuffer.wrap(secret), WriteMode.FUA);
    }

    @AfterEach
    void stop() {
        faulty.resume();
        exported.close();
        faulty.close();
        memory.close();
    }

    private RawInitiator login(long isid) throws IOException {
        return RawInitiator.loggedIn(exported, Exported.INITIATOR, isid, "");
    }

    /** SANITIZE with these bits and action in byte 1. */
    private static Request.ScsiCommand sanitize(RawInitiator raw, int byte1, byte[] list) throws IOException {
        Request.ScsiCommand command = raw.command(
                false,
                list.length > 0,
                true,
                list.length,
                0x48L << 56 | (long) byte1 << 48 | list.length >>> 8,
                (long) list.length << 56);
        raw.send(command, list);
        return command;
    }

    /** A list of so many passes of a pattern. */
    private static byte[] passes(int count, int... pattern) {
        byte[] list = new byte[4 + pattern.length];
        list[0] = (byte) count;
        list[3] = (byte) pattern.length;
        for (int i = 0; i < pattern.length; i++) {
            list[4 + i] = (byte) pattern[i];
        }
        return list;
    }

    private static String sense(RawInitiator.Received received) {
        Response.ScsiResponse response = (Response.ScsiResponse) received.header();
        byte[] data = received.data();
        return response.status() == 0 ? "" : "%x/%02x/%02x".formatted(data[4], data[14], data[15]);
    }

    private static String ready(RawInitiator raw) throws IOException {
        raw.send(raw.testUnitReady());
        return sense(raw.receive());
    }

    private byte[] content() throws IOException {
        return BlockIo.read(memory, 0, SIZE).array();
    }

    @Test
    void overwrite_writesThePatternToEachBlock_asOftenAsAsked_andFlushes() throws Exception {
        try (RawInitiator raw = login(1)) {
            faulty.resetCounters();
            sanitize(raw, OVERWRITE, passes(3, 1, 2, 3));
            assertThat(sense(raw.receive())).isEmpty();
            byte[] content = content();
            for (int i = 0; i < SIZE; i++) {
                assertThat(content[i]).isEqualTo((byte) (i % BLOCK % 3 + 1));
            }
            assertThat(faulty.counters().bytesWritten()).isEqualTo(3L * SIZE);
            assertThat(faulty.counters().flushes()).isEqualTo(3);
            // Two passes, the second inverted.
            sanitize(raw, OVERWRITE, passes(0x82, 0x0F));
            assertThat(sense(raw.receive())).isEmpty();
            assertThat(content()).containsOnly(0xF0);
            assertThat(ready(raw)).isEmpty();
        }
    }

    @Test
    void blockErase_leavesNothing_andNothingMapped() throws Exception {
        try (RawInitiator raw = login(1)) {
            faulty.resetCounters();
            sanitize(raw, BLOCK_ERASE, new byte[0]);
            assertThat(sense(raw.receive())).isEmpty();
            assertThat(content()).containsOnly(0);
            assertThat(faulty.counters().flushes()).isEqualTo(1);
        }
        try (Exported plain = Exported.with(Exported.config(0, memory).withoutPowerOnAttention());
                RawInitiator raw = RawInitiator.loggedIn(plain, Exported.INITIATOR, 1, "")) {
            sanitize(raw, BLOCK_ERASE, new byte[0]);
            assertThat(sense(raw.receive())).isEmpty();
            assertThat(memory.provisioning().run(0, SIZE)).isEqualTo(new Run(State.DEALLOCATED, SIZE));
        }
    }

    @Test
    void unit_whileItIsSanitized_refusesAllButWhatIsAllowed_andSaysHowFarItIs() throws Exception {
        try (RawInitiator raw = login(1);
                RawInitiator other = login(2)) {
            Request.ScsiCommand waiting = other.write(0, 200, true, 200 * BLOCK);
            other.send(waiting);
            Response.ReadyToTransfer r2t =
                    (Response.ReadyToTransfer) other.receive().header();
            faulty.hang();
            sanitize(raw, IMMEDIATE | OVERWRITE, passes(1, 7));
            assertThat(sense(raw.receive())).as("it has begun").isEmpty();
            for (RawInitiator each : new RawInitiator[] {raw, other}) {
                assertThat(ready(each)).isEqualTo("2/04/1b");
                each.send(each.read(0, 1, BLOCK));
                RawInitiator.Received refused = each.receive();
                assertThat(sense(refused)).isEqualTo("2/04/1b");
                assertThat(refused.data()[2 + 15]).as("a progress follows").isEqualTo((byte) 0x80);
                each.send(each.write(0, 1, true, BLOCK), new byte[BLOCK]);
                assertThat(sense(each.receive())).isEqualTo("2/04/1b");
                each.send(each.command(true, false, true, 36, 0x12L << 56 | 36L << 24, 0));
                assertThat(each.receive().header()).as("INQUIRY").isInstanceOf(Response.DataIn.class);
                each.send(each.command(true, false, true, 8, 0x25L << 56, 0));
                assertThat(each.receive().header()).as("READ CAPACITY").isInstanceOf(Response.DataIn.class);
                each.send(each.command(true, false, true, 18, 0x03L << 56 | 18L << 24, 0));
                byte[] polled = each.receive().data();
                assertThat("%x/%02x/%02x/%02x".formatted(polled[2], polled[12], polled[13], polled[15]))
                        .isEqualTo("2/04/1b/80");
            }
            sanitize(other, BLOCK_ERASE, new byte[0]);
            assertThat(sense(other.receive())).isEqualTo("2/04/1b");
            // A write that came before and has its data now.
            other.send(
                    new Request.DataOut(true, 0, waiting.initiatorTaskTag(), r2t.targetTransferTag(), 0, 0, 0),
                    new byte[200 * BLOCK]);
            assertThat(sense(other.receive())).isEqualTo("2/04/1b");
            faulty.resume();
            await().atMost(Duration.ofSeconds(10)).until(() -> ready(raw).isEmpty());
            assertThat(content()).containsOnly(7);
        }
    }

    @Test
    void sanitizing_outlivesItsCommand_itsSession_andResets() throws Exception {
        try (RawInitiator other = login(2)) {
            try (RawInitiator raw = login(1)) {
                faulty.hang();
                Request.ScsiCommand command = sanitize(raw, OVERWRITE, passes(2, 9));
                assertThat(ready(raw)).isEqualTo("2/04/1b");
                for (int function : new int[] {
                    Request.TaskManagement.ABORT_TASK,
                    Request.TaskManagement.ABORT_TASK_SET,
                    Request.TaskManagement.LOGICAL_UNIT_RESET,
                    Request.TaskManagement.TARGET_WARM_RESET
                }) {
                    raw.send(new Request.TaskManagement(
                            true,
                            function,
                            0,
                            raw.nextTag(),
                            command.initiatorTaskTag(),
                            100,
                            raw.expStatSn(),
                            command.cmdSn(),
                            0));
                    assertThat(((Response.TaskManagementResponse) raw.receive().header()).response())
                            .isEqualTo(Response.TaskManagementResponse.COMPLETE);
                }
            }
            try (RawInitiator again = login(1)) {
                assertThat(ready(again)).as("the same port, at once").isEqualTo("2/04/1b");
            }
            assertThat(ready(other)).as("of the reset").isEqualTo("6/29/03");
            assertThat(ready(other)).isEqualTo("2/04/1b");
            faulty.resume();
            await().atMost(Duration.ofSeconds(10)).until(() -> ready(other).isEmpty());
            assertThat(content()).containsOnly(9);
        }
    }

    @Test
    void failure_ofAnUnrestrictedOne_standsUntilItIsLeft() throws Exception {
        try (RawInitiator raw = login(1)) {
            faulty.inject(Fault.writeError(2 << 20, 1 << 20, 1));
            sanitize(raw, UNRESTRICTED | OVERWRITE, passes(1, 7));
            assertThat(sense(raw.receive())).isEqualTo("3/31/03");
            assertThat(ready(raw)).isEqualTo("3/31/03");
            raw.send(raw.read(0, 1, BLOCK));
            assertThat(sense(raw.receive())).isEqualTo("3/31/03");
            sanitize(raw, EXIT_FAILURE, new byte[0]);
            assertThat(sense(raw.receive())).isEmpty();
            assertThat(ready(raw)).isEmpty();
        }
    }

    @Test
    void failure_ofARestrictedOne_standsUntilOneSucceeds() throws Exception {
        try (RawInitiator raw = login(1)) {
            faulty.inject(Fault.writeError(2 << 20, 1 << 20, 1));
            sanitize(raw, OVERWRITE, passes(1, 7));
            assertThat(sense(raw.receive())).isEqualTo("3/31/03");
            sanitize(raw, EXIT_FAILURE, new byte[0]);
            assertThat(sense(raw.receive())).isEqualTo("5/24/00");
            sanitize(raw, UNRESTRICTED | OVERWRITE, passes(1, 7));
            assertThat(sense(raw.receive())).isEqualTo("5/24/00");
            assertThat(ready(raw)).isEqualTo("3/31/03");
            sanitize(raw, OVERWRITE, passes(1, 7));
            assertThat(sense(raw.receive())).isEmpty();
            assertThat(ready(raw)).isEmpty();
            assertThat(content()).containsOnly(7);
        }
    }

    @Test
    void lists_thatCannotBeAccepted_areRefused_andEraseNothing() throws Exception {
        try (RawInitiator raw = login(1)) {
            sanitize(raw, OVERWRITE, new byte[0]);
            assertThat(sense(raw.receive())).isEqualTo("5/24/00");
            sanitize(raw, OVERWRITE, passes(0, 1));
            assertThat(sense(raw.receive())).isEqualTo("5/26/00");
            sanitize(raw, OVERWRITE, passes(0x21, 1));
            assertThat(sense(raw.receive())).isEqualTo("5/26/00");
            sanitize(raw, BLOCK_ERASE, passes(1, 1));
            assertThat(sense(raw.receive())).isEqualTo("5/24/00");
            sanitize(raw, 3, new byte[0]);
            assertThat(sense(raw.receive())).as("cryptographic erase").isEqualTo("5/24/00");
            assertThat(content()).containsOnly('s');
        }
    }

    @Test
    void unit_isNotTakenAway_beforeItsSanitizingHasLetGoOfTheDevice() throws Exception {
        try (RawInitiator raw = login(1)) {
            faulty.hang();
            sanitize(raw, IMMEDIATE | OVERWRITE, passes(1, 7));
            assertThat(sense(raw.receive())).isEmpty();
            CompletableFuture<Void> removed = exported.target().removeUnit(0);
            assertThat(ready(raw)).isEqualTo("5/25/00");
            assertThat(removed).isNotDone();
            faulty.resume();
            removed.get(10, TimeUnit.SECONDS);
            long writes = faulty.counters().writes();
            assertThat(writes).as("it stopped before the end").isLessThan(4);
        }
    }

    @Test
    void device_thatCannotErase_doesNotKnowTheCommand() throws Exception {
        try (MemoryDevice limited = MemoryDevice.thin("limited", BLOCK, SIZE, 1 << 20, 0)) {
            exported.target().addUnit(new LogicalUnit(1, limited, UnitIdentity.of("limited")));
            try (RawInitiator raw = login(1)) {
                // REPORT SUPPORTED OPERATION CODES of SANITIZE: which actions there are.
                assertThat(supports(raw, 0, OVERWRITE)).isTrue();
                assertThat(supports(raw, 0, BLOCK_ERASE)).isTrue();
                assertThat(supports(raw, 0, 3)).isFalse();
                assertThat(supports(raw, 1, OVERWRITE))
                        .as("less space than blocks")
                        .isFalse();
                assertThat(supports(raw, 1, BLOCK_ERASE)).isTrue();
            }
        }
    }

    private static boolean supports(RawInitiator raw, int lun, int action) throws IOException {
        raw.send(new Request.ScsiCommand(
                false,
                true,
                true,
                false,
                1,
                (long) lun << 48,
                raw.nextTag(),
                64,
                raw.nextCmdSn(),
                raw.expStatSn(),
                0xA30C0248_00000000L | (long) action << 16,
                64L << 48));
        return (raw.receive().data()[1] & 7) == 3;
    }
}
