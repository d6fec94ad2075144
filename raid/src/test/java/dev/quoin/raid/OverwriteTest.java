package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proves that with the journal policy headers whole codewords are written over at the price of once, and in which order. */
class OverwriteTest {

    private static final int CHUNK = 65536;
    private static final int BLOCK = 4096;
    private static final Delay NEVER = (millis, task) -> {};

    private final PowerSupply power = new PowerSupply(1);
    private final ShuffledExecutor executor = new ShuffledExecutor(Property.random(3));
    private final List<FaultyDevice> members = new ArrayList<>();

    private int stripe;
    private long dataOffset;

    /** An array all of which was written, and nothing is waiting. */
    private RaidArray array(Level level, int count, JournalPolicy policy) throws Exception {
        for (int i = 0; i < count; i++) {
            FaultyDevice member = new FaultyDevice(new MemoryDevice("member" + i, 512, 4 << 20), power, executor);
            member.writesWhole(BLOCK);
            members.add(member);
        }
        ArraySpec spec = new ArraySpec("over", level, CHUNK).withJournal(policy);
        RaidArray array = RaidArray.create(spec, devices(), NEVER, Sabotage.NONE);
        stripe = array.core().map.stripeBytes();
        dataOffset = array.core().activeMembers().getFirst().regions().dataOffset();
        BlockIo.write(array, 0, ByteBuffer.wrap(content(1, 8 * stripe)), WriteMode.FUA);
        array.core().journal.drain().join();
        array.core().journal.checkpoint().join();
        members.forEach(FaultyDevice::resetCounters);
        return array;
    }

    private List<BlockDevice> devices() {
        return new ArrayList<>(members);
    }

    private static byte[] content(long seed, int length) {
        byte[] bytes = new byte[length];
        Property.random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(RaidArray array, long offset, int length) throws Exception {
        byte[] bytes = new byte[length];
        BlockIo.read(array, offset, length).get(bytes);
        return bytes;
    }

    private long bytesWritten() {
        return members.stream()
                .flatMap(member -> member.trace().stream())
                .filter(io -> io.kind() == FaultyDevice.Kind.WRITE)
                .mapToLong(FaultyDevice.Io::length)
                .sum();
    }

    private long flushes() {
        return members.stream().mapToLong(member -> member.counters().flushes()).sum();
    }

    @ParameterizedTest
    @CsvSource({
        "RAID0, 4, 4, HEADERS",
        "RAID1, 2, 2, HEADERS",
        "RAID5, 4, 4, HEADERS",
        "RAID6, 5, 5, HEADERS",
        "RAID10, 4, 4, HEADERS",
        "RAID0, 4, 4, FULL",
        "RAID5, 4, 4, FULL"
    })
    void stripe_overWhatWasWritten_isWrittenOnce_twiceWithACopyInTheJournal(
            Level level, int count, int chunks, JournalPolicy policy) throws Exception {
        RaidArray array = array(level, count, policy);
        byte[] bytes = content(2, stripe);
        BlockIo.write(array, stripe, ByteBuffer.wrap(bytes), WriteMode.CACHED);
        assertThat(read(array, stripe, stripe)).isEqualTo(bytes);
        array.core().journal.drain().join();
        int times = policy == JournalPolicy.HEADERS ? 1 : 2;
        long headers = bytesWritten() - (long) times * chunks * CHUNK;
        // For each member the header of a part, perhaps with a page of the bitmap.
        assertThat(headers).isBetween((long) count * BLOCK, 2L * count * BLOCK);
        assertThat(read(array, stripe, stripe)).isEqualTo(bytes);
        assertThat(array.scrub(Progress.NONE).join().isClean()).isTrue();
    }

    @Test
    void smallWrite_goesThroughTheJournal() throws Exception {
        RaidArray array = array(Level.RAID5, 4, JournalPolicy.HEADERS);
        BlockIo.write(array, stripe, ByteBuffer.wrap(content(2, BLOCK)), WriteMode.CACHED);
        array.core().journal.drain().join();
        // Data and parity, both twice, with a header each.
        assertThat(bytesWritten()).isGreaterThanOrEqualTo(4L * BLOCK + 2L * BLOCK);
    }

    @Test
    void record_isDurable_beforeAnythingIsPutInPlace() throws Exception {
        RaidArray array = array(Level.RAID5, 4, JournalPolicy.HEADERS);
        BlockIo.write(array, stripe, ByteBuffer.wrap(content(2, stripe)), WriteMode.CACHED);
        for (FaultyDevice member : members) {
            List<FaultyDevice.Io> changes = member.trace().stream()
                    .filter(io -> io.kind() != FaultyDevice.Kind.READ)
                    .toList();
            FaultyDevice.Io last = changes.getLast();
            assertThat(last.kind()).isEqualTo(FaultyDevice.Kind.WRITE);
            assertThat(last.offset()).isGreaterThanOrEqualTo(dataOffset);
            assertThat(last.length()).isEqualTo(CHUNK);
            assertThat(changes.get(changes.size() - 2).kind()).isEqualTo(FaultyDevice.Kind.FLUSH);
            assertThat(changes.subList(0, changes.size() - 2))
                    .allMatch(io -> io.kind() == FaultyDevice.Kind.WRITE && io.offset() < dataOffset);
        }
    }

    @Test
    void flush_afterIt_reachesWhatIsInPlace_andNoSecondOneIsNeeded() throws Exception {
        RaidArray array = array(Level.RAID5, 4, JournalPolicy.HEADERS);
        byte[] bytes = content(2, stripe);
        BlockIo.write(array, stripe, ByteBuffer.wrap(bytes), WriteMode.CACHED);
        assertThat(flushes()).isEqualTo(4);
        array.flush().join();
        assertThat(flushes()).isEqualTo(8);
        array.flush().join();
        assertThat(flushes()).isEqualTo(8);
        assertSurvives(bytes);
    }

    @Test
    void durableWrite_isInPlaceDurably() throws Exception {
        RaidArray array = array(Level.RAID0, 2, JournalPolicy.HEADERS);
        byte[] bytes = content(2, stripe);
        BlockIo.write(array, stripe, ByteBuffer.wrap(bytes), WriteMode.FUA);
        assertSurvives(bytes);
    }

    private void assertSurvives(byte[] bytes) throws Exception {
        power.cut();
        power.restore();
        RaidArray again = RaidArray.assemble(devices(), NEVER, Sabotage.NONE);
        assertThat(read(again, stripe, bytes.length)).isEqualTo(bytes);
    }

    @Test
    void writesThatComeTogether_shareAFlush() throws Exception {
        RaidArray array = array(Level.RAID0, 4, JournalPolicy.HEADERS);
        executor.shuffle();
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            writes.add(array.write((long) i * stripe, ByteBuffer.wrap(content(i, stripe)), WriteMode.CACHED));
        }
        while (!executor.isEmpty()) {
            executor.runAll();
        }
        assertThat(writes).allMatch(CompletableFuture::isDone);
        // The first goes alone, the others wait for it.
        assertThat(flushes()).isLessThanOrEqualTo(2 * 4);
    }

