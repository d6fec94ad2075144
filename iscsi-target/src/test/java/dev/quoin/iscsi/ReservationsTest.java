package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.RawInitiator.Received;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.unit.ReservationStore;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves reservations through a running target: by the sequences of cluster software, over restarts, against commands in flight. */
@Timeout(60)
class ReservationsTest {

    private static final int WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 5;
    private static final int APTPL = 1;
    private static final byte[] BLOCK = new byte[512];

    /** A node of a cluster, logged in. */
    private static final class Node implements AutoCloseable {
        private final RawInitiator raw;
        private final long key;

        Node(Exported exported, String name, long key) throws IOException {
            raw = RawInitiator.loggedIn(exported, "iqn.2026-11.dev.quoin:" + name, 1, "");
            this.key = key;
            // The power-on attention.
            raw.send(raw.testUnitReady());
            raw.status();
        }

        int out(int action, int type, long own, long other, int flags) throws IOException {
            ByteBuffer list = ByteBuffer.allocate(PrOut.LIST_LENGTH)
                    .putLong(own)
                    .putLong(other)
                    .put(20, (byte) flags);
            raw.send(
                    raw.command(
                            false,
                            true,
                            true,
                            PrOut.LIST_LENGTH,
                            0x5FL << 56 | (long) action << 48 | (long) type << 40,
                            (long) PrOut.LIST_LENGTH << 56),
                    list.array());
            return raw.status().status();
        }

        int register(int flags) throws IOException {
            return out(PrOut.REGISTER_AND_IGNORE, 0, 0, key, flags);
        }

        int reserve() throws IOException {
            return out(PrOut.RESERVE, WRITE_EXCLUSIVE_REGISTRANTS_ONLY, key, 0, 0);
        }

        int preemptAndAbort(Node victim) throws IOException {
            return out(PrOut.PREEMPT_AND_ABORT, WRITE_EXCLUSIVE_REGISTRANTS_ONLY, key, victim.key, 0);
        }

        int write(int lba) throws IOException {
            raw.send(raw.write(lba, 1, true, BLOCK.length), BLOCK);
            return raw.status().status();
        }

        ByteBuffer in(int action) throws IOException {
            raw.send(raw.command(true, false, true, 1024, 0x5EL << 56 | (long) action << 48 | 0x04L, 0));
            Received answer = raw.receive();
            assertThat(answer.header()).isInstanceOf(Response.DataIn.class);
            return ByteBuffer.wrap(answer.data());
        }

        int read(int lba) throws IOException {
            raw.send(raw.read(lba, 1, BLOCK.length));
            Response answer = raw.receive().header();
            return answer instanceof Response.ScsiResponse response ? response.status() : ScsiStatus.GOOD;
        }

        @Override
        public void close() throws IOException {
            raw.close();
        }
    }

