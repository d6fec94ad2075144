package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Proves that an examination says what devices are without changing them, and that a start that is forced loses what it said and
 * never returns a block that is wrong: each block reads as it was last written, or as a medium error.
 */
class ForcedStartTest {

    private static final Delay NEVER = (millis, task) -> {};
    private static final int BLOCK = 4096;

    private static Examination examine(List<? extends BlockDevice> devices) {
        return RaidArray.examine(List.copyOf(devices), List.of());
    }

    private static List<Finding.Kind> kinds(Examination examination) {
        return examination.devices().stream().map(Finding::kind).toList();
    }

    private static MemoryDevice copy(BlockDevice device) throws DeviceException {
        int size = (int) device.geometry().size();
        var copy = new MemoryDevice(device.name(), 512, size);
        BlockIo.write(copy, 0, BlockIo.read(device, 0, size), WriteMode.CACHED);
        return copy;
    }

    /** Reads block by block; returns those that are medium errors, and fails if one is wrong. */
    private static Set<Integer> unreadable(RaidArray array, byte[] model) throws DeviceException {
        Set<Integer> bad = new TreeSet<>();
        for (int at = 0; at < model.length; at += BLOCK) {
            try {
                byte[] found = BlockIo.read(array, at, BLOCK).array();
                assertThat(found).as("block at " + at).isEqualTo(Arrays.copyOfRange(model, at, at + BLOCK));
            } catch (DeviceException refused) {
                assertThat(refused.code()).isEqualTo(Code.MEDIUM_ERROR);
                bad.add(at);
            }
        }
        return bad;
    }