    @Test
    void write_intoAStripeThatIsOnItsWay_waitsUntilThatIsInPlace() throws Exception {
        RaidArray array = array(Level.RAID5, 4, JournalPolicy.HEADERS);
        byte[] bytes = content(2, stripe);
        executor.shuffle();
        CompletableFuture<Void> whole = array.write(stripe, ByteBuffer.wrap(bytes), WriteMode.CACHED);
        CompletableFuture<Void> part = array.write(stripe + BLOCK, ByteBuffer.allocate(BLOCK), WriteMode.CACHED);
        while (!part.isDone()) {
            executor.runSome(1);
            assertThat(part.isDone() && !whole.isDone()).isFalse();
        }
        executor.inline();
        System.arraycopy(new byte[BLOCK], 0, bytes, BLOCK, BLOCK);
        assertThat(read(array, stripe, stripe)).isEqualTo(bytes);
        array.flush().join();
        assertSurvives(bytes);
    }

    @Test
    void tornBlock_thatNothingCanGiveBack_isAMediumError_untilItIsWritten() throws Exception {
        RaidArray array = array(Level.RAID0, 2, JournalPolicy.HEADERS);
        BlockIo.write(array, stripe, ByteBuffer.wrap(content(2, stripe)), WriteMode.CACHED);
        // What a power cut in the middle of a block leaves.
        BlockIo.write(members.getFirst(), dataOffset + CHUNK, ByteBuffer.wrap(content(4, 512)), WriteMode.FUA);
        power.cut();
        power.restore();
        RaidArray again = RaidArray.assemble(devices(), NEVER, Sabotage.NONE);
        assertThat(again.status().members().getFirst().badBlocks()).isOne();
        assertThatThrownBy(() -> read(again, stripe, BLOCK))
                .isInstanceOf(DeviceException.class)
                .extracting(failure -> ((DeviceException) failure).code())
                .isEqualTo(DeviceException.Code.MEDIUM_ERROR);
        BlockIo.write(again, stripe, ByteBuffer.wrap(content(5, BLOCK)), WriteMode.CACHED);
        assertThat(read(again, stripe, BLOCK)).isEqualTo(content(5, BLOCK));
        again.core().journal.drain().join();
        assertThat(again.status().members().getFirst().badBlocks()).isZero();
    }

    @Test
    void blockThatWasFlushed_andIsWhatItWasBefore_isNotTakenForWhatTheCutLeft() throws Exception {
        RaidArray array = array(Level.RAID0, 2, JournalPolicy.HEADERS);
        ByteBuffer before = BlockIo.read(members.getFirst(), dataOffset + CHUNK, BLOCK);
        BlockIo.write(array, stripe, ByteBuffer.wrap(content(2, stripe)), WriteMode.FUA);
        // What comes next tells that this is in place.
        BlockIo.write(array, 4L * stripe, ByteBuffer.wrap(content(3, BLOCK)), WriteMode.FUA);
        BlockIo.write(members.getFirst(), dataOffset + CHUNK, before, WriteMode.FUA);
        power.cut();
        power.restore();
        RaidArray again = RaidArray.assemble(devices(), NEVER, Sabotage.NONE);
        assertThatThrownBy(() -> read(again, stripe, BLOCK)).isInstanceOf(DeviceException.class);
        assertThat(read(again, stripe + BLOCK, BLOCK))
                .isEqualTo(Arrays.copyOfRange(content(2, stripe), BLOCK, 2 * BLOCK));
    }

    @Test
    void policy_isKept_andNotForLevel3() throws Exception {
        RaidArray array = array(Level.RAID5, 4, JournalPolicy.HEADERS);
        assertThat(array.status().journal()).isEqualTo(JournalPolicy.HEADERS);
        array.close();
        RaidArray again = RaidArray.assemble(devices(), NEVER, Sabotage.NONE);
        assertThat(again.status().journal()).isEqualTo(JournalPolicy.HEADERS);
        assertThatThrownBy(() -> new ArraySpec("three", Level.RAID3, CHUNK).withJournal(JournalPolicy.HEADERS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("full expected for RAID 3");
    }
}
