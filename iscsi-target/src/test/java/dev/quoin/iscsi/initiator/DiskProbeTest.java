package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proves that a unit that says what cannot be is refused with words, or taken at its most careful value. */
class DiskProbeTest {

    private static final long INQUIRY = 0x12;
    private static final long CAPACITY = 0x9E;
    private static final long MODES = 0x1A;

    /** A disk that answers with these numbers, and with so many bytes of mode data. */
    private static Disk probe(long lastBlock, int blockSize, int exponent, long sameMax, int modeBytes)
            throws Exception {
        return new DiskProbe("fake", (high, low, allocation) -> {
                    long opcode = high >>> 56;
                    boolean pages = (high >>> 48 & 1) != 0;
                    ByteBuffer data = ByteBuffer.allocate(0);
                    if (opcode == INQUIRY && !pages) {
                        data = ByteBuffer.allocate(36);
                    } else if (opcode == INQUIRY && (high >>> 40 & 0xFF) == 0xB0) {
                        data = ByteBuffer.allocate(64).putLong(36, sameMax);
                    } else if (opcode == CAPACITY) {
                        data = ByteBuffer.allocate(32)
                                .putLong(0, lastBlock)
                                .putInt(8, blockSize)
                                .put(13, (byte) exponent);
                    } else if (opcode == MODES) {
                        data = ByteBuffer.allocate(modeBytes);
                    }
                    return new DiskProbe.Answer(null, data);
                })
                .run();
    }

    @ParameterizedTest
    @CsvSource({
        "8191, 0",
        "8191, 513",
        "8191, 256",
        "8191, -2147483648",
        "8191, 131072",
        "-1, 512",
        "9223372036854775807, 512",
        "18014398509481983, 512",
        "140737488355327, 65536"
    })
    void sizeThatCannotBe_isRefused(long lastBlock, int blockSize) {
        assertThatThrownBy(() -> probe(lastBlock, blockSize, 0, 0, 0))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(DeviceException.Code.UNSUPPORTED))
                .hasMessageContaining("found")
                .hasMessageContaining("expected");
    }

    @ParameterizedTest
    @CsvSource({
        "80:5334455730303120, S4EW001",
        "80:20202020,",
        "80:00000000,",
        "80:ff10,",
        "83:0103000853344557,",
        "'',"
    })
    void serialNumber_isTheTextOfItsPage_orNone(String identity, @Nullable String serial) throws Exception {
        Disk disk = probe(8191, 512, 0, 0, 0);
        Disk named = new Disk(
                disk.geometry(),
                identity,
                disk.writeCache(),
                disk.fua(),
                disk.writeProtected(),
                disk.transferBytesMax(),
                disk.writeSameBytesMax(),
                disk.sameUnmaps(),
                disk.unmap(),
                disk.unmapBlocksMax());
        assertThat(named.serialNumber().orElse(null)).isEqualTo(serial);
    }

    @Test
    void hintsThatCannotBe_areLeftOut() throws Exception {
        Disk disk = probe(8191, 512, 15, Long.MAX_VALUE, 2);
        assertThat(disk.geometry().size()).isEqualTo(4 << 20);
        assertThat(disk.geometry().physicalBlockSize()).isEqualTo(512);
        assertThat(disk.writeSameBytesMax()).isPositive();
    }
}