    /** What fence_scsi of the cluster agents does: each node registers, the first reserves, who is to be fenced is preempted. */
    @Test
    void fencedNode_writesNoMore_andReadsOn() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Exported exported = Exported.devices(device);
                Node a = new Node(exported, "a", 0xA1);
                Node b = new Node(exported, "b", 0xB2);
                Node stranger = new Node(exported, "stranger", 0xC3)) {
            assertThat(a.register(APTPL)).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.register(APTPL)).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.reserve()).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.reserve()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(b.write(1)).isEqualTo(ScsiStatus.GOOD);
            assertThat(stranger.write(1)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(stranger.read(1)).isEqualTo(ScsiStatus.GOOD);

            assertThat(a.preemptAndAbort(b)).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.write(1)).as("told that it is fenced").isEqualTo(ScsiStatus.CHECK_CONDITION);
            assertThat(b.write(1)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(b.read(1)).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.write(1)).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.in(0).getLong(8)).isEqualTo(0xA1);
            assertThat(a.in(1).get(21)).isEqualTo((byte) WRITE_EXCLUSIVE_REGISTRANTS_ONLY);

            // It comes back after a restart.
            assertThat(b.register(APTPL)).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.write(1)).isEqualTo(ScsiStatus.GOOD);
        }
    }

    /** What the storage tests of Windows failover clusters do: the second node takes the disk from the first, and the first clears. */
    @Test
    void diskThatIsArbitrated_goesFromNodeToNode() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Exported exported = Exported.devices(device);
                Node a = new Node(exported, "a", 0xA1);
                Node b = new Node(exported, "b", 0xB2)) {
            assertThat(a.register(0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.reserve()).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.register(0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.in(1).getLong(8)).isEqualTo(0xA1);
            assertThat(b.out(PrOut.PREEMPT, WRITE_EXCLUSIVE_REGISTRANTS_ONLY, 0xB2, 0xA1, 0))
                    .isEqualTo(ScsiStatus.GOOD);
            assertThat(a.write(0)).isEqualTo(ScsiStatus.CHECK_CONDITION);
            assertThat(a.write(0)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(a.reserve()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(a.register(0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.out(PrOut.RELEASE, WRITE_EXCLUSIVE_REGISTRANTS_ONLY, 0xA1, 0, 0))
                    .as("a release by another than the holder changes nothing")
                    .isEqualTo(ScsiStatus.GOOD);
            assertThat(b.in(1).getInt(4)).isEqualTo(16);
            assertThat(b.out(PrOut.RELEASE, WRITE_EXCLUSIVE_REGISTRANTS_ONLY, 0xB2, 0, 0))
                    .isEqualTo(ScsiStatus.GOOD);
            assertThat(a.write(0)).as("told that the reservation is gone").isEqualTo(ScsiStatus.CHECK_CONDITION);
            assertThat(a.out(PrOut.CLEAR, 0, 0xA1, 0, 0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.in(0).getInt(4)).isZero();
        }
    }

    @Test
    void restart_keepsWhatIsToSurvivePowerLoss_andNothingElse() throws Exception {
        for (int flags : new int[] {0, APTPL}) {
            ReservationStore store = ReservationStore.inMemory();
            try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20)) {
                IscsiTargetConfig config = Exported.config(0, device).withReservations(store);
                try (Exported exported = Exported.with(config);
                        Node a = new Node(exported, "a", 0xA1)) {
                    assertThat(a.register(flags)).isEqualTo(ScsiStatus.GOOD);
                    assertThat(a.reserve()).isEqualTo(ScsiStatus.GOOD);
                }
                try (Exported exported = Exported.with(config);
                        Node a = new Node(exported, "a", 0xA1);
                        Node b = new Node(exported, "b", 0xB2)) {
                    boolean kept = flags == APTPL;
                    assertThat(b.in(0).getInt(4)).isEqualTo(kept ? 8 : 0);
                    assertThat(b.write(0)).isEqualTo(kept ? ScsiStatus.RESERVATION_CONFLICT : ScsiStatus.GOOD);
                    assertThat(a.write(0)).isEqualTo(ScsiStatus.GOOD);
                }
            }
        }
    }

    /** The answer to PREEMPT AND ABORT comes when no write of the victim can reach the device any more. */
    @Test
    void preemptAndAbort_waitsForTheWritesOfTheVictim() throws Exception {
        Executor slow = CompletableFuture.delayedExecutor(700, TimeUnit.MILLISECONDS);
        try (FaultyDevice device =
                        new FaultyDevice(new MemoryDevice("memory", 512, 1 << 20), new PowerSupply(1), slow);
                Exported exported = Exported.devices(device);
                Node a = new Node(exported, "a", 0xA1);
                Node b = new Node(exported, "b", 0xB2)) {
            assertThat(a.register(0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(b.register(0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(a.reserve()).isEqualTo(ScsiStatus.GOOD);
            byte[] data = BLOCK.clone();
            data[0] = 77;
            b.raw.send(b.raw.write(9, 1, true, BLOCK.length), data);
            // Once this is answered the write before it is on its way to the device.
            b.raw.send(b.raw.command(true, false, true, 96, 0x12L << 56 | 96L << 24, 0));
            b.raw.receive();
            assertThat(a.preemptAndAbort(b)).isEqualTo(ScsiStatus.GOOD);
            // Whatever became of it, from now on it changes nothing.
            ByteBuffer before = ByteBuffer.allocate(512);
            device.read(9 * 512, before).join();
            // As long again as the device takes.
            device.read(0, ByteBuffer.allocate(512)).join();
            ByteBuffer after = ByteBuffer.allocate(512);
            device.read(9 * 512, after).join();
            assertThat(after.array()).isEqualTo(before.array());
        }
    }

    @Test
    void reservationsThatCannotBeRead_keepTheUnitFromBeingServed() {
        ReservationStore store = ReservationStore.inMemory();
        // One that knows a newer form keeps something that this one cannot read.
        store.join("test-0", new ReservationStore.Member() {
                    @Override
                    public CompletableFuture<Void> enforce(byte @Nullable [] image) {
                        return CompletableFuture.completedFuture(null);
                    }

                    @Override
                    public byte @Nullable [] afterPowerLoss() {
                        return null;
                    }
                })
                .change(() -> new byte[40])
                .join();
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20)) {
            IscsiTargetConfig config = Exported.config(0, device).withReservations(store);
            assertThatThrownBy(() -> IscsiTarget.start(config))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("unit 0 is not served");
        }
    }
}