    /** Levels with members to be lost: first the stale one, then one for good. */
    @ParameterizedTest
    @CsvSource({
        "RAID1, 2, 1, -1",
        "RAID3, 3, 0, 1",
        "RAID5, 3, 0, 1",
        "RAID5, 4, 2, 3",
        "RAID6, 4, 1, 2",
        "RAID10, 4, 2, 3"
    })
    void staleMember_thatIsNeeded_helpsWhereNothingWasWritten(Level level, int count, int stale, int lost)
            throws Exception {
        var rig = new MembersRig(level, count);
        FaultyDevice away = rig.devices.get(stale);
        if (level == Level.RAID6) {
            rig.array.fail(0);
        }
        rig.array.fail(stale);
        int from = rig.model.length / 2 / BLOCK * BLOCK;
        for (int i = 0; i < 8; i++) {
            rig.write(from + i * 3 * BLOCK, BLOCK);
        }
        rig.array.close();
        List<BlockDevice> left = new ArrayList<>(rig.devices);
        if (level == Level.RAID6) {
            left.remove(rig.devices.get(0));
        }
        if (lost >= 0) {
            left.remove(rig.devices.get(lost));
        } else {
            // A mirror is whole on one; there is nothing to be forced.
            assertThat(examine(left).arrays().getFirst().start()).isEqualTo(Examination.Start.DEGRADED);
            return;
        }
        assertThatThrownBy(() -> RaidArray.assemble(left, NEVER, Sabotage.NONE))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.GONE));
        Examination examination = examine(left);
        Examination.FoundArray found = examination.arrays().getFirst();
        assertThat(found.start()).as(found.why()).isEqualTo(Examination.Start.FORCED);
        assertThat(found.loss())
                .anyMatch(loss -> loss.contains(away.name() + " (role " + stale + ") is stale: events"));
        assertThat(kinds(examination)).containsOnlyOnce(Finding.Kind.STALE);

        RaidArray forced = forced(left);
        Set<Integer> bad = unreadable(forced, rig.model);
        assertThat(bad.size() * BLOCK)
                .as("only what is in regions that were written")
                .isBetween(1, rig.model.length * 3 / 4);
        assertThat(forced.status().members().get(stale).state()).isEqualTo(RoleState.IN_SYNC);

        // What is written again is good again, and the array can get back to its full redundancy.
        BlockIo.write(forced, 0, ByteBuffer.wrap(rig.model), WriteMode.FUA);
        assertThat(unreadable(forced, rig.model)).isEmpty();
        forced.replace(lost, new MemoryDevice("new", 512, 4 << 20));
        forced.rebuild(Progress.NONE).join();
        assertThat(unreadable(forced, rig.model)).isEmpty();
        assertThat(forced.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
        forced.close();
    }

    @Test
    void forcedStart_thatIsRebuilt_keepsWhatIsLostUnreadable_andItsParitiesAgree() throws Exception {
        var rig = new MembersRig(Level.RAID5, 3);
        rig.array.fail(0);
        rig.write(rig.model.length / 2 / BLOCK * BLOCK, 2 * BLOCK);
        rig.array.close();
        List<BlockDevice> left = List.of(rig.devices.get(0), rig.devices.get(2));
        RaidArray forced = forced(left);
        var fresh = new MemoryDevice("new", 512, 4 << 20);
        forced.replace(1, fresh);
        forced.rebuild(Progress.NONE).join();
        Set<Integer> bad = unreadable(forced, rig.model);
        assertThat(bad).isNotEmpty();
        forced.close();
        RaidArray again = RaidArray.assemble(List.of(left.get(0), fresh, left.get(1)), NEVER, Sabotage.NONE);
        assertThat(unreadable(again, rig.model)).isEqualTo(bad);
        BlockIo.write(again, 0, ByteBuffer.wrap(rig.model), WriteMode.FUA);
        assertThat(again.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
        again.close();
        assertThat(ArrayChecker.check(List.of(left.get(0), fresh, left.get(1)))).isEmpty();
    }

    @Test
    void memberThatComesBack_afterAForcedStart_catchesUpWithIt() throws Exception {
        var rig = new MembersRig(Level.RAID5, 3);
        rig.array.fail(0);
        rig.write(rig.model.length / 2 / BLOCK * BLOCK, BLOCK);
        rig.array.close();
        RaidArray forced = forced(List.of(rig.devices.get(0), rig.devices.get(2)));
        byte[] model = rig.model.clone();
        Set<Integer> bad = unreadable(forced, model);
        Property.random(3).nextBytes(model);
        BlockIo.write(forced, 0, ByteBuffer.wrap(model, 0, 1 << 16), WriteMode.FUA);
        System.arraycopy(rig.model, 1 << 16, model, 1 << 16, model.length - (1 << 16));
        forced.add(rig.devices.get(1));
        forced.settled().join();
        assertThat(bad).containsAll(unreadable(forced, model));
        assertThat(forced.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
    }

    @Test
    void olderCopyOfAMember_cannotHelp_asNothingTellsWhatItLacks() throws Exception {
        var rig = new MembersRig(Level.RAID5, 3);
        BlockDevice old = copy(rig.devices.get(0));
        rig.array.close();
        rig.start();
        rig.write(0, 8 * BLOCK);
        rig.array.close();
        List<BlockDevice> left = List.of(old, rig.devices.get(1));
        Examination examination = examine(left);
        assertThat(examination.arrays().getFirst().start()).isEqualTo(Examination.Start.REFUSED);
        assertThat(examination.devices().getFirst().kind()).isEqualTo(Finding.Kind.STALE);
        assertThat(examination.devices().getFirst().detail()).contains("events", "expected");
        assertThatThrownBy(() -> forced(left)).hasMessageContaining("is stale");
    }

    @Test
    void staleMember_whoseRoleWasGivenAway_cannotHelp() throws Exception {
        var rig = new MembersRig(Level.RAID5, 3);
        rig.array.fail(0);
        rig.array.replace(0, rig.device("new", 4 << 20));
        rig.array.rebuild(Progress.NONE).join();
        rig.array.close();
        List<BlockDevice> left = List.of(rig.devices.get(0), rig.devices.get(1));
        assertThat(kinds(examine(left))).containsExactly(Finding.Kind.FORMER, Finding.Kind.MEMBER);
        assertThatThrownBy(() -> forced(left)).hasMessageContaining("another took its role");
    }

    @Test
    void halvesThatWereUsedApart_areNotChosenBetween_butWhatIsNotNamedIsTold() throws Exception {
        var rig = new MembersRig(Level.RAID1, 2);
        rig.array.close();
        for (BlockDevice half : List.copyOf(rig.devices)) {
            RaidArray alone = RaidArray.assemble(List.of(half), NEVER, Sabotage.NONE);
            BlockIo.write(alone, 0, ByteBuffer.allocate(BLOCK), WriteMode.FUA);
            alone.close();
        }
        BlockDevice first = rig.devices.get(0);
        BlockDevice second = rig.devices.get(1);
        Examination both = examine(rig.devices);
        assertThat(both.arrays().getFirst().start()).isEqualTo(Examination.Start.REFUSED);
        assertThat(both.arrays().getFirst().why()).contains("name only those whose writes are to be kept");
        assertThat(kinds(both)).containsExactly(Finding.Kind.APART, Finding.Kind.APART);
        Examination one = RaidArray.examine(List.of(second), List.of(first));
        assertThat(one.arrays().getFirst().start()).isEqualTo(Examination.Start.FORCED);
        assertThat(one.arrays().getFirst().loss())
                .singleElement()
                .asString()
                .contains("member0 (role 0), which is not to be used, was used apart");
        assertThat(examine(List.of(second)).arrays().getFirst().start()).isEqualTo(Examination.Start.DEGRADED);
    }

    @Test
    void examination_saysOfEachDeviceWhatItIs_andChangesNothing() throws Exception {
        var rig = new MembersRig(Level.RAID1, 2);
        rig.array.close();
        var other = new MembersRig(Level.RAID5, 3);
        other.array.close();
        var blank = new MemoryDevice("blank", 512, 4 << 20);
        var text = new MemoryDevice("text", 512, 4 << 20);
        BlockIo.write(text, 8192, ByteBuffer.allocate(512).put(0, (byte) 1), WriteMode.CACHED);
        var half = new MemoryDevice("half", 512, 4 << 20);
        Superblock superblock =
                Objects.requireNonNull(SuperblockStore.read(rig.devices.get(0)).superblock());
        var cut = new MemoryDevice("cut", 512, 3 << 20);
        BlockIo.write(cut, 0, BlockIo.read(rig.devices.get(1), 0, 3 << 20), WriteMode.CACHED);
        List<BlockDevice> all = new ArrayList<>(List.of(rig.devices.get(0), cut, blank, text, half));
        all.addAll(other.devices);
        SuperblockStore.write(half, incomplete(superblock)).join();
        long before = rig.devices.getFirst().trace().size();
        Examination examination = examine(all);
        assertThat(rig.devices.getFirst().trace().stream()
                        .skip(before)
                        .filter(io -> io.kind() == FaultyDevice.Kind.WRITE))
                .isEmpty();
        assertThat(kinds(examination))
                .containsExactly(
                        Finding.Kind.MEMBER,
                        Finding.Kind.CUT_SHORT,
                        Finding.Kind.BLANK,
                        Finding.Kind.FOREIGN,
                        Finding.Kind.HALF_CREATED,
                        Finding.Kind.MEMBER,
                        Finding.Kind.MEMBER,
                        Finding.Kind.MEMBER);
        assertThat(examination.arrays().stream().map(Examination.FoundArray::start))
                .containsExactly(Examination.Start.DEGRADED, Examination.Start.REFUSED, Examination.Start.COMPLETE);
        assertThatThrownBy(() -> forced(List.of(half))).hasMessageContaining("its creation did not come to its end");
    }

    private static Superblock incomplete(Superblock of) {
        return new Superblock(
                UUID.randomUUID(),
                of.member(),
                1,
                of.level(),
                0,
                of.chunk(),
                false,
                false,
                true,
                false,
                of.journal(),
                0,
                of.regions(),
                "half",
                of.roles());
    }

    @Test
    void copyOfAMember_isADuplicate_forcedOrNot() throws Exception {
        var rig = new MembersRig(Level.RAID1, 2);
        rig.array.close();
        List<BlockDevice> three = List.of(rig.devices.get(0), rig.devices.get(1), copy(rig.devices.get(1)));
        Examination examination = examine(three);
        assertThat(kinds(examination))
                .containsExactly(Finding.Kind.MEMBER, Finding.Kind.DUPLICATE, Finding.Kind.DUPLICATE);
        assertThat(examination.arrays().getFirst().start()).isEqualTo(Examination.Start.REFUSED);
        assertThatThrownBy(() -> forced(three)).hasMessageContaining("one is a copy");
    }

    /** With as many rings damaged as the level cannot do without, and one that says what was durable. */
    @ParameterizedTest
    @CsvSource({"RAID0, 2, 1", "RAID3, 3, 2", "RAID5, 3, 2", "RAID6, 4, 3", "RAID10, 4, 2"})
    void journalWhoseNewestBatchesAreDamaged_isForced_withoutWrongBlocks(Level level, int count, int damaged)
            throws Exception {
        var rig = new MembersRig(level, count);
        byte[] before = rig.model.clone();
        int length = 1 << 15;
        int at = rig.model.length / 2 / length * length;
        for (int i = 0; i < 6; i++) {
            rig.write(at + i * length, length);
        }
        List<BlockDevice> crashed = new ArrayList<>();
        for (FaultyDevice member : rig.devices) {
            crashed.add(copy(member));
        }
        for (BlockDevice member : crashed.subList(0, damaged)) {
            damageFirstPart(member);
        }
        assertThatThrownBy(() -> RaidArray.assemble(crashed, NEVER, Sabotage.NONE))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.MEDIUM_ERROR));
        Examination.FoundArray found = examine(crashed).arrays().getFirst();
        assertThat(found.start()).as(found.why()).isEqualTo(Examination.Start.FORCED);
        assertThat(found.loss()).singleElement().asString().contains("batches of the journal");
        RaidArray forced = forced(crashed);
        for (int block = 0; block < rig.model.length; block += BLOCK) {
            try {
                byte[] read = BlockIo.read(forced, block, BLOCK).array();
                boolean isOld = Arrays.equals(read, Arrays.copyOfRange(before, block, block + BLOCK));
                boolean isNew = Arrays.equals(read, Arrays.copyOfRange(rig.model, block, block + BLOCK));
                assertThat(isOld || isNew).as("block at " + block).isTrue();
            } catch (DeviceException refused) {
                assertThat(refused.code()).isEqualTo(Code.MEDIUM_ERROR);
                assertThat(block).isBetween(at, at + 6 * length);
            }
        }
        BlockIo.write(forced, 0, ByteBuffer.wrap(rig.model), WriteMode.FUA);
        assertThat(unreadable(forced, rig.model)).isEmpty();
        assertThat(forced.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
        forced.close();
        assertThat(ArrayChecker.check(crashed)).isEmpty();
    }

    /** Damages the first part of a member's ring that is not settled. */
    private static void damageFirstPart(BlockDevice member) throws DeviceException {
        Superblock superblock =
                Objects.requireNonNull(SuperblockStore.read(member).superblock());
        JournalHead head = Objects.requireNonNull(JournalScan.readHead(member, superblock.array()));
        long place = superblock.regions().journalOffset() + head.tail();
        ByteBuffer part = BlockIo.read(member, place, BLOCK);
        assertThat(JournalPart.claimedHeaderLength(part, superblock.array(), head.generation()))
                .as("a part at the tail")
                .isPositive();
        part.put(100, (byte) ~part.get(100));
        BlockIo.write(member, place, part.position(0), WriteMode.CACHED);
    }

    private static RaidArray forced(List<BlockDevice> devices) throws DeviceException {
        return RaidArray.assemble(new Assembler(devices, true, NEVER, Sabotage.NONE), array -> {});
    }
}
