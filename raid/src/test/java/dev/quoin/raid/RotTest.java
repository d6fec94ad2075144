package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
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
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proves that what rots, gets lost or goes astray on one member is found and repaired and never gets into a parity, and that what
 * does so on more members than the level can do without is an error and never taken for good.
 *
 * <p>{@code -Draid.rot.flips=N} sets the number of bits that are turned over for each level.
 */
class RotTest {

    private static final int FLIPS = Integer.getInteger("raid.rot.flips", 60);
    private static final int ROUND = 20;
    private static final int BLOCK = 4096;

    /** An array on faulty members and the bytes that it must hold. */
    private static final class Rig {

        private static final Delay NEVER = (millis, task) -> {};

        private final RandomGenerator random;
        private final Level level;
        private final List<FaultyDevice> members = new ArrayList<>();
        private final byte[] model;
        private final Sabotage sabotage;
        private RaidArray array;

        Rig(Level level, RandomGenerator random) throws Exception {
            this(level, random, Sabotage.NONE);
        }

        Rig(Level level, RandomGenerator random, Sabotage sabotage) throws Exception {
            this.random = random;
            this.sabotage = sabotage;
            this.level = level;
            int count = 3 + random.nextInt(4);
            while (!level.allows(count)) {
                count++;
            }
            PowerSupply power = new PowerSupply(random.nextLong());
            for (int i = 0; i < count; i++) {
                MemoryDevice medium = new MemoryDevice(
                        "member" + i, level == Level.RAID3 ? 512 : 4096, level == Level.RAID3 ? 2 << 20 : 1 << 20);
                members.add(new FaultyDevice(medium, power));
            }
            array = RaidArray.create(
                    new ArraySpec("rot", level, 4096 << random.nextInt(4)), devices(), NEVER, Sabotage.NONE);
            model = new byte[(int) array.geometry().size()];
            // The end stays unwritten.
            byte[] bytes = new byte[(model.length / BLOCK * 3 / 4) * BLOCK];
            random.nextBytes(bytes);
            write(0, bytes);
            restart();
        }

        List<BlockDevice> devices() {
            return new ArrayList<>(members);
        }

        void write(int offset, byte[] bytes) throws Exception {
            System.arraycopy(bytes, 0, model, offset, bytes.length);
            BlockIo.write(array, offset, ByteBuffer.wrap(bytes), WriteMode.CACHED);
        }

        void writeSome() throws Exception {
            byte[] bytes = new byte[BLOCK * (1 + random.nextInt(6))];
            random.nextBytes(bytes);
            write(random.nextInt((model.length - bytes.length) / BLOCK + 1) * BLOCK, bytes);
        }

        /** Puts all in place and forgets what is in memory. */
        void restart() throws Exception {
            array.close();
            array = RaidArray.assemble(devices(), NEVER, sabotage);
        }

        Regions regions(int role) {
            Member member = array.core().members.get(role);
            return member.regions();
        }

        /** Compares all blocks; those that give an error are returned and must be medium errors. */
        List<Integer> errors() {
            List<Integer> errors = new ArrayList<>();
            for (int block = 0; block < model.length / BLOCK; block++) {
                byte[] bytes = new byte[BLOCK];
                try {
                    BlockIo.read(array, (long) block * BLOCK, ByteBuffer.wrap(bytes));
                } catch (DeviceException failure) {
                    assertThat(failure.code()).isEqualTo(Code.MEDIUM_ERROR);
                    errors.add(block);
                    continue;
                }
                assertThat(Arrays.equals(bytes, 0, BLOCK, model, block * BLOCK, (block + 1) * BLOCK))
                        .as("block " + block + " of " + level)
                        .isTrue();
            }
            return errors;
        }

