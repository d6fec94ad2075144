package dev.quoin.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a volume may hold, sector by sector: for each the values that a read may give now, and those that it may give after a
 * power cut. A value names the write that it comes from, so data of another volume, another place or an earlier life cannot pass.
 */
final class VolumeModel {

    /** The unit that a power cut leaves whole, in bytes. */
    static final int SECTOR = 512;

    static final long ZERO = 0;

    private final long[][] visible;
    private final long[][] durable;

    VolumeModel(long size) {
        visible = new long[(int) (size / SECTOR)][];
        durable = new long[visible.length][];
        Arrays.fill(visible, new long[] {ZERO});
        Arrays.fill(durable, new long[] {ZERO});
    }

    /** Fills {@code target} with the sectors of write {@code number} at {@code offset} of volume {@code volume}. */
    static void fill(ByteBuffer target, int volume, long number, long offset) {
        for (int at = 0; at < target.limit(); at += SECTOR) {
            long value = value(volume, number, (offset + at) / SECTOR);
            for (int i = 0; i < SECTOR; i += Long.BYTES) {
                target.putLong(at + i, value);
            }
        }
    }

    private static long value(int volume, long number, long sector) {
        return (long) volume << 56 | number << 28 | sector;
    }

    /** A write that was acknowledged. */
    void written(int volume, long number, long offset, int length, WriteMode mode) {
        for (long sector = offset / SECTOR; sector < (offset + length) / SECTOR; sector++) {
            set((int) sector, value(volume, number, sector), mode);
        }
    }

    /** A write that failed: each sector is old or new. */
    void writeFailed(int volume, long number, long offset, int length) {
        for (long sector = offset / SECTOR; sector < (offset + length) / SECTOR; sector++) {
            maybe((int) sector, value(volume, number, sector));
        }
    }

    /** A zeroing, or a discard that promises zeroes, that was acknowledged. */
    void zeroed(long offset, long length, WriteMode mode) {
        for (long sector = offset / SECTOR; sector < (offset + length) / SECTOR; sector++) {
            set((int) sector, ZERO, mode);
        }
    }

    /** A zeroing or a discard that failed. */
    void zeroFailed(long offset, long length) {
        for (long sector = offset / SECTOR; sector < (offset + length) / SECTOR; sector++) {
            maybe((int) sector, ZERO);
        }
    }

    /** All that was acknowledged is durable. */
    void flushed() {
        System.arraycopy(visible, 0, durable, 0, visible.length);
    }

    /** The power went: what may be read now is what may have survived. */
    void crashed() {
        System.arraycopy(durable, 0, visible, 0, visible.length);
    }

    /** Checks what was read, and remembers it. */
    void read(long offset, ByteBuffer data) {
        for (int at = 0; at < data.limit(); at += SECTOR) {
            int sector = (int) ((offset + at) / SECTOR);
            long value = data.getLong(at);
            for (int i = 0; i < SECTOR; i += Long.BYTES) {
                assertThat(data.getLong(at + i))
                        .as("sector %d is of one write", sector)
                        .isEqualTo(value);
            }
            if (Arrays.stream(visible[sector]).noneMatch(may -> may == value)) {
                throw new AssertionError(String.format(
                        "sector %d holds 0x%016x, one of %s expected",
                        sector,
                        value,
                        Arrays.toString(Arrays.stream(visible[sector])
                                .mapToObj(may -> String.format("0x%016x", may))
                                .toArray())));
            }
            visible[sector] = new long[] {value};
        }
    }

    /** Checks all of it after a crash: what is there now is what there is. */
    void readAfterCrash(long offset, ByteBuffer data) {
        read(offset, data);
        int sectors = data.limit() / SECTOR;
        System.arraycopy(visible, (int) (offset / SECTOR), durable, (int) (offset / SECTOR), sectors);
    }

    private void set(int sector, long value, WriteMode mode) {
        visible[sector] = new long[] {value};
        durable[sector] = mode == WriteMode.FUA ? visible[sector] : with(durable[sector], value);
    }

    private void maybe(int sector, long value) {
        visible[sector] = with(visible[sector], value);
        durable[sector] = with(durable[sector], value);
    }

    private static long[] with(long[] values, long value) {
        for (long known : values) {
            if (known == value) {
                return values;
            }
        }
        long[] more = Arrays.copyOf(values, values.length + 1);
        more[values.length] = value;
        return more;
    }
}
