package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Fault;
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

/** Proves that what is written to where nothing is goes there at once, and is old or new whatever happens. */
class PlacedWriteTest {

    private static final int CHUNK = 65536;
    private static final int BLOCK = 4096;
    private static final Delay NEVER = (millis, task) -> {};

    private final PowerSupply power = new PowerSupply(1);
    private final List<MemoryDevice> media = new ArrayList<>();
    private final List<FaultyDevice> members = new ArrayList<>();

    private int stripe;

    private RaidArray array(Level level, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            media.add(new MemoryDevice("member" + i, 512, 4 << 20));
            members.add(new FaultyDevice(media.get(i), power));
        }
        RaidArray array = RaidArray.create(new ArraySpec("placed", level, CHUNK), devices(), NEVER, Sabotage.NONE);
        stripe = array.core().map.stripeBytes();
        OpenWindow.over(array, ByteBuffer.wrap(content(stripe)));
        array.core().journal.drain().join();
        members.forEach(FaultyDevice::resetCounters);
        return array;
    }

    private List<BlockDevice> devices() {
        return new ArrayList<>(members);
    }

    private static byte[] content(int length) {
        byte[] bytes = new byte[length];
        Property.random(5).nextBytes(bytes);
        return bytes;
    }

    private static void write(RaidArray array, long offset, byte[] bytes) throws Exception {
        BlockIo.write(array, offset, ByteBuffer.wrap(bytes), WriteMode.CACHED);
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

    /** Whether the second stripe holds this after a flush, a power cut and a start. */
    private void assertSurvives(RaidArray array, byte[] bytes) throws Exception {
        array.flush().join();
        power.cut();
        power.restore();
        RaidArray again = RaidArray.assemble(devices(), NEVER, Sabotage.NONE);
        assertThat(read(again, stripe, bytes.length)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"RAID0, 4, 4, 4", "RAID1, 2, 1, 2", "RAID5, 4, 3, 4", "RAID6, 5, 3, 5", "RAID10, 4, 2, 4"})
    void stripeToWhereNothingIs_isWrittenOnce(Level level, int count, int dataChunks, int chunks) throws Exception {
        RaidArray array = array(level, count);
        byte[] bytes = content(dataChunks * CHUNK);
        write(array, stripe, bytes);
        array.flush().join();
        long headers = bytesWritten() - (long) chunks * CHUNK;
        // For each member the header of a part, perhaps with a page of the bitmap.
        assertThat(headers).isBetween((long) count * BLOCK, 2L * count * BLOCK);
        assertThat(read(array, stripe, bytes.length)).isEqualTo(bytes);
        array.core().journal.drain().join();
        assertThat(read(array, stripe, bytes.length)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"RAID5, 3", "RAID5, 4", "RAID5, 7", "RAID6, 4", "RAID6, 5", "RAID6, 8"})
    void manyStripesFromBuffersOutsideTheHeap_canBeReadWithoutAnyMember(Level level, int count) throws Exception {
        RaidArray array = array(level, count);
        int stripes = 8;
        byte[] bytes = content(stripes * stripe);
        ByteBuffer source = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int i = 1; i < stripes; i++) {
            writes.add(array.write((long) i * stripe, source.slice(i * stripe, stripe), WriteMode.CACHED));
        }
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
        array.flush().join();
        assertThat(array.core().parities.kept()).isPositive();
        array.close();
        byte[] expected = Arrays.copyOfRange(bytes, stripe, bytes.length);
        for (int lost = 0; lost < count; lost++) {
            List<BlockDevice> left = devices();
            left.remove(lost);
            // A start without a member makes the others know that it is gone.
            RaidArray degraded = RaidArray.assemble(List.copyOf(Copies.of(left)), NEVER, Sabotage.NONE);
            assertThat(read(degraded, stripe, expected.length)).isEqualTo(expected);
            degraded.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"RAID0, 4", "RAID5, 3", "RAID10, 2"})
    void secondWrite_beforeTheFirstIsDurable_goesThroughTheJournal(Level level, int dataChunks) throws Exception {
        RaidArray array = array(level, 4);
        byte[] bytes = content(dataChunks * CHUNK);
        write(array, stripe, bytes);
        write(array, stripe + 2 * BLOCK, new byte[BLOCK]);
        System.arraycopy(new byte[BLOCK], 0, bytes, 2 * BLOCK, BLOCK);
        assertThat(read(array, stripe, bytes.length)).isEqualTo(bytes);
        assertSurvives(array, bytes);
    }

    @Test
    void blockThatRots_beforeItsRecordIsSettled_isRepaired() throws Exception {
        RaidArray array = array(Level.RAID5, 4);
        byte[] bytes = content(3 * CHUNK);
        write(array, stripe, bytes);
        array.flush().join();
        long offset = array.core().activeMembers().getFirst().regions().dataOffset();
        for (int role = 0; role < 3; role++) {
            BlockIo.write(
                    media.get(role), offset + CHUNK + (long) role * BLOCK, ByteBuffer.allocate(BLOCK), WriteMode.FUA);
        }
        assertThat(read(array, stripe, bytes.length)).isEqualTo(bytes);
        assertThat(array.status().counters().repaired()).isGreaterThanOrEqualTo(2);
        array.core().journal.drain().join();
        assertThat(read(array, stripe, bytes.length)).isEqualTo(bytes);
    }

    @Test
    void lostBlock_ofAMemberThatSaidItHadIt_isMadeOfTheOthersAtTheNextStart() throws Exception {
        RaidArray array = array(Level.RAID5, 4);
        members.get(1).inject(Fault.lostWrite(0, 4 << 20));
        byte[] bytes = content(3 * CHUNK);
        write(array, stripe, bytes);
        assertSurvives(array, bytes);
    }

    @Test
    void memberThatFails_whileItIsWritten_leavesTheWriteToTheJournal() throws Exception {
        RaidArray array = array(Level.RAID5, 4);
        members.get(2).inject(Fault.writeError(0, 4 << 20, 1));
        byte[] bytes = content(3 * CHUNK);
        write(array, stripe, bytes);
        assertThat(array.status().members().get(2).state()).isEqualTo(RoleState.FAILED);
        assertThat(read(array, stripe, bytes.length)).isEqualTo(bytes);
        assertSurvives(array, bytes);
    }

    @Test
    void rest_ofWhatWasNotRecorded_isNothing_andDoesNotBecomePartOfARow() throws Exception {
        RaidArray array = array(Level.RAID5, 4);
        power.cutAfter(3);
        assertThatThrownBy(() -> write(array, stripe, content(3 * CHUNK))).isInstanceOf(DeviceException.class);
        power.restore();
        RaidArray again = RaidArray.assemble(devices(), NEVER, Sabotage.NONE);
        assertThat(read(again, stripe, 3 * CHUNK)).containsOnly(0);
        byte[] one = content(BLOCK);
        write(again, stripe + BLOCK, one);
        again.core().journal.drain().join();
        assertThat(read(again, stripe + BLOCK, BLOCK)).isEqualTo(one);
        assertThat(read(again, stripe + CHUNK + BLOCK, BLOCK)).containsOnly(0);
        assertThat(read(again, stripe + 2 * CHUNK + BLOCK, BLOCK)).containsOnly(0);
    }
}
