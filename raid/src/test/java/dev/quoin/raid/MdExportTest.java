package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Proves that Linux md, as {@link MdView} has it, reads from exported members what the array held, that nothing is exported that is not so,
 * and that an array that runs again is exported no more.
 */
class MdExportTest {

    private static final Delay NEVER = (millis, task) -> {};
    private static final Instant NOW = Instant.parse("2026-11-30T08:00:00.123456Z");
    private static final int BLOCK = 4096;

    /** An array of used or of blank devices, and the bytes that it must hold. */
    private static final class Rig {

        private final RandomGenerator random;
        private final List<BlockDevice> devices = new ArrayList<>();
        private final byte[] model;
        private RaidArray array;

        Rig(RandomGenerator random, Level level, int members) throws Exception {
            this.random = random;
            int chunk = BLOCK << random.nextInt(4);
            for (int i = 0; i < members; i++) {
                String name = "member" + i;
                long size = level == Level.RAID3 ? 2 << 20 : 1 << 20;
                size += level == Level.RAID0 ? 0 : 512L * random.nextInt(100);
                devices.add(random.nextBoolean() ? new UsedDevice(name, size) : new MemoryDevice(name, 512, size));
            }
            array = RaidArray.create(new ArraySpec("main", level, chunk), devices, NEVER, Sabotage.NONE);
            model = new byte[Math.toIntExact(array.geometry().size())];
        }

        void change() throws Exception {
            for (int i = 0; i < 30; i++) {
                int first = random.nextInt(model.length / BLOCK);
                int blocks = 1 + random.nextInt(Math.min(20, model.length / BLOCK - first));
                byte[] bytes = new byte[blocks * BLOCK];
                switch (random.nextInt(4)) {
                    case 0 ->
                        array.writeZeroes(first * 4096L, bytes.length, WriteMode.CACHED)
                                .join();
                    case 1 -> {
                        array.discard(first * 4096L, bytes.length).join();
                        // Parts of stripes are left as they are.
                        bytes = BlockIo.read(array, first * 4096L, bytes.length).array();
                    }
                    default -> {
                        random.nextBytes(bytes);
                        BlockIo.write(array, first * 4096L, ByteBuffer.wrap(bytes), WriteMode.CACHED);
                    }
                }
                System.arraycopy(bytes, 0, model, first * BLOCK, bytes.length);
            }
        }

        void close() {
            array.close();
        }

        void start(List<BlockDevice> members) throws Exception {
            array = RaidArray.assemble(members, NEVER, Sabotage.NONE);
        }

        MdExport.Report export(List<BlockDevice> members) throws Exception {
            return MdExport.run("main", members, NOW, Progress.NONE, NEVER);
        }

        void requireReadable() throws Exception {
            MdView md = MdView.assemble(devices);
            assertThat(md.present()).isEqualTo(devices.size());
            assertThat(md.content()).isEqualTo(model);
            assertThat(md.mismatches()).isEmpty();
        }
    }

    private static Rig rig(Level level, int members) throws Exception {
        Rig rig = new Rig(Property.random(level.number() + 100L * members), level, members);
        rig.change();
        rig.close();
        return rig;
    }

    @ParameterizedTest
    @CsvSource({
        "RAID0, 2",
        "RAID0, 3",
        "RAID1, 2",
        "RAID1, 4",
        "RAID5, 3",
        "RAID5, 4",
        "RAID6, 4",
        "RAID6, 7",
        "RAID10, 2",
        "RAID10, 3",
        "RAID10, 4",
        "RAID10, 5"
    })
    void export_ofEveryLevel_givesLinuxWhatTheArrayHeld_againAndAgain(Level level, int members) {
        Property.forAll(2, random -> {
            Rig rig = new Rig(random, level, members);
            for (int life = 0; life < 3; life++) {
                rig.change();
                rig.close();
                MdExport.Report report = rig.export(rig.devices);
                assertThat(report.size()).isEqualTo(rig.model.length);
                rig.requireReadable();
                assertThat(ArrayChecker.check(rig.devices)).isEmpty();

                rig.start(rig.devices);
                assertThat(MdView.assemble(rig.devices)).as("a running array").isNull();
                assertThat(BlockIo.read(rig.array, 0, rig.model.length).array()).isEqualTo(rig.model);
            }
            rig.close();
        });
    }

