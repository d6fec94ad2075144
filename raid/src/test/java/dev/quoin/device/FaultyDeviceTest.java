package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.DeviceException.Code;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Proves the device contract for {@link FaultyDevice} without faults, and that each fault does what it says. */
class FaultyDeviceTest extends BlockDeviceContract {

    private static final int BLOCK = 4096;

    private final PowerSupply power = new PowerSupply(1);
    private final MemoryDevice medium = new MemoryDevice("medium", BLOCK, 256 * BLOCK);
    private FaultyDevice disk;

    @Override
    protected BlockDevice open() {
        disk = new FaultyDevice(medium, power);
        return disk;
    }

    @Test
    void powerCut_keepsWhatWasFlushedOrFua() {
        Property.forAll(200, random -> {
            PowerSupply supply = new PowerSupply(random.nextLong());
            FaultyDevice device = new FaultyDevice(new MemoryDevice("m", BLOCK, 4 * BLOCK), supply);
            write(device, 0, 1, WriteMode.CACHED);
            BlockIo.flush(device);
            write(device, 0, 2, WriteMode.CACHED);
            write(device, 1, 3, WriteMode.CACHED);
            write(device, 1, 4, WriteMode.FUA);
            supply.cut();
            assertRefused(device.read(0, ByteBuffer.allocate(BLOCK)), Code.GONE);
            supply.restore();
            assertThat(sectors(device, 0)).isSubsetOf((byte) 1, (byte) 2);
            assertThat(sectors(device, 1)).containsExactly((byte) 4);
        });
    }

    @Test
    void powerCut_overManySeeds_losesKeepsAndTearsAndReorders() {
        Set<String> seen = new HashSet<>();
        Property.forAll(500, random -> {
            PowerSupply supply = new PowerSupply(random.nextLong());
            FaultyDevice device = new FaultyDevice(new MemoryDevice("m", BLOCK, 4 * BLOCK), supply);
            write(device, 0, 1, WriteMode.CACHED);
            write(device, 1, 1, WriteMode.CACHED);
            supply.cut();
            supply.restore();
            seen.add(state(sectors(device, 0)) + " then " + state(sectors(device, 1)));
        });
        assertThat(seen)
                .contains(
                        "lost then lost",
                        "kept then lost",
                        "lost then kept",
                        "kept then kept",
                        "torn then lost",
                        "torn then torn");
    }

    @Test
    void powerCut_afterNRequests_failsExactlyThatOne() throws Exception {
        power.cutAfter(3);
        write(disk, 0, 1, WriteMode.FUA);
        BlockIo.read(disk, 0, BLOCK);
        BlockIo.flush(disk);
        assertRefused(disk.write(0, filled(2), WriteMode.FUA), Code.GONE);
        assertThat(power.isOn()).isFalse();
        assertRefused(disk.flush(), Code.GONE);
        power.restore();
        assertThat(sectors(disk, 0)).isSubsetOf((byte) 1, (byte) 2);
    }

    @Test
    void ignoredFlush_isAcknowledged_andDataCanBeLost() {
        Set<String> seen = new HashSet<>();
        Property.forAll(100, random -> {
            PowerSupply supply = new PowerSupply(random.nextLong());
            FaultyDevice device = new FaultyDevice(new MemoryDevice("m", BLOCK, 4 * BLOCK), supply);
            device.ignoreFlushes(true);
            write(device, 0, 1, WriteMode.FUA);
            BlockIo.flush(device);
            supply.cut();
            supply.restore();
            seen.add(state(sectors(device, 0)));
        });
        assertThat(seen).contains("lost", "kept");
    }

    @Test
    void injectedErrors_hitTheirRangeAsOftenAsTold() throws Exception {
        disk.inject(Fault.readError(BLOCK, BLOCK, 1));
        BlockIo.read(disk, 0, BLOCK);
        assertRefused(disk.read(0, ByteBuffer.allocate(2 * BLOCK)), Code.MEDIUM_ERROR);
        BlockIo.read(disk, BLOCK, BLOCK);
        disk.inject(Fault.writeError(0, BLOCK, 1));
        write(disk, 1, 1, WriteMode.CACHED);
        assertRefused(disk.write(0, filled(2), WriteMode.CACHED), Code.MEDIUM_ERROR);
        assertThat(sectors(disk, 0)).isSubsetOf((byte) 0, (byte) 2);
        disk.inject(Fault.flushError(1));
        assertRefused(disk.flush(), Code.MEDIUM_ERROR);
        BlockIo.flush(disk);
    }

