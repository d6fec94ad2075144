package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceProvider.Access;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.UnitReservations;
import dev.quoin.iscsi.reservation.PrType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that reservations asked for by our initiator are those that a target of others knows. */
class TgtReservationsTest {

    private static final int BLOCK = 512;
    private static final PrType TYPE = PrType.WRITE_EXCLUSIVE_REGISTRANTS_ONLY;

    @TempDir
    Path directory;

    @Test
    void reservation_isMadePreemptedAndGivenUp_atATargetOfOthers() throws Exception {
        try (Tgt tgt = Tgt.start(directory);
                IscsiDevice a = open(tgt, "a");
                IscsiDevice b = open(tgt, "b")) {
            UnitReservations ofA = a.reservations();
            UnitReservations ofB = b.reservations();
            ofA.register(0xA1, false).join();
            ofA.reserve(TYPE).join();
            assertThat(ofB.read().join()).isEqualTo(ofA.read().join()).satisfies(report -> {
                assertThat(report.keys()).containsExactly(0xA1L);
                assertThat(report.toString()).contains(TYPE.toString());
            });
            write(a);
            assertFenced(b);

            ofB.register(0xB2, false).join();
            write(b);
            // It knows no PREEMPT AND ABORT.
            ofB.preempt(0xA1, TYPE, false).join();
            assertThat(ofB.read().join().keys()).containsExactly(0xB2L);
            assertFenced(a);
            assertThat(BlockIo.read(a, 0, BLOCK).getInt(0)).isEqualTo(0x600D);

            ofB.release(TYPE).join();
            write(a);
            ofB.clear().join();
            assertThat(ofA.read().join().keys()).isEmpty();
        }
    }

    private static IscsiDevice open(Tgt tgt, String who) throws DeviceException {
        return IscsiDevice.open(tgt.url(), InitiatorConfig.of("iqn.2026-11.org.example:" + who), Access.READ_WRITE);
    }

    private static void write(IscsiDevice device) throws DeviceException {
        BlockIo.write(device, 0, ByteBuffer.allocate(BLOCK).putInt(0, 0x600D), WriteMode.CACHED);
    }

    private static void assertFenced(IscsiDevice device) {
        assertThatThrownBy(() -> write(device))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.FENCED));
    }
}
