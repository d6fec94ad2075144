package dev.quoin.iscsi.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.scsi.CopyList;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ModeList;
import dev.quoin.iscsi.scsi.ModeSettings;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.property.Property;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Proves that parameter lists of any bytes come to a value: random ones, and good ones with a few bytes changed or cut off. The
 * property {@code fuzz.inputs} says how many inputs each decoder gets.
 */
class ParameterListFuzzTest {

    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 200_000);
    private static final int INPUTS_PER_RUN = 1_000;

    private static final Nexus PORT = new Nexus("iqn.2026-11.dev.quoin:fuzz", 0x00023D010203L, 1);

    private static void forInputs(byte[] good, Consumer<ByteBuffer> take) {
        Property.forAll(Math.max(1, INPUTS / INPUTS_PER_RUN), random -> {
            for (int i = 0; i < INPUTS_PER_RUN; i++) {
                take.accept(ByteBuffer.wrap(damaged(random, good)));
            }
        });
    }

    private static byte[] damaged(RandomGenerator random, byte[] good) {
        byte[] bytes = new byte[random.nextInt(3) == 0 ? random.nextInt(good.length + 40) : good.length];
        if (random.nextInt(4) == 0) {
            random.nextBytes(bytes);
            return bytes;
        }
        System.arraycopy(good, 0, bytes, 0, Math.min(good.length, bytes.length));
        for (int change = random.nextInt(4); change > 0 && bytes.length > 0; change--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    @Test
    void persistentReserveLists_ofAnyBytes_areRead() {
        byte[] id = PORT.transportId();
        byte[] named = ByteBuffer.allocate(28 + id.length)
                .putLong(1)
                .putLong(2)
                .put(20, (byte) 0x08)
                .putInt(24, id.length)
                .put(28, id)
                .array();
        byte[] moved = ByteBuffer.allocate(24 + id.length)
                .putLong(1)
                .putLong(2)
                .putShort(18, (short) 1)
                .putInt(20, id.length)
                .put(24, id)
                .array();
        int[] count = new int[1];
        for (int action = 0; action <= PrOut.REGISTER_AND_MOVE; action++) {
            int which = action;
            forInputs(action == PrOut.REGISTER_AND_MOVE ? moved : named, list -> {
                var command = new ScsiCommand.PersistentReserveOut(which, 0, 5, list.limit());
                if (PrOut.read(command, list, 1, List.of(1, 2)) instanceof PrOut.Ordered(PrOrder order)) {
                    // Whatever was asked for, the rules have an answer that is a state again.
                    PrState registered = new PrState(1, List.of(new Registrant(PORT, 1, false)), null, false);
                    if (PrRules.decide(registered, PORT, order) instanceof PrDecision.Done(var next, var _, var _)) {
                        assertThat(PrStateImageTest.again(next)).isEqualTo(next);
                    }
                    count[0]++;
                }
            });
        }
        assertThat(count[0]).as("some lists are good").isPositive();
    }

    @Test
    void images_ofAnyBytes_areReadOrRefused() {
        PrState state = new PrState(
                3, List.of(new Registrant(PORT, 9, true)), new Reservation(PrType.EXCLUSIVE_ACCESS, PORT), true);
        forInputs(PrImage.encode(state), image -> {
            byte[] bytes = new byte[image.limit()];
            image.get(bytes);
            try {
                assertThat(PrImage.decode(bytes)).isNotNull();
            } catch (IOException refused) {
                assertThat(refused).hasMessageContaining("found");
            }
        });
    }

    @Test
    void copyLists_ofAnyBytes_areRead() {
        byte[] good = ByteBuffer.allocate(16 + 32 + 28)
                .putShort(2, (short) 32)
                .putInt(8, 28)
                .put(16, (byte) 0xE4)
                .put(20, (byte) 1)
                .put(21, (byte) 3)
                .put(23, (byte) 8)
                .put(48, (byte) 0x02)
                .putShort(50, (short) 24)
                .putShort(58, (short) 64)
                .array();
        forInputs(good, list -> {
            if (CopyList.read(list) instanceof CopyList.Good(CopyList copy)) {
                assertThat(copy.segments()).hasSizeLessThanOrEqualTo(CopyList.SEGMENTS_MAX);
                assertThat(copy.targets()).hasSizeLessThanOrEqualTo(CopyList.TARGETS_MAX);
            }
        });
    }

    @Test
    void modeLists_ofAnyBytes_areRead() {
        byte[] control = {0, 0, 0, 0, 0x0A, 0x0A, 0x24, 0x10, 8, 0, 0, 0, 0, 0, 0, 0};
        byte[] provisioning = new byte[4 + 24];
        provisioning[4] = 0x5C;
        provisioning[5] = 2;
        provisioning[7] = 20;
        MemoryDevice device = MemoryDevice.thin("memory", 512, 1 << 20, 1 << 19, 1 << 17);
        LogicalUnit unit = new LogicalUnit(0, device, UnitIdentity.of("thin"));
        for (byte[] good : new byte[][] {control, provisioning}) {
            for (boolean ten : new boolean[] {false, true}) {
                forInputs(
                        good,
                        list -> assertThat(ModeList.read(ten, list, unit, ModeSettings.DEFAULT))
                                .isNotNull());
            }
        }
    }
}