    @Test
    void unreadableRange_isHealedByAWriteThatCoversIt() throws Exception {
        disk.inject(Fault.unreadable(BLOCK, BLOCK));
        assertRefused(disk.read(BLOCK, ByteBuffer.allocate(BLOCK)), Code.MEDIUM_ERROR);
        assertRefused(disk.read(BLOCK, ByteBuffer.allocate(BLOCK)), Code.MEDIUM_ERROR);
        write(disk, 1, 1, WriteMode.CACHED);
        assertThat(sectors(disk, 1)).containsExactly((byte) 1);
    }

    @Test
    void lostAndMisdirectedWrites_areAcknowledged() throws Exception {
        disk.inject(Fault.lostWrite(0, BLOCK));
        write(disk, 0, 1, WriteMode.FUA);
        assertThat(sectors(disk, 0)).containsExactly((byte) 0);
        disk.inject(Fault.misdirectedWrite(0, BLOCK, 5L * BLOCK));
        write(disk, 0, 2, WriteMode.FUA);
        assertThat(sectors(disk, 0)).containsExactly((byte) 0);
        assertThat(sectors(disk, 5)).containsExactly((byte) 2);
    }

    @Test
    void flippedBit_isSilent() throws Exception {
        write(disk, 3, 1, WriteMode.CACHED);
        disk.flipBit(3 * BLOCK + 1000, 4);
        byte[] read = BlockIo.read(disk, 3 * BLOCK, BLOCK).array();
        assertThat(read[1000]).isEqualTo((byte) 17);
        read[1000] = 1;
        assertThat(read).containsOnly(1);
    }

    @Test
    void disconnectedDevice_comesBack_withWhatItHeld() throws Exception {
        write(disk, 0, 1, WriteMode.CACHED);
        disk.disconnect();
        assertRefused(disk.write(0, filled(2), WriteMode.CACHED), Code.GONE);
        assertRefused(disk.flush(), Code.GONE);
        disk.reconnect();
        assertThat(sectors(disk, 0)).containsExactly((byte) 1);
    }

    @Test
    void hangingDevice_completesAfterResume_andDelayCompletesLate() throws Exception {
        disk.hang();
        CompletableFuture<Void> write = disk.write(0, filled(1), WriteMode.CACHED);
        assertThat(write).isNotDone();
        disk.resume();
        assertThat(write).isCompleted();
        disk.delayMillis(5);
        disk.read(0, ByteBuffer.allocate(BLOCK)).get(10, TimeUnit.SECONDS);
    }

    @Test
    void counters_andTrace_tellWhatReachedTheDevice() throws Exception {
        write(disk, 0, 1, WriteMode.FUA);
        write(disk, 1, 1, WriteMode.CACHED);
        BlockIo.read(disk, 0, 2 * BLOCK);
        BlockIo.flush(disk);
        assertThat(disk.counters()).isEqualTo(new FaultyDevice.Counters(1, 2, 1, 1, 2 * BLOCK, 2 * BLOCK));
        assertThat(disk.trace())
                .containsExactly(
                        new FaultyDevice.Io(FaultyDevice.Kind.WRITE, 0, BLOCK, WriteMode.FUA),
                        new FaultyDevice.Io(FaultyDevice.Kind.WRITE, BLOCK, BLOCK, WriteMode.CACHED),
                        new FaultyDevice.Io(FaultyDevice.Kind.READ, 0, 2 * BLOCK, WriteMode.CACHED),
                        new FaultyDevice.Io(FaultyDevice.Kind.FLUSH, 0, 0, WriteMode.FUA));
        disk.resetCounters();
        assertThat(disk.trace()).isEmpty();
    }

    private static void write(BlockDevice device, int block, int value, WriteMode mode) throws DeviceException {
        BlockIo.write(device, (long) block * BLOCK, filled(value), mode);
    }

    private static ByteBuffer filled(int value) {
        byte[] bytes = new byte[BLOCK];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    /** The values that the sectors of a block hold; fails if one sector is a mix. */
    private static Set<Byte> sectors(BlockDevice device, int block) throws DeviceException {
        byte[] bytes = BlockIo.read(device, (long) block * BLOCK, BLOCK).array();
        Set<Byte> values = new HashSet<>();
        for (int at = 0; at < BLOCK; at += 512) {
            byte[] sector = Arrays.copyOfRange(bytes, at, at + 512);
            assertThat(sector).containsOnly(sector[0]);
            values.add(sector[0]);
        }
        return values;
    }

    private static String state(Set<Byte> sectors) {
        return sectors.size() > 1 ? "torn" : sectors.contains((byte) 1) ? "kept" : "lost";
    }
}
