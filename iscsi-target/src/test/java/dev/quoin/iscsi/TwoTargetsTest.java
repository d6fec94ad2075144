package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.RawInitiator.Received;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.unit.ReservationStore;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Proves that two targets that serve the same unit have its reservations in common: what is answered at one holds at the other, for commands on
 * their way too.
 */
@Timeout(60)
class TwoTargetsTest {

    private static final int TYPE = 5;
    private static final int BLOCK = 512;
    private static final int MARK = 0x600D;

    /** As long as a write may stay in the device. */
    private static final int SLOW_MILLIS = 700;

    private final FaultyDevice device = new FaultyDevice(
            new MemoryDevice("memory", BLOCK, 1 << 20),
            new PowerSupply(1),
            CompletableFuture.delayedExecutor(SLOW_MILLIS, TimeUnit.MILLISECONDS));
    private Exported here;
    private Exported there;

    @BeforeEach
    void start() throws IOException {
        IscsiTargetConfig config = Exported.config(0, device).withReservations(ReservationStore.inMemory());
        here = Exported.with(config);
        there = Exported.with(config);
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
        device.close();
    }

    /** An initiator at one of the targets. */
    private static final class Initiator implements AutoCloseable {
        final RawInitiator raw;
        final long key;

        Initiator(Exported at, String name, long key) throws IOException {
            raw = RawInitiator.loggedIn(at, "iqn.2026-11.dev.quoin:" + name, 1, "");
            this.key = key;
            raw.send(raw.testUnitReady());
            raw.status();
        }

        void ask(int action, long own, long other) throws IOException {
            ByteBuffer list =
                    ByteBuffer.allocate(PrOut.LIST_LENGTH).putLong(own).putLong(other);
            raw.send(
                    raw.command(
                            false,
                            true,
                            true,
                            PrOut.LIST_LENGTH,
                            0x5FL << 56 | (long) action << 48 | (long) TYPE << 40,
                            (long) PrOut.LIST_LENGTH << 56),
                    list.array());
        }

        void does(int action, long own, long other) throws IOException {
            ask(action, own, other);
            assertThat(raw.status().status()).isEqualTo(ScsiStatus.GOOD);
        }

        void registers() throws IOException {
            does(PrOut.REGISTER_AND_IGNORE, 0, key);
        }

        void write() throws IOException {
            raw.send(
                    raw.write(1, 1, true, BLOCK),
                    ByteBuffer.allocate(BLOCK).putInt(0, MARK).array());
        }

        int writes() throws IOException {
            write();
            return raw.status().status();
        }

        /** Key and codes of the sense of the next answer. */
        String attention() throws IOException {
            raw.send(raw.testUnitReady());
            Received answer = raw.receive();
            Response.ScsiResponse response = (Response.ScsiResponse) answer.header();
            return response.status() == ScsiStatus.GOOD
                    ? "none"
                    : "%x/%02x/%02x".formatted(answer.data()[4], answer.data()[14], answer.data()[15]);
        }

        long keys() throws IOException {
            raw.send(raw.command(true, false, true, 64, 0x5EL << 56, 64L << 56));
            return ByteBuffer.wrap(raw.receive().data()).getInt(4) / 8;
        }

        @Override
        public void close() throws IOException {
            raw.close();
        }
    }