    @Test
    void export_saysWhatTheArrayIs() throws Exception {
        for (Level level : Level.values()) {
            if (level == Level.RAID3) {
                continue;
            }
            Rig rig = rig(level, 4);
            MdExport.Report report = rig.export(rig.devices);
            assertThat(report.members()).containsExactly("member0", "member1", "member2", "member3");
            Superblock ours = SuperblockStore.read(rig.devices.get(2)).superblock();
            MdSuperblock md =
                    MdSuperblockStore.of(report.array(), rig.devices.get(2)).orElseThrow();
            assertThat(md.level()).isEqualTo(level.number());
            assertThat(md.events()).isEqualTo(ours.events());
            assertThat(md.device()).isEqualTo(ours.member());
            assertThat(md.role()).isEqualTo(2);
            assertThat(md.clean()).isTrue();
            assertThat(md.changedSeconds()).isEqualTo(NOW.getEpochSecond());
            assertThat(md.changedMicros()).isEqualTo(123_456);
            assertThat(md.dataSectors()).isEqualTo(ours.regions().dataLength() / 512);
            assertThat(md.usedSectors()).isEqualTo(level == Level.RAID0 ? 0 : md.dataSectors());
        }
    }

    @Test
    void export_ofRaid3_isRefused() throws Exception {
        Rig rig = rig(Level.RAID3, 3);
        assertThatThrownBy(() -> rig.export(rig.devices))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.UNSUPPORTED))
                .hasMessageContaining("RAID 3 found, RAID 0, 1, 5, 6 or 10 expected");
    }

    @Test
    void export_ofOtherOrNotAllMembers_isRefusedAndChangesNothing() throws Exception {
        Rig rig = rig(Level.RAID5, 4);
        long events = SuperblockStore.read(rig.devices.getFirst()).superblock().events();
        assertThatThrownBy(() -> MdExport.run("other", rig.devices, NOW, Progress.NONE))
                .hasMessageContaining("member 0 of array 'main' found, one of array 'other' expected");
        assertThatThrownBy(() -> rig.export(rig.devices.subList(0, 3)))
                .hasMessageContaining("member 3 is not among the devices");
        List<BlockDevice> stranger = new ArrayList<>(rig.devices);
        stranger.add(new MemoryDevice("blank", 512, 1 << 20));
        assertThatThrownBy(() -> rig.export(stranger)).hasMessageContaining("a device without a superblock found");
        assertThatThrownBy(() -> rig.export(List.of())).hasMessageContaining("no devices found");
        assertThat(SuperblockStore.read(rig.devices.getFirst()).superblock().events())
                .isEqualTo(events);
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 3", "RAID5, 4", "RAID6, 5", "RAID10, 4"})
    void export_withoutAMemberThatFailedBefore_saysSoAndGivesTheRest(Level level, int members) throws Exception {
        Rig rig = new Rig(Property.random(1), level, members);
        rig.change();
        rig.array.fail(1);
        rig.change();
        rig.close();
        List<BlockDevice> left = new ArrayList<>(rig.devices);
        left.remove(1);
        MdExport.Report report = rig.export(left);
        assertThat(report.members().get(1)).isEmpty();
        MdView md = MdView.assemble(rig.devices);
        assertThat(md.present()).isEqualTo(members - 1);
        assertThat(md.superblock().roles().get(1)).isEqualTo(MdSuperblock.FAILED);

        rig.start(left);
        rig.array.replace(1, rig.devices.get(1));
        assertThatThrownBy(() -> {
                    rig.close();
                    rig.export(rig.devices);
                })
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.BUSY))
                .hasMessageContaining("member 1 is being rebuilt");
        rig.start(rig.devices);
        rig.array.rebuild(Progress.NONE).join();
        rig.close();
        rig.export(rig.devices);
        rig.requireReadable();
    }

    @Test
    void export_repairsWhatRots_andRefusesWhatCannotBeRepaired() throws Exception {
        Rig rig = new Rig(Property.random(7), Level.RAID5, 3);
        rig.change();
        byte[] known = new byte[BLOCK];
        Arrays.fill(known, (byte) 9);
        BlockIo.write(rig.array, 0, ByteBuffer.wrap(known), WriteMode.FUA);
        System.arraycopy(known, 0, rig.model, 0, BLOCK);
        rig.close();
        rot(rig, 0);
        MdExport.Report report = rig.export(rig.devices);
        assertThat(report.scrub().repaired()).isEqualTo(1);
        rig.requireReadable();

        rot(rig, 0);
        rot(rig, 1);
        assertThatThrownBy(() -> rig.export(rig.devices))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.MEDIUM_ERROR))
                .hasMessageContaining("blocks that cannot be repaired");
        assertThat(MdView.assemble(rig.devices)).isNull();
    }

    /** Turns over a bit of the first data block of a member. */
    private static void rot(Rig rig, int role) throws Exception {
        BlockDevice device = rig.devices.get(role);
        long at = SuperblockStore.read(device).superblock().regions().dataOffset();
        ByteBuffer block = BlockIo.read(device, at, 512);
        block.put(5, (byte) (block.get(5) ^ 1));
        BlockIo.write(device, at, block, WriteMode.FUA);
    }

    /** What Linux does before it writes: it counts an event, or counts it back, and dates it in whole seconds. */
    @ParameterizedTest
    @CsvSource({"0", "1"})
    void start_afterLinuxHasWritten_isRefused_andLosesNothing(int more) throws Exception {
        Rig rig = rig(Level.RAID1, 2);
        MdExport.Report report = rig.export(rig.devices);
        BlockDevice device = rig.devices.get(1);
        MdSuperblock md = MdSuperblockStore.of(report.array(), device).orElseThrow();
        ByteBuffer changed = md.encode().order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int sum = changed.getInt(216);
        int micros = md.changedMicros() << 8;
        changed.putLong(192, md.changedSeconds()).putLong(200, md.events() + more);
        // The sum has its carries added to it.
        changed.putInt(216, (int) Math.floorMod(Integer.toUnsignedLong(sum) - micros + more, 0xffffffffL));
        BlockIo.write(device, MdSuperblockStore.place(device), changed.position(0), WriteMode.FUA);
        byte[] before = BlockIo.read(rig.devices.getFirst(), 0, 1 << 20).array();
        if (MdSuperblock.parse(changed.position(0)) instanceof MdSuperblock.Parsed.Unusable unusable) {
            throw new AssertionError(unusable.reason());
        }
        assertThatThrownBy(() -> rig.start(rig.devices))
                .hasMessageContaining("member1 (role 1) was used by Linux md since it was exported")
                .hasMessageContaining("mdadm --zero-superblock");
        assertThatThrownBy(() -> rig.export(rig.devices)).hasMessageContaining("was used by Linux md");
        assertThat(BlockIo.read(rig.devices.getFirst(), 0, 1 << 20).array()).isEqualTo(before);

        for (BlockDevice each : rig.devices) {
            MdSuperblockStore.erase(each, WriteMode.FUA);
        }
        rig.start(rig.devices);
        assertThat(BlockIo.read(rig.array, 0, rig.model.length).array()).isEqualTo(rig.model);
    }

    /** At every request the power goes once, with what was not flushed. */
    @ParameterizedTest
    @CsvSource({"RAID0, 2", "RAID1, 2", "RAID5, 3", "RAID6, 4", "RAID10, 3"})
    void powerCut_inTheCourseOfAnExport_neverLeavesASuperblockThatSaysMoreThanIsThere(Level level, int members)
            throws Exception {
        boolean done = false;
        int published = 0;
        int cuts = 0;
        for (int at = 1; !done; at++) {
            Rig rig = rig(level, members);
            PowerSupply power = new PowerSupply(at);
            List<BlockDevice> faulty = new ArrayList<>();
            rig.devices.forEach(device -> faulty.add(new FaultyDevice(device, power)));
            power.cutAfter(at);
            try {
                rig.export(faulty);
                done = true;
            } catch (DeviceException cut) {
                power.restore();
                cuts++;
            }
            published += requireNoLie(rig);
            // Whatever the cut has left, a start takes it away.
            rig.start(rig.devices);
            assertThat(MdView.assemble(rig.devices)).isNull();
            assertThat(BlockIo.read(rig.array, 0, rig.model.length).array()).isEqualTo(rig.model);
        }
        assertThat(cuts).isGreaterThan(10);
        assertThat(published).as("cuts after the first superblock").isPositive();
    }

    /** If any superblock is there, all that it promises must be, on the members that have none yet too; says whether one is. */
    private static int requireNoLie(Rig rig) throws Exception {
        MdView some = MdView.assemble(rig.devices);
        if (some == null) {
            return 0;
        }
        for (BlockDevice device : rig.devices) {
            Superblock ours = SuperblockStore.read(device).superblock();
            MdSuperblock md = some.superblock();
            MdSuperblockStore.write(
                    device,
                    new MdSuperblock(
                            md.array(),
                            md.name(),
                            md.createdSeconds(),
                            md.level(),
                            md.layout(),
                            md.usedSectors(),
                            md.chunkSectors(),
                            md.raidDisks(),
                            ours.regions().dataOffset() / 512,
                            md.dataSectors(),
                            MdSuperblockStore.place(device) / 512,
                            ours.role(),
                            ours.member(),
                            false,
                            md.changedSeconds(),
                            md.changedMicros(),
                            md.events(),
                            true,
                            md.roles()));
        }
        rig.requireReadable();
        return 1;
    }

    @Test
    void powerCut_inTheCourseOfTheNextStart_leavesNoSuperblockOnAMemberThatWasWritten() throws Exception {
        for (int at = 1; at < 12; at++) {
            Rig rig = rig(Level.RAID5, 3);
            rig.export(rig.devices);
            PowerSupply power = new PowerSupply(at);
            List<BlockDevice> faulty = new ArrayList<>();
            rig.devices.forEach(device -> faulty.add(new FaultyDevice(device, power)));
            power.cutAfter(at);
            try {
                RaidArray array = RaidArray.assemble(faulty, NEVER, Sabotage.NONE);
                BlockIo.write(array, 0, ByteBuffer.wrap(new byte[BLOCK]), WriteMode.FUA);
            } catch (DeviceException cut) {
                // As meant.
            }
            power.cut();
            power.restore();
            boolean written = rig.devices.stream()
                    .anyMatch(
                            device -> !SuperblockStore.read(device).superblock().clean());
            if (written) {
                assertThat(MdView.assemble(rig.devices)).as("cut at %d", at).isNull();
            } else if (MdView.assemble(rig.devices) != null) {
                MdView md = MdView.assemble(rig.devices);
                assertThat(md.superblock().events())
                        .isEqualTo(SuperblockStore.read(rig.devices.getFirst())
                                .superblock()
                                .events());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "4096", "1040384"})
    void create_onAMemberOfALinuxArray_saysWhoseItIs(long place) throws Exception {
        MemoryDevice device = new MemoryDevice("md1", 512, 1 << 20);
        MdSuperblock foreign = new MdSuperblock(
                new java.util.UUID(1, 2),
                "host:\u001bdata",
                1,
                5,
                2,
                64,
                128,
                3,
                8,
                64,
                place / 512,
                1,
                new java.util.UUID(3, 4),
                false,
                1,
                0,
                7,
                true,
                List.of(0, 1, 2));
        BlockIo.write(device, place, foreign.encode(), WriteMode.FUA);
        List<BlockDevice> devices = List.of(new MemoryDevice("blank", 512, 1 << 20), device);
        String owner = "member 1 of the Linux md array 'host:?data' (00000000-0000-0001-0000-000000000002, level 5, 3"
                + " members)";
        assertThatThrownBy(() -> RaidArray.create(new ArraySpec("x", Level.RAID1, 4096), devices))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.BUSY))
                .hasMessageContaining("md1: " + owner + " found, a blank device expected");
        assertThatThrownBy(() -> RaidArray.assemble(devices)).hasMessageContaining("md1 is " + owner);
        assertThat(RaidArray.owner(device)).contains(owner);
    }

    @Test
    void create_onADeviceWithADamagedOrOldSuperblockOfLinux_isRefused() throws Exception {
        MemoryDevice device = new MemoryDevice("md1", 512, 1 << 20);
        ByteBuffer old = ByteBuffer.allocate(BLOCK).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        BlockIo.write(device, (1 << 20) - 65_536, old.putInt(0, 0xa92b4efc), WriteMode.FUA);
        assertThatThrownBy(() -> RaidArray.create(new ArraySpec("x", Level.RAID1, 4096), List.of(device, device)))
                .hasMessageContaining("a superblock of Linux md that cannot be used (version 0 found, 1 expected)");
    }
}
