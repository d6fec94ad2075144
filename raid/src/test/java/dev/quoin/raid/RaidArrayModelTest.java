package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proves that an array of any level gives back what was written, whatever happens to as many members as it can do without, against a
 * byte array.
 *
 * <p>Every level with every number of members and every chunk is one case. {@code -Draid.model.cases=all} runs all of them, the
 * default a random share.
 */
class RaidArrayModelTest {

    /** An array that was left behind must not wake up again. */
    private static final Delay NEVER = (millis, task) -> {};

    private static final int[] MEMBERS = {2, 3, 4, 5, 8, 9};
    private static final int[] CHUNKS = {4096, 16384, 65536, 131072, 524_288};
    private static final int SHARE = 20;

    private record Case(Level level, int members, int chunk) {}

    private static List<Case> cases(Level level) {
        List<Case> cases = new ArrayList<>();
        for (int members : MEMBERS) {
            for (int chunk : CHUNKS) {
                if (level.allows(members)) {
                    cases.add(new Case(level, members, chunk));
                }
            }
        }
        return cases;
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void randomOperations_againstAByteArray_giveTheSameBytes(Level level) {
        List<Case> all = cases(level);
        boolean every = "all".equals(System.getProperty("raid.model.cases"));
        if (every) {
            all.forEach(each -> Property.forAll(5, random -> new Run(random, each).run()));
        } else {
            Property.forAll(SHARE, random -> new Run(random, all.get(random.nextInt(all.size()))).run());
        }
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void everyLossThatTheLevelCanDoWithout_leavesTheSameBytes(Level level) {
        List<Case> all = cases(level);
        boolean every = "all".equals(System.getProperty("raid.model.cases"));
        if (every) {
            all.forEach(each -> Property.forAll(1, random -> new Run(random, each).loseAll()));
        } else {
            Property.forAll(2, random -> new Run(random, all.get(random.nextInt(all.size()))).loseAll());
        }
    }

    /** One array, its model and its operations. */
    private static final class Run {

        private final RandomGenerator random;
        private final List<BlockDevice> members = new ArrayList<>();
        private final byte[] model;
        private RaidArray array;
        private final Case what;
        private final Layout layout;
        private int missing;
        private int devices;

        Run(RandomGenerator random, Case what) throws Exception {
            this.random = random;
            this.what = what;
            this.layout = what.level.layout(what.members);
            for (int i = 0; i < what.members; i++) {
                members.add(device(random.nextInt(64)));
            }
            ArraySpec spec = new ArraySpec("model", what.level, what.chunk).withSizesCutToSmallest();
            if (what.level == Level.RAID3 && random.nextBoolean()) {
                spec = spec.withVerifiedReads();
            }
            if (what.level.hasCopies() && random.nextBoolean()) {
                spec = spec.withWriteMostly(Set.of(random.nextInt(what.members)));
            }
            array = RaidArray.create(spec, members, NEVER, Sabotage.NONE);
            model = new byte[(int) array.geometry().size()];
        }

        private BlockDevice device(int moreBlocks) {
            Addressing map = Addressing.of(what.level, what.members, what.chunk);
            long data = Math.max(192 * 1024, 4L * map.unitBytes());
            long size = 512 * 1024 + 8L * map.bandBytes() + data + moreBlocks * 4096L;
            return new MemoryDevice("member" + devices++, what.level == Level.RAID3 ? 512 : 4096, size);
        }

        /** Loses every set of members that the level can do without, after each some more writes. */
        void loseAll() throws Exception {
            for (int i = 0; i < 20; i++) {
                write();
            }
            for (int loss = 1; loss < 1 << what.members; loss++) {
                if (Integer.bitCount(loss) > 2 || !layout.survives(loss)) {
                    continue;
                }
                for (int left = loss; left != 0; left &= left - 1) {
                    array.fail(Integer.numberOfTrailingZeros(left));
                    missing |= Integer.lowestOneBit(left);
                }
                verifyAll();
                write();
                mend();
                verifyAll();
            }
            array.close();
            assertThat(ArrayChecker.check(members)).isEmpty();
        }

        void run() throws Exception {
            for (int i = 0; i < 150; i++) {
                step();
            }
            mend();
            verifyAll();
            assertThat(array.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
            array.close();
            assertThat(ArrayChecker.check(members)).isEmpty();
        }

        private void step() throws Exception {
            switch (random.nextInt(25)) {
                case 0 -> BlockIo.flush(array);
                case 1 -> failOne();
                case 2 -> mend();
                case 3 -> restart(true);
                case 4 -> restart(false);
                case 5 -> zero();
                case 6 -> discard();
                case 7, 8 -> writeMany();
                case 9, 10, 11, 12 -> verifySome();
                case 13 -> assertThat(array.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
                case 14 -> swap();
                default -> write();
            }
        }

        private void write() throws Exception {
            int[] range = range();
            byte[] bytes = bytes(range[1]);
            System.arraycopy(bytes, 0, model, range[0], bytes.length);
            BlockIo.write(array, range[0], buffer(bytes), mode());
        }

        /** On the heap or outside: the two have parities of their own. */
        private ByteBuffer buffer(byte[] bytes) {
            return random.nextBoolean()
                    ? ByteBuffer.wrap(bytes)
                    : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        }

        /** Many writes at once that do not overlap, so that their order does not matter. */
        private void writeMany() {
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            int blocks = model.length / 4096;
            int at = random.nextInt(blocks);
            while (at < blocks && writes.size() < 40) {
                int count = Math.min(1 + random.nextInt(8), blocks - at);
                byte[] bytes = bytes(count * 4096);
                System.arraycopy(bytes, 0, model, at * 4096, bytes.length);
                writes.add(array.write(at * 4096L, buffer(bytes), mode()));
                at += count + random.nextInt(3);
            }
            CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
        }

        private void zero() throws Exception {
            int[] range = range();
            Arrays.fill(model, range[0], range[0] + range[1], (byte) 0);
            BlockIo.writeZeroes(array, range[0], range[1], mode());
        }

        private void discard() throws Exception {
            int[] range = range();
            int stripe = what.level == Level.RAID5 || what.level == Level.RAID6
                    ? array.geometry().optimalTransfer()
                    : 4096;
            int from = (range[0] + stripe - 1) / stripe * stripe;
            int end = (range[0] + range[1]) / stripe * stripe;
            if (from < end) {
                Arrays.fill(model, from, end, (byte) 0);
            }
            BlockIo.discard(array, range[0], range[1]);
        }

        private void failOne() throws Exception {
            int role = random.nextInt(members.size());
            if ((missing & 1 << role) == 0 && layout.survives(missing | 1 << role)) {
                missing |= 1 << role;
                array.fail(role);
            }
        }

        private void mend() throws Exception {
            if (missing != 0) {
                for (int left = missing; left != 0; left &= left - 1) {
                    int role = Integer.numberOfTrailingZeros(left);
                    if (random.nextBoolean()) {
                        assertThat(array.add(members.get(role))).isNotEqualTo(Added.SPARE);
                        continue;
                    }
                    BlockDevice blank = device(64);
                    array.replace(role, blank);
                    members.set(role, blank);
                }
                if (random.nextInt(4) == 0) {
                    write();
                    restart(random.nextBoolean());
                    write();
                }
                write();
                verifySome();
                array.settled().join();
                if (array.status().health() != ArrayStatus.Health.OPTIMAL) {
                    CompletableFuture<RebuildReport> rebuild = array.rebuild(Progress.NONE);
                    write();
                    verifySome();
                    rebuild.join();
                }
                missing = 0;
            }
        }

        /** Replaces a member that works. */
        private void swap() throws Exception {
            int role = random.nextInt(members.size());
            if ((missing & 1 << role) == 0) {
                BlockDevice fresh = device(64);
                array.replace(role, fresh);
                CompletableFuture<RebuildReport> copy = array.rebuild(Progress.NONE);
                write();
                writeMany();
                verifySome();
                copy.join();
                members.set(role, fresh);
            }
        }

        /** Without close it is what the end of the process leaves behind: the devices keep all they acknowledged. */
        private void restart(boolean orderly) throws Exception {
            if (orderly) {
                array.close();
            } else {
                // A process that ended has no thread left that fills a member.
                array.settled().join();
            }
            List<BlockDevice> shuffled = new ArrayList<>(members);
            java.util.Collections.shuffle(shuffled, new java.util.Random(random.nextLong()));
            array = RaidArray.assemble(shuffled, NEVER, Sabotage.NONE);
        }

        private void verifySome() throws Exception {
            int[] range = range();
            ByteBuffer now = ByteBuffer.allocate(range[1]);
            byte[] expected = Arrays.copyOfRange(model, range[0], range[0] + range[1]);
            if (array.tryReadNow(range[0], now)) {
                assertThat(now.array()).isEqualTo(expected);
            }
            assertThat(BlockIo.read(array, range[0], range[1]).array()).isEqualTo(expected);
        }

        private void verifyAll() throws Exception {
            assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        }

        private int[] range() {
            int blocks = model.length / 4096;
            int from = random.nextInt(blocks);
            int most = random.nextInt(5) == 0 ? blocks : 12;
            int count = 1 + random.nextInt(Math.min(most, blocks - from));
            return new int[] {from * 4096, count * 4096};
        }

        private byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        private WriteMode mode() {
            return random.nextBoolean() ? WriteMode.CACHED : WriteMode.FUA;
        }
    }
}
