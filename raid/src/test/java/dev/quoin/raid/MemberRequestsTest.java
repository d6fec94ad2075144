package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Proves what makes a level that level, by counting the requests that reach the data regions of the members: what is read and written
 * in place. The journal, which all levels write first, is not counted.
 */
class MemberRequestsTest {

    private static final int BLOCK = 4096;
    private static final int CHUNK = 16384;

    /** An array whose first stripes hold data, in place. */
    private static final class Rig {

        private final List<FaultyDevice> members = new ArrayList<>();
        private final RaidArray array;
        private final long dataOffset;

        Rig(ArraySpec spec, int count) throws Exception {
            PowerSupply power = new PowerSupply(1);
            for (int i = 0; i < count; i++) {
                members.add(new FaultyDevice(new MemoryDevice("member" + i, 512, 2 << 20), power));
            }
            array = RaidArray.create(spec, new ArrayList<BlockDevice>(members), (millis, task) -> {}, Sabotage.NONE);
            byte[] bytes = new byte[4 * array.geometry().optimalTransfer()];
            Property.random(2).nextBytes(bytes);
            BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
            array.core().journal.drain().join();
            dataOffset = array.core().activeMembers().getFirst().regions().dataOffset();
            reset();
        }

        Rig(Level level, int count) throws Exception {
            this(new ArraySpec("counted", level, CHUNK), count);
        }

        void reset() {
            members.forEach(FaultyDevice::resetCounters);
        }

        void read(long offset, int length) throws Exception {
            BlockIo.read(array, offset, length);
        }

        void write(long offset, int length) throws Exception {
            byte[] bytes = new byte[length];
            Arrays.fill(bytes, (byte) 7);
            BlockIo.write(array, offset, ByteBuffer.wrap(bytes), WriteMode.CACHED);
            array.core().journal.drain().join();
        }

        /** For each member how many requests of a kind reached its data. */
        List<Integer> requests(FaultyDevice.Kind kind) {
            return members.stream()
                    .map(member -> (int) member.trace().stream()
                            .filter(io -> io.kind() == kind && io.offset() >= dataOffset)
                            .count())
                    .toList();
        }

        int reads() {
            return sum(requests(FaultyDevice.Kind.READ));
        }

        int writes() {
            return sum(requests(FaultyDevice.Kind.WRITE));
        }

        private static int sum(List<Integer> counts) {
            return counts.stream().mapToInt(Integer::intValue).sum();
        }
    }