    @Test
    void change_holdsAtTheOtherTarget_andIsToldThere() throws Exception {
        try (Initiator a = new Initiator(here, "a", 0xA1);
                Initiator b = new Initiator(there, "b", 0xB2);
                Initiator stranger = new Initiator(there, "c", 0xC3)) {
            a.registers();
            b.registers();
            assertThat(stranger.keys()).isEqualTo(2);
            a.does(PrOut.RESERVE, a.key, 0);
            assertThat(b.writes()).isEqualTo(ScsiStatus.GOOD);
            assertThat(stranger.writes()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);

            a.does(PrOut.RELEASE, a.key, 0);
            assertThat(b.attention()).as("reservations released").isEqualTo("6/2a/04");
            assertThat(stranger.attention()).isEqualTo("none");
            a.does(PrOut.RESERVE, a.key, 0);
            a.does(PrOut.PREEMPT, a.key, b.key);
            assertThat(b.attention()).as("registrations preempted").isEqualTo("6/2a/05");
            assertThat(b.writes()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            b.registers();
            assertThat(b.writes()).isEqualTo(ScsiStatus.GOOD);
            a.does(PrOut.CLEAR, a.key, 0);
            assertThat(b.attention()).as("reservations preempted").isEqualTo("6/2a/03");
            assertThat(stranger.writes()).isEqualTo(ScsiStatus.GOOD);
        }
    }

    @Test
    void preempt_waitsForWritesAtTheOtherTarget() throws Exception {
        for (int action : new int[] {PrOut.PREEMPT, PrOut.PREEMPT_AND_ABORT}) {
            try (Initiator a = new Initiator(here, "a", 0xA1);
                    Initiator b = new Initiator(there, "b", 0xB2)) {
                a.registers();
                b.registers();
                a.does(PrOut.RESERVE, a.key, 0);
                b.write();
                onTheirWay(b);
                a.does(action, a.key, b.key);
                assertUnchangedFromNowOn();
                a.does(PrOut.CLEAR, a.key, 0);
            }
        }
    }

    /** Once an inquiry is answered what was sent before it is with the device. */
    private static void onTheirWay(Initiator initiator) throws IOException {
        initiator.raw.send(initiator.raw.command(true, false, true, 96, 0x12L << 56 | 96L << 24, 0));
        initiator.raw.receive();
    }

    private ByteBuffer block() {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        device.read(BLOCK, block).join();
        return block.flip();
    }

    /** Reads, lets the device take as long as it takes for anything, and reads again. */
    private void assertUnchangedFromNowOn() {
        ByteBuffer before = block();
        device.read(0, ByteBuffer.allocate(BLOCK)).join();
        assertThat(block()).isEqualTo(before);
    }

    @Test
    void writeThatWaitsForItsData_isRefusedAfterwards() throws Exception {
        try (Initiator a = new Initiator(here, "a", 0xA1);
                Initiator b = new Initiator(there, "b", 0xB2)) {
            a.registers();
            b.registers();
            a.does(PrOut.RESERVE, a.key, 0);
            b.raw.send(b.raw.write(1, 1, true, BLOCK));
            Response.ReadyToTransfer asked =
                    (Response.ReadyToTransfer) b.raw.receive().header();
            a.does(PrOut.PREEMPT, a.key, b.key);
            b.raw.send(
                    new Request.DataOut(
                            true, 0, asked.initiatorTaskTag(), asked.targetTransferTag(), b.raw.expStatSn(), 0, 0),
                    ByteBuffer.allocate(BLOCK).putInt(0, MARK).array());
            assertThat(b.raw.status().status()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(block().getInt(0)).isZero();
        }
    }

    /** The victim waits with an order of its own for the very change that aborts it. */
    @Test
    void orderOfAVictim_doesNotHoldUpItsEnd() throws Exception {
        try (Initiator a = new Initiator(here, "a", 0xA1);
                Initiator slow = new Initiator(here, "s", 0x55);
                Initiator b = new Initiator(there, "b", 0xB2)) {
            a.registers();
            slow.registers();
            b.registers();
            a.does(PrOut.RESERVE, a.key, 0);
            slow.write();
            onTheirWay(slow);
            // This waits for the write, the next for this, and the order of the victim for that.
            a.ask(PrOut.PREEMPT, a.key, slow.key);
            a.ask(PrOut.PREEMPT_AND_ABORT, a.key, b.key);
            onTheirWay(a);
            b.ask(PrOut.RELEASE, b.key, 0);
            assertThat(a.raw.status().status()).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.raw.status().status()).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.attention()).isEqualTo("6/2a/05");
        }
    }

    @Test
    void reservationsThatAreNotToSurvive_stayWhileOneOfTheTargetsRuns() throws Exception {
        try (Initiator a = new Initiator(here, "a", 0xA1)) {
            a.registers();
        }
        here.close();
        try (Initiator b = new Initiator(there, "b", 0xB2)) {
            assertThat(b.keys()).isOne();
        }
    }
}
