package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.RaidArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that WRITE ATOMIC (16) is offered where a device can do it, within the limits that the unit announces, and nowhere else. */
@Timeout(60)
class WriteAtomicTest {

    private static final int BLOCK = 4096;

    private static String write(RawInitiator raw, int fua, long lba, int boundary, int blocks, int sent, int fill)
            throws IOException {
        byte[] data = new byte[sent];
        Arrays.fill(data, (byte) fill);
        raw.send(
                raw.command(
                        false,
                        sent > 0,
                        true,
                        sent,
                        0x9CL << 56 | (long) fua << 48 | lba >>> 16,
                        lba << 48 | (long) boundary << 32 | (long) blocks << 16),
                data);
        RawInitiator.Received received = raw.receive();
        Response.ScsiResponse response = (Response.ScsiResponse) received.header();
        byte[] sense = received.data();
        return response.status() == 0 ? "" : "%x/%02x/%02x".formatted(sense[4], sense[14], sense[15]);
    }

    private static ByteBuffer limits(RawInitiator raw) throws IOException {
        raw.send(raw.command(true, false, true, 64, 0x1201B000_40000000L, 0));
        return ByteBuffer.wrap(raw.receive().data());
    }

    @Test
    void array_offersWhatItsJournalHolds_andRefusesTheRest() throws Exception {
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            members.add(new MemoryDevice("member" + i, 4096, 4 << 20));
        }
        try (RaidArray array = RaidArray.create(ArraySpec.raid5("atomic"), members);
                Exported exported = Exported.with(Exported.config(0, array).withoutPowerOnAttention());
                RawInitiator raw = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "")) {
            ByteBuffer limits = limits(raw);
            assertThat(limits.getInt(44)).as("maximum length").isEqualTo(4);
            assertThat(limits.getInt(48)).as("alignment").isEqualTo(4);
            assertThat(limits.getInt(52)).as("granularity").isEqualTo(1);
            assertThat(limits.getLong(56)).as("boundaries").isZero();
            assertThat(write(raw, 0, 4, 0, 4, 4 * BLOCK, 5)).isEmpty();
            assertThat(write(raw, 8, 8, 0, 1, BLOCK, 6)).as("FUA").isEmpty();
            assertThat(write(raw, 0, 12, 0, 0, 0, 0)).as("no blocks").isEmpty();
            assertThat(BlockIo.read(array, 4 * BLOCK, 4 * BLOCK).array()).containsOnly(5);
            assertThat(BlockIo.read(array, 8 * BLOCK, BLOCK).array()).containsOnly(6);
            assertThat(write(raw, 0, 4, 0, 5, 5 * BLOCK, 7)).as("too long").isEqualTo("5/24/00");
            assertThat(write(raw, 0, 5, 0, 2, 2 * BLOCK, 7)).as("not aligned").isEqualTo("5/24/00");
            assertThat(write(raw, 0, 4, 2, 4, 4 * BLOCK, 7)).as("a boundary").isEqualTo("5/24/00");
            assertThat(write(raw, 0x20, 4, 0, 4, 4 * BLOCK, 7)).as("protection").isEqualTo("5/24/00");
            assertThat(write(raw, 0, 1 << 20, 0, 1, BLOCK, 7))
                    .as("beyond the end")
                    .isEqualTo("5/21/00");
            assertThat(write(raw, 0, 4, 0, 4, BLOCK, 7))
                    .as("less data than blocks")
                    .isEqualTo("5/0e/03");
            assertThat(BlockIo.read(array, 4 * BLOCK, 4 * BLOCK).array()).containsOnly(5);
        }
    }

    @Test
    void device_thatTearsWrites_doesNotKnowTheCommand_andAnnouncesNothing() throws Exception {
        try (FaultyDevice device = new FaultyDevice(new MemoryDevice("memory", BLOCK, 1 << 20), new PowerSupply(1));
                Exported exported = Exported.with(Exported.config(0, device).withoutPowerOnAttention());
                RawInitiator raw = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "")) {
            assertThat(limits(raw).getLong(44)).isZero();
            assertThat(limits(raw).getInt(52)).isZero();
            assertThat(write(raw, 0, 0, 0, 1, BLOCK, 1)).isEqualTo("5/20/00");
            assertThat(write(raw, 0x20, 0, 0, 1, BLOCK, 1)).isEqualTo("5/20/00");
            raw.send(raw.command(true, false, true, 64, 0xA30C019C_00000000L, 64L << 48));
            assertThat(raw.receive().data()[1] & 7).as("not supported").isEqualTo(1);
        }
    }
}