        /** After this nothing may be wrong. */
        void finish() throws Exception {
            assertThat(errors()).isEmpty();
            assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
            restart();
            array.scrub(Progress.NONE).join();
            assertThat(array.scrub(Progress.NONE).join().isClean()).isTrue();
            assertThat(errors()).isEmpty();
            array.close();
            assertThat(ArrayChecker.check(devices(), false)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID0", mode = EnumSource.Mode.EXCLUDE)
    void flips_inTheDataOfOneMember_areRepairedAndSpreadNowhere(Level level) {
        Property.forAll(Math.max(1, FLIPS / ROUND), random -> {
            Rig rig = new Rig(level, random);
            int role = random.nextInt(rig.members.size());
            Regions regions = rig.regions(role);
            for (int i = 0; i < ROUND; i++) {
                long offset = regions.dataOffset() + random.nextLong(regions.dataLength());
                rig.members.get(role).flipBit(offset, random.nextInt(8));
            }
            if (random.nextBoolean()) {
                // New parities are made of what rots, unless that is noticed first.
                for (int i = 0; i < 10; i++) {
                    rig.writeSome();
                }
            }
            rig.finish();
        });
    }

    /** The test above would notice if what is read for a parity were not verified. */
    @ParameterizedTest
    @EnumSource(
            value = Level.class,
            names = {"RAID5", "RAID6"})
    void flips_withoutVerification_getIntoTheParityAndAreNoticed(Level level) throws Exception {
        int noticed = 0;
        for (int seed = 1; seed <= 20 && noticed < 2; seed++) {
            RandomGenerator random = Property.random(seed);
            Rig rig = new Rig(level, random, Sabotage.NO_VERIFICATION);
            Regions regions = rig.regions(1);
            for (int i = 0; i < 10 * ROUND; i++) {
                rig.members.get(1).flipBit(regions.dataOffset() + random.nextLong(regions.dataLength()), 0);
            }
            for (int i = 0; i < ROUND; i++) {
                rig.writeSome();
            }
            rig.array.close();
            rig.array = RaidArray.assemble(rig.devices(), Rig.NEVER, Sabotage.NONE);
            try {
                rig.finish();
            } catch (AssertionError wrong) {
                noticed++;
            }
        }
        assertThat(noticed).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID0", mode = EnumSource.Mode.EXCLUDE)
    void flips_inTheChecksumsOfOneMember_areRepaired(Level level) {
        Property.forAll(2, random -> {
            Rig rig = new Rig(level, random);
            int role = random.nextInt(rig.members.size());
            Regions regions = rig.regions(role);
            rig.array.close();
            int entries = (int) (4 * regions.dataLength() / rig.array.core().map.cell());
            for (int i = 0; i < ROUND; i++) {
                long offset = regions.checksumsOffset() + random.nextInt(entries);
                rig.members.get(role).flipBit(offset, random.nextInt(8));
            }
            rig.array = RaidArray.assemble(rig.devices(), Rig.NEVER, Sabotage.NONE);
            rig.finish();
        });
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID0", mode = EnumSource.Mode.EXCLUDE)
    void writes_thatOneMemberLosesOrMisdirects_areRepaired(Level level) {
        Property.forAll(4, random -> {
            Rig rig = new Rig(level, random);
            FaultyDevice liar = rig.members.get(random.nextInt(rig.members.size()));
            Regions regions = rig.regions(0);
            for (int i = 0; i < 5; i++) {
                liar.inject(
                        random.nextBoolean()
                                ? Fault.lostWrite(regions.dataOffset(), regions.dataLength())
                                : Fault.misdirectedWrite(
                                        regions.dataOffset(), regions.dataLength(), random.nextInt(32) * 4096L));
                rig.writeSome();
                rig.array.core().journal.drain().join();
            }
            liar.clearFaults();
            rig.finish();
        });
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void flips_onMoreMembersThanTheLevelCanDoWithout_areErrorsAndNeverGood(Level level) {
        Property.forAll(3, random -> {
            Rig rig = new Rig(level, random);
            Addressing map = rig.array.core().map;
            int[][] words = map.words(0);
            int[] word = words[random.nextInt(words.length)];
            int hit = Math.min(word.length, map.layout().redundancy().parities() + 1);
            hit = map.layout().redundancy().parities() == 0 ? word.length : hit;
            // Data first, so that some block cannot be had.
            for (int position = 0; position < hit; position++) {
                int role = map.role(word[position]);
                long address = map.memberCell(0, word[position], 0);
                long offset = rig.regions(role).dataOffset() + address * map.cell() + random.nextInt(map.cell());
                rig.members.get(role).flipBit(offset, random.nextInt(8));
            }
            List<Integer> errors = rig.errors();
            assertThat(errors).isNotEmpty();
            assertThat(rig.array.status().members()).anyMatch(member -> member.badBlocks() > 0);
            rig.array.scrub(Progress.NONE).join();
            rig.restart();
            assertThat(rig.errors()).as("after a restart").isEqualTo(errors);
            // Whole stripes need nothing old; then all is well again.
            byte[] bytes = new byte[map.stripeBytes()];
            random.nextBytes(bytes);
            rig.write(0, bytes);
            rig.finish();
        });
    }

    /** Whether a rebuild reads what one copy alone calls empty: else its lost checksum would be zeroes on both. */
    @Test
    void checksumThatIsLostOnTheOnlyCopy_isAnErrorAfterARebuildAsBefore() throws Exception {
        List<BlockDevice> members =
                List.of(new MemoryDevice("a", BLOCK, 4 << 20), new MemoryDevice("b", BLOCK, 4 << 20));
        RaidArray array = RaidArray.create(new ArraySpec("lone", Level.RAID1, 65_536), members);
        byte[] bytes = new byte[BLOCK];
        Arrays.fill(bytes, (byte) 7);
        BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
        array.core().journal.drain().join();
        array.fail(1);
        array.core().members.get(0).checksums.set(array.core().map.memberCell(0, 0, 0), BlockChecksum.UNWRITTEN);
        assertIsMediumError(array);
        array.replace(1, new MemoryDevice("c", BLOCK, 4 << 20));
        array.rebuild(Progress.NONE).join();
        assertIsMediumError(array);
        array.fail(0);
        assertIsMediumError(array);
        array.close();
    }

    private static void assertIsMediumError(RaidArray array) {
        assertThatThrownBy(() -> BlockIo.read(array, 0, ByteBuffer.allocate(BLOCK)))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(Code.MEDIUM_ERROR));
    }
}
