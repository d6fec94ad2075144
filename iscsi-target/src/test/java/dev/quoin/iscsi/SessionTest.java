package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.connection.ConnectionLimits;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.LunField;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Proves what a session is: attentions, aborts, resets, replacement, fencing, pings, deadlines; and that no aborted or fenced
 * command reaches the device afterwards.
 */
class SessionTest {

    private static final int BLOCK = 512;
    private static final long ISID = 0x8000_0000_0001L;
    private static final String INITIATOR = "iqn.2026-11.dev.quoin:raw";

    private MemoryDevice memory;
    private FaultyDevice faulty;
    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        memory = new MemoryDevice("memory", BLOCK, 4 << 20);
        faulty = new FaultyDevice(memory, new PowerSupply(1));
        exported = Exported.devices(faulty);
    }

    @AfterEach
    void stop() {
        faulty.resume();
        exported.close();
        faulty.close();
        memory.close();
    }

    @Test
    void newSession_findsAnAttention_once() throws Exception {
        try (RawInitiator raw = login(ISID)) {
            raw.send(raw.command(true, false, true, 96, 0x12L << 56 | 96L << 24, 0));
            assertThat(raw.receive().header())
                    .as("INQUIRY is not stopped by it")
                    .isInstanceOf(Response.DataIn.class);
            raw.send(raw.testUnitReady());
            RawInitiator.Received first = raw.receive();
            assertThat(((Response.ScsiResponse) first.header()).status()).isEqualTo(2);
            assertThat(first.data()[4]).isEqualTo((byte) 6);
            assertThat(first.data()[14]).isEqualTo((byte) 0x29);
            raw.send(raw.testUnitReady());
            assertThat(raw.status().status()).isZero();
        }
        try (Exported plain = Exported.with(Exported.config(0, faulty).withoutPowerOnAttention());
                RawInitiator raw = RawInitiator.loggedIn(plain, INITIATOR, ISID, "")) {
            raw.send(raw.testUnitReady());
            assertThat(raw.status().status()).isZero();
        }
    }

    @Test
    void unknownUnit_isReportedAsSuch() throws Exception {
        try (RawInitiator raw = ready()) {
            raw.send(new Request.ScsiCommand(
                    false, true, false, false, 1, LunField.encode(9), raw.nextTag(), 0, raw.nextCmdSn(), 0, 0, 0));
            RawInitiator.Received received = raw.receive();
            assertThat(received.data()[4]).isEqualTo((byte) 5);
            assertThat(received.data()[14]).isEqualTo((byte) 0x25);
            raw.send(new Request.ScsiCommand(
                    false,
                    true,
                    true,
                    false,
                    1,
                    LunField.encode(9),
                    raw.nextTag(),
                    96,
                    raw.nextCmdSn(),
                    0,
                    0x12L << 56 | 96L << 24,
                    0));
            assertThat(raw.receive().data()[0]).isEqualTo((byte) 0x7F);
        }
    }

    @Test
    void write_bySolicitedAndUnsolicitedData_arrivesWhole() throws Exception {
        byte[] bytes = new byte[100 * BLOCK];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i / 3);
        }
        try (RawInitiator raw = RawInitiator.loggedIn(
                exported, INITIATOR, ISID, "MaxBurstLength=8192\0FirstBurstLength=4096\0MaxOutstandingR2T=2\0")) {
            raw.send(raw.testUnitReady());
            raw.status();
            Request.ScsiCommand write = raw.write(7, 100, false, bytes.length);
            raw.send(write, part(bytes, 0, 1024));
            raw.send(new Request.DataOut(false, 0, write.initiatorTaskTag(), -1, 0, 0, 1024), part(bytes, 1024, 2048));
            raw.send(new Request.DataOut(true, 0, write.initiatorTaskTag(), -1, 0, 1, 3072), part(bytes, 3072, 1024));
            int done = 4096;
            int r2tSn = 0;
            RawInitiator.Received received = raw.receive();
            while (received.header() instanceof Response.ReadyToTransfer r2t) {
                assertThat(r2t.r2tSn()).isEqualTo(r2tSn++);
                assertThat(r2t.bufferOffset()).isEqualTo(done);
                assertThat(r2t.desiredLength()).isLessThanOrEqualTo(8192);
                int length = (int) r2t.desiredLength();
                raw.send(
                        new Request.DataOut(true, 0, write.initiatorTaskTag(), r2t.targetTransferTag(), 0, 0, done),
                        part(bytes, done, length));
                done += length;
                received = raw.receive();
            }
            assertThat(done).isEqualTo(bytes.length);
            assertThat(((Response.ScsiResponse) received.header()).status()).isZero();
            assertThat(BlockIo.read(faulty, 7 * BLOCK, bytes.length).array()).isEqualTo(bytes);
        }
    }

    @Test
    void read_withSmallSegmentsAndBursts_isCutAsAgreed() throws Exception {
        byte[] bytes = new byte[64 * BLOCK];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 5);
        }
        BlockIo.write(faulty, 0, ByteBuffer.wrap(bytes), WriteMode.CACHED);
        for (String keys : new String[] {
            "MaxRecvDataSegmentLength=1000\0MaxBurstLength=3000\0",
            "MaxRecvDataSegmentLength=4096\0MaxBurstLength=8192\0",
            "MaxRecvDataSegmentLength=600\0MaxBurstLength=512\0",
        }) {
            try (RawInitiator raw = RawInitiator.loggedIn(exported, INITIATOR, ISID, keys)) {
                raw.send(raw.testUnitReady());
                raw.status();
                raw.send(raw.read(0, 64, bytes.length));
                int done = 0;
                int dataSn = 0;
                while (done < bytes.length) {
                    RawInitiator.Received received = raw.receive();
                    Response.DataIn data = (Response.DataIn) received.header();
                    assertThat(data.dataSn()).isEqualTo(dataSn++);
                    assertThat(data.bufferOffset()).isEqualTo(done);
                    assertThat(received.data()).isEqualTo(part(bytes, done, received.data().length));
                    done += received.data().length;
                    assertThat(data.hasStatus()).isEqualTo(done == bytes.length);
                }
            }
        }
    }

    @Test
    void abortOfAWaitingWrite_isDoneAtOnce_andItsDataIsDropped() throws Exception {
        try (RawInitiator raw = ready()) {
            Request.ScsiCommand write = raw.write(0, 200, true, 200 * BLOCK);
            raw.send(write);
            Response.ReadyToTransfer r2t =
                    (Response.ReadyToTransfer) raw.receive().header();
            assertThat(function(raw, Request.TaskManagement.ABORT_TASK, write.initiatorTaskTag()))
                    .isEqualTo(Response.TaskManagementResponse.COMPLETE);
            raw.send(
                    new Request.DataOut(true, 0, write.initiatorTaskTag(), r2t.targetTransferTag(), 0, 0, 0),
                    new byte[200 * BLOCK]);
            assertThat(function(raw, Request.TaskManagement.ABORT_TASK, write.initiatorTaskTag()))
                    .isEqualTo(Response.TaskManagementResponse.NO_TASK);
            raw.send(raw.testUnitReady());
            assertThat(raw.status().status()).isZero();
            assertThat(faulty.counters().writes()).isZero();
        }
    }

    @Test
    void abortOfARunningWrite_isAnsweredWhenTheDeviceHasLetItGo() throws Exception {
        try (RawInitiator raw = ready()) {
            faulty.hang();
            Request.ScsiCommand write = raw.write(0, 1, true, BLOCK);
            raw.send(write, new byte[BLOCK]);
            raw.send(new Request.TaskManagement(
                    true,
                    Request.TaskManagement.ABORT_TASK,
                    0,
                    77,
                    write.initiatorTaskTag(),
                    2,
                    raw.expStatSn(),
                    write.cmdSn(),
                    0));
            assertThat(raw.silentFor(300))
                    .as("neither the write nor the abort is answered")
                    .isTrue();
            faulty.resume();
            RawInitiator.Received next = raw.receive();
            assertThat(next.header())
                    .as("the write is never answered")
                    .isInstanceOf(Response.TaskManagementResponse.class);
            assertThat(((Response.TaskManagementResponse) next.header()).response())
                    .isZero();
        }
    }

    @Test
    void unitReset_abortsTheCommandsOfAllSessions_andTellsThem() throws Exception {
        try (RawInitiator one = ready();
                RawInitiator other = login(ISID + 1)) {
            other.send(other.testUnitReady());
            other.status();
            Request.ScsiCommand write = other.write(0, 200, true, 200 * BLOCK);
            other.send(write);
            other.receive();
            assertThat(function(one, Request.TaskManagement.LOGICAL_UNIT_RESET, -1))
                    .isEqualTo(Response.TaskManagementResponse.COMPLETE);
            for (RawInitiator each : new RawInitiator[] {one, other}) {
                each.send(each.testUnitReady());
                RawInitiator.Received received = each.receive();
                assertThat(received.data()[4]).isEqualTo((byte) 6);
                assertThat(received.data()[14]).isEqualTo((byte) 0x29);
                assertThat(received.data()[15]).isEqualTo((byte) 3);
                each.send(each.testUnitReady());
                assertThat(each.status().status()).isZero();
            }
            assertThat(function(one, Request.TaskManagement.LOGICAL_UNIT_RESET, -1, LunField.encode(5)))
                    .isEqualTo(Response.TaskManagementResponse.NO_LUN);
            assertThat(function(one, Request.TaskManagement.TASK_REASSIGN, 5))
                    .isEqualTo(Response.TaskManagementResponse.NO_REASSIGN);
        }
    }

    @Test
    void clearTaskSet_isAboutTheTasksOfItsOwnNexus() throws Exception {
        try (RawInitiator one = ready();
                RawInitiator other = login(ISID + 1)) {
            other.send(other.testUnitReady());
            other.status();
            Request.ScsiCommand kept = other.write(0, 200, true, 200 * BLOCK);
            other.send(kept);
            Response.ReadyToTransfer r2t =
                    (Response.ReadyToTransfer) other.receive().header();
            Request.ScsiCommand cleared = one.write(0, 200, true, 200 * BLOCK);
            one.send(cleared);
            one.receive();
            // The control mode page: a task set for each nexus (TST 001b).
            one.send(one.command(true, false, true, 255, 0x1A080A00_FF000000L, 0));
            assertThat(one.receive().data()[4 + 2] & 0xE0).isEqualTo(0x20);
            assertThat(function(one, Request.TaskManagement.CLEAR_TASK_SET, -1))
                    .isEqualTo(Response.TaskManagementResponse.COMPLETE);
            assertThat(function(one, Request.TaskManagement.ABORT_TASK, cleared.initiatorTaskTag()))
                    .isEqualTo(Response.TaskManagementResponse.NO_TASK);
            other.send(
                    new Request.DataOut(true, 0, kept.initiatorTaskTag(), r2t.targetTransferTag(), 0, 0, 0),
                    new byte[200 * BLOCK]);
            assertThat(other.status().status()).as("the other's write").isZero();
            other.send(other.testUnitReady());
            assertThat(other.status().status()).as("nothing to tell the other").isZero();
            assertThat(function(one, Request.TaskManagement.CLEAR_TASK_SET, -1, LunField.encode(5)))
                    .isEqualTo(Response.TaskManagementResponse.NO_LUN);
        }
    }

    @Test
    void sameInitiatorPort_logsInAgain_onlyWhenTheOldSessionHasLeftTheDevice() throws Exception {
        try (RawInitiator old = ready()) {
            faulty.hang();
            old.send(old.write(0, 1, true, BLOCK), new byte[BLOCK]);
            old.send(old.testUnitReady());
            assertThat(old.status().status()).isZero();
            CompletableFuture<RawInitiator> next = CompletableFuture.supplyAsync(() -> {
                try {
                    return login(ISID);
                } catch (IOException failure) {
                    throw new IllegalStateException(failure);
                }
            });
            assertThat(old.closedWithin(5_000)).isTrue();
            assertThat(next)
                    .as("a write of the old session is still in the device")
                    .isNotDone();
            faulty.resume();
            try (RawInitiator raw = next.join()) {
                raw.send(raw.testUnitReady());
                assertThat(raw.status().status()).isEqualTo(2);
                await().atMost(Duration.ofSeconds(5))
                        .until(() -> exported.target().sessions().size() == 1);
            }
        }
    }

    @Test
    void fence_endsSessions_waitsForTheDevice_andRefusesLogins() throws Exception {
        try (RawInitiator raw = ready();
                RawInitiator second = login(ISID + 1)) {
            faulty.hang();
            raw.send(raw.write(0, 1, true, BLOCK), new byte[BLOCK]);
            raw.send(raw.testUnitReady());
            raw.status();
            CompletableFuture<Void> fenced = exported.target().fenceAsync(INITIATOR.toUpperCase(Locale.ROOT));
            assertThat(raw.closedWithin(5_000)).isTrue();
            assertThat(second.closedWithin(5_000)).isTrue();
            assertThat(fenced).isNotDone();
            faulty.resume();
            fenced.join();
            assertThat(exported.target().sessions()).isEmpty();
            long writes = faulty.counters().writes();
            try (RawInitiator again = new RawInitiator(exported.target().port())) {
                Response.LoginResponse refused = again.login(INITIATOR, ISID, "");
                assertThat(refused.statusClass()).isEqualTo(2);
                assertThat(refused.statusDetail()).isEqualTo(2);
            }
            assertThat(faulty.counters().writes()).isEqualTo(writes);
            exported.target().unfence(INITIATOR);
            login(ISID).close();
        }
    }

    @Test
    void silentInitiator_isPinged_andDroppedIfItDoesNotAnswer() throws Exception {
        ConnectionLimits hasty = new ConnectionLimits(
                Duration.ofSeconds(30), Duration.ofMillis(300), Duration.ofMillis(700), 1 << 20, Duration.ofSeconds(1));
        try (Exported quick = Exported.with(Exported.config(0, faulty).withLimits(hasty));
                RawInitiator raw = RawInitiator.loggedIn(quick, INITIATOR, ISID, "")) {
            for (int i = 0; i < 3; i++) {
                Response.NopIn ping = (Response.NopIn) raw.receive().header();
                assertThat(ping.initiatorTaskTag()).isEqualTo(Bhs.TAG_NONE);
                raw.send(new Request.NopOut(
                        true, ping.lun(), Bhs.TAG_NONE, ping.targetTransferTag(), 1, raw.expStatSn()));
            }
            assertThat(raw.closedWithin(5_000)).isTrue();
        }
    }

    @Test
    void initiatorThatReadsNothing_isDropped_andHoldsUpNobody() throws Exception {
        ConnectionLimits hasty = new ConnectionLimits(
                Duration.ofMillis(800), Duration.ofSeconds(30), Duration.ofSeconds(30), 8 << 20, Duration.ofSeconds(1));
        try (Exported quick = Exported.with(Exported.config(0, faulty).withLimits(hasty));
                RawInitiator greedy = RawInitiator.loggedIn(quick, INITIATOR, ISID, "");
                RawInitiator good = RawInitiator.loggedIn(quick, INITIATOR, ISID + 1, "")) {
            greedy.send(greedy.testUnitReady());
            greedy.status();
            for (int i = 0; i < 100; i++) {
                greedy.send(greedy.command(true, false, true, 1 << 20, 0x28L << 56 | 0x08L, 0));
            }
            good.send(good.testUnitReady());
            good.status();
            for (int i = 0; i < 50; i++) {
                long start = System.nanoTime();
                good.send(good.read(0, 1, BLOCK));
                assertThat(good.receive().data()).hasSize(BLOCK);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
            }
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> quick.target().sessions().size() == 1);
        }
    }

    @Test
    void units_comeAndGo_andSessionsAreTold() throws Exception {
        try (MemoryDevice second = new MemoryDevice("second", BLOCK, 1 << 20);
                RawInitiator raw = ready()) {
            exported.target().addUnit(new LogicalUnit(3, second, UnitIdentity.of("second")));
            raw.send(raw.testUnitReady());
            RawInitiator.Received told = raw.receive();
            assertThat(told.data()[14]).isEqualTo((byte) 0x3F);
            assertThat(told.data()[15]).isEqualTo((byte) 0x0E);
            raw.send(raw.command(true, false, true, 1024, 0xA0L << 56 | 0x04L, 0));
            raw.receive();
            assertThat(exported.target().units()).hasSize(2);
            exported.target().removeUnit(3).get(5, TimeUnit.SECONDS);
            assertThat(exported.target().units()).hasSize(1);
            assertThatThrownBy(() -> exported.target().addUnit(new LogicalUnit(0, second, UnitIdentity.of("x"))))
                    .hasMessageContaining("twice");
        }
    }

    @Test
    void discovery_announcesTheAddressThatWasConnectedTo() throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            raw.send(
                    new Request.Login(true, false, 1, 3, 0, 0, 1, 0, 0, 0, 1, 0),
                    "InitiatorName=iqn.x:d\0SessionType=Discovery\0".getBytes(StandardCharsets.UTF_8));
            raw.receive();
            raw.send(
                    new Request.Text(false, true, false, 0, 1, -1, 1, 0),
                    "SendTargets=All\0".getBytes(StandardCharsets.UTF_8));
            RawInitiator.Received received = raw.receive();
            assertThat(new String(received.data(), StandardCharsets.UTF_8))
                    .isEqualTo("TargetName=" + Exported.NAME + "\0TargetAddress=127.0.0.1:"
                            + exported.target().port() + ",1\0");
            raw.send(new Request.ScsiCommand(false, true, true, false, 1, 0, 2, 96, 2, 0, 0x12L << 56, 0));
            assertThat(raw.receive().header()).isInstanceOf(Response.Reject.class);
            raw.send(new Request.Logout(true, 0, 3, 0, 2, 0));
            assertThat(((Response.LogoutResponse) raw.receive().header()).response())
                    .isZero();
            assertThat(raw.closedWithin(5_000)).isTrue();
        }
    }

    @Test
    void stop_answersWhatRuns() throws Exception {
        try (RawInitiator raw = ready()) {
            int port = exported.target().port();
            faulty.hang();
            raw.send(raw.write(0, 1, true, BLOCK), new byte[BLOCK]);
            raw.send(new Request.NopOut(true, 0, 99, -1, 3, raw.expStatSn()));
            assertThat(raw.receive().header()).as("after the write").isInstanceOf(Response.NopIn.class);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(exported::close);
            await().atMost(Duration.ofSeconds(5)).until(() -> !isListened(port));
            faulty.resume();
            assertThat(raw.status().status()).isZero();
            closed.get(5, TimeUnit.SECONDS);
            assertThat(raw.closedWithin(5_000)).isTrue();
        }
    }

    private static boolean isListened(int port) {
        try (RawInitiator raw = new RawInitiator(port)) {
            return raw.socket().isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    @Test
    void busyPort_isNamed() {
        assertThatThrownBy(() -> Exported.with(Exported.config(exported.target().port(), faulty)))
                .isInstanceOf(BindException.class)
                .hasMessageContaining(String.valueOf(exported.target().port()))
                .hasMessageContaining("choose another port");
    }

    private RawInitiator login(long isid) throws IOException {
        return RawInitiator.loggedIn(exported, INITIATOR, isid, "");
    }

    /** A session whose attention has been taken. */
    private RawInitiator ready() throws IOException {
        RawInitiator raw = login(ISID);
        raw.send(raw.testUnitReady());
        raw.status();
        return raw;
    }

    private static int function(RawInitiator raw, int function, int referenced) throws IOException {
        return function(raw, function, referenced, 0);
    }

    private static int function(RawInitiator raw, int function, int referenced, long lun) throws IOException {
        raw.send(new Request.TaskManagement(
                true, function, lun, raw.nextTag(), referenced, 1000, raw.expStatSn(), 0, 0));
        return ((Response.TaskManagementResponse) raw.receive().header()).response();
    }

    private static byte[] part(byte[] bytes, int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }
}