    @Test
    void raid0_smallRequests_areOneEach() throws Exception {
        Rig rig = new Rig(Level.RAID0, 4);
        rig.read(5L * CHUNK, BLOCK);
        rig.write(6L * CHUNK, BLOCK);
        assertThat(rig.requests(FaultyDevice.Kind.READ)).containsExactly(0, 1, 0, 0);
        assertThat(rig.requests(FaultyDevice.Kind.WRITE)).containsExactly(0, 0, 1, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void raid1_smallRequests_areOneReadAndAWriteOnEachMember(int members) throws Exception {
        Rig rig = new Rig(Level.RAID1, members);
        rig.read(0, BLOCK);
        rig.write(BLOCK, BLOCK);
        assertThat(rig.reads()).isEqualTo(1);
        assertThat(rig.requests(FaultyDevice.Kind.WRITE)).containsOnly(1);
    }

    @Test
    void raid1_readsAtDifferentPlaces_areSpreadOverAllMembers() throws Exception {
        PowerSupply power = new PowerSupply(1);
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            members.add(new FaultyDevice(new MemoryDevice("member" + i, 512, 16 << 20), power));
        }
        RaidArray array = RaidArray.create(new ArraySpec("spread", Level.RAID1, CHUNK), members);
        byte[] bytes = new byte[8 << 20];
        Property.random(3).nextBytes(bytes);
        BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
        array.core().journal.drain().join();
        members.forEach(member -> ((FaultyDevice) member).resetCounters());
        for (int i = 0; i < 512; i++) {
            BlockIo.read(array, ((i * 7919) % 2048) * (long) BLOCK, BLOCK);
        }
        for (BlockDevice member : members) {
            assertThat(((FaultyDevice) member).counters().reads()).isBetween(150L, 362L);
        }
    }

    @Test
    void raid1_membersThatAreWriteMostly_areReadOnlyIfNoOtherIsThere() throws Exception {
        Rig rig = new Rig(new ArraySpec("mostly", Level.RAID1, CHUNK).withWriteMostly(Set.of(0)), 2);
        for (int i = 0; i < 20; i++) {
            rig.read((i % 4) * (long) BLOCK, BLOCK);
        }
        assertThat(rig.requests(FaultyDevice.Kind.READ)).containsExactly(0, 20);
        rig.array.fail(1);
        rig.read(0, BLOCK);
        assertThat(rig.requests(FaultyDevice.Kind.READ)).containsExactly(1, 20);
        rig.array.close();
        RaidArray again = RaidArray.assemble(new ArrayList<BlockDevice>(rig.members));
        assertThat(again.status().members().get(0).writeMostly()).isTrue();
        assertThat(again.status().members().get(1).writeMostly()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5, 9})
    void raid3_smallRequests_useAllMembersAndWritesNeverRead(int members) throws Exception {
        Rig rig = new Rig(Level.RAID3, members);
        rig.read(BLOCK, BLOCK);
        assertThat(rig.reads()).isEqualTo(members - 1);
        assertThat(rig.requests(FaultyDevice.Kind.READ).getLast())
                .as("reads of the parity")
                .isZero();
        rig.reset();
        rig.write(3 * BLOCK, BLOCK);
        assertThat(rig.requests(FaultyDevice.Kind.WRITE)).containsOnly(1);
        assertThat(rig.reads()).isZero();
        for (FaultyDevice member : rig.members) {
            assertThat(member.trace())
                    .filteredOn(io -> io.kind() == FaultyDevice.Kind.WRITE && io.offset() >= rig.dataOffset)
                    .allMatch(io -> io.length() == BLOCK / (members - 1));
        }
    }

    @Test
    void raid3_withoutAnyMember_readsAsManyAsBefore() throws Exception {
        for (int lost = 0; lost < 5; lost++) {
            Rig rig = new Rig(Level.RAID3, 5);
            rig.array.fail(lost);
            rig.reset();
            rig.read(BLOCK, BLOCK);
            assertThat(rig.reads()).isEqualTo(4);
            rig.reset();
            rig.write(0, BLOCK);
            assertThat(rig.reads()).isZero();
            assertThat(rig.writes()).isEqualTo(4);
        }
    }

    @Test
    void raid3_withVerifiedReads_readsTheParityToo() throws Exception {
        Rig rig = new Rig(new ArraySpec("verified", Level.RAID3, CHUNK).withVerifiedReads(), 5);
        rig.read(BLOCK, BLOCK);
        assertThat(rig.requests(FaultyDevice.Kind.READ)).containsOnly(1);
    }

    @ParameterizedTest
    @CsvSource({"RAID5, 5, 2, 2", "RAID5, 8, 2, 2", "RAID6, 6, 3, 3", "RAID6, 8, 3, 3"})
    void parityLevels_smallWrites_areReadModifyWrite(Level level, int members, int reads, int writes) throws Exception {
        Rig rig = new Rig(level, members);
        rig.write(BLOCK, BLOCK);
        assertThat(rig.reads()).isEqualTo(reads);
        assertThat(rig.writes()).isEqualTo(writes);
    }

    @ParameterizedTest
    @CsvSource({"RAID5, 3, 1", "RAID5, 4, 2", "RAID6, 4, 1", "RAID6, 5, 2"})
    void parityLevels_smallWrites_readTheRestOfTheRowIfThatIsLess(Level level, int members, int reads)
            throws Exception {
        Rig rig = new Rig(level, members);
        rig.write(BLOCK, BLOCK);
        assertThat(rig.reads()).isEqualTo(reads);
    }

    @ParameterizedTest
    @CsvSource({"RAID5, 3", "RAID5, 5", "RAID6, 4", "RAID6, 8"})
    void parityLevels_writesOfWholeStripes_readNothing(Level level, int members) throws Exception {
        Rig rig = new Rig(level, members);
        rig.write(0, rig.array.geometry().optimalTransfer());
        assertThat(rig.reads()).isZero();
        assertThat(rig.requests(FaultyDevice.Kind.WRITE)).containsOnly(1);
    }

    @ParameterizedTest
    @CsvSource({"RAID5, 3, 2", "RAID5, 6, 5", "RAID6, 6, 5", "RAID6, 4, 3"})
    void parityLevels_readsOfALostMember_readOneOfEachThatIsNeeded(Level level, int members, int mostReads)
            throws Exception {
        Rig rig = new Rig(level, members);
        int lost = rig.array.core().map.dataColumn(0, 0);
        rig.array.fail(lost);
        rig.reset();
        rig.read(0, BLOCK);
        // RAID 6 needs one parity only.
        assertThat(rig.reads()).isEqualTo(level == Level.RAID5 ? mostReads : mostReads - 1);
    }

    @Test
    void raid6_readsOfTwoLostMembers_readAllOthers() throws Exception {
        Rig rig = new Rig(Level.RAID6, 7);
        rig.array.fail(rig.array.core().map.dataColumn(0, 0));
        rig.array.fail(rig.array.core().map.dataColumn(0, 1));
        rig.reset();
        rig.read(0, BLOCK);
        assertThat(rig.requests(FaultyDevice.Kind.READ))
                .filteredOn(count -> count == 1)
                .hasSize(5);
        assertThat(rig.reads()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void raid10_smallRequests_areOneReadAndTwoWrites(int members) throws Exception {
        Rig rig = new Rig(Level.RAID10, members);
        rig.read(CHUNK, BLOCK);
        assertThat(rig.reads()).isEqualTo(1);
        rig.reset();
        rig.write(CHUNK, BLOCK);
        assertThat(rig.writes()).isEqualTo(2);
        assertThat(rig.reads()).isZero();
    }
}
