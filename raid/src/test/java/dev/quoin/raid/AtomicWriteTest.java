package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.AtomicWrites;
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
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Proves that an atomic write of an array is there wholly or not at all, after a power cut at any moment and for whoever reads meanwhile;
 * and that this test would notice if it were not.
 *
 * <p>{@code -Dcuts=N} sets the number of cuts.
 */
@Timeout(300)
class AtomicWriteTest {

    private static final int CUTS = Integer.getInteger("cuts", 120);
    private static final long FIRST_SEED = Long.getLong("seed", 1);
    private static final int UNIT = RaidArray.ATOMIC_MAX;
    private static final int UNITS = 24;

    @Test
    void cut_anywhere_leavesEachAtomicWriteWholeOrNotAtAll() throws Exception {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + CUTS; seed++) {
            assertThat(torn(seed, true)).as("-Dcuts=1 -Dseed=" + seed).isZero();
        }
    }

    /** Plain writes of the same length over the border of two chunks: some must be found in part. */
    @Test
    void cut_ofPlainWritesOverTwoChunks_isNoticed() throws Exception {
        int torn = 0;
        for (long seed = 1; seed <= 200 && torn < 3; seed++) {
            torn += torn(seed, false);
        }
        assertThat(torn).isGreaterThanOrEqualTo(3);
    }

    private static boolean isInSync(ArrayStatus.MemberStatus member) {
        return member.state() == RoleState.IN_SYNC;
    }

    /** How many units hold a mixture after a cut. */
    private static int torn(long seed, boolean atomic) throws Exception {
        RandomGenerator random = Property.random(seed);
        ShuffledExecutor executor = new ShuffledExecutor(random);
        List<MemoryDevice> media = new ArrayList<>();
        Level level = atomic ? Level.values()[random.nextInt(Level.values().length)] : Level.RAID5;
        int count = 3 + random.nextInt(3);
        while (!level.allows(count)) {
            count++;
        }
        for (int i = 0; i < count; i++) {
            media.add(new MemoryDevice("member" + i, level == Level.RAID3 ? 512 : 4096, 2 << 20));
        }
        int chunk = UNIT << random.nextInt(2);
        RaidArray.create(new ArraySpec("atomic", level, chunk), new ArrayList<>(media))
                .close();
        PowerSupply power = new PowerSupply(seed);
        List<BlockDevice> members = new ArrayList<>();
        for (MemoryDevice medium : media) {
            members.add(new FaultyDevice(medium, power, executor));
        }
        RaidArray array = RaidArray.assemble(members, (millis, task) -> {}, Sabotage.NONE);
        // What is not atomic begins half a unit later, and so at a place where two chunks meet.
        long shift = atomic ? 0 : chunk - UNIT / 2L;
        long distance = atomic ? UNIT : chunk;
        if (random.nextInt(3) == 0 && level != Level.RAID0) {
            array.fail(random.nextInt(media.size()));
        }
        executor.shuffle();
        power.cutAfter(1 + random.nextInt(300));
        BitSet busy = new BitSet();
        for (int i = 1; i <= 250 && power.isOn(); i++) {
            int unit = random.nextInt(UNITS);
            if (!busy.get(unit)) {
                busy.set(unit);
                WriteMode mode = random.nextInt(3) == 0 ? WriteMode.FUA : WriteMode.CACHED;
                ByteBuffer source = filled(UNIT, i);
                CompletableFuture<Void> written = atomic
                        ? array.writeAtomic(unit * distance, source, mode)
                        : array.write(unit * distance + shift, source, mode);
                written.whenComplete((ok, failure) -> busy.clear(unit));
            }
            executor.runSome(random.nextInt(12));
        }
        power.cut();
        executor.inline();
        power.restore();
        boolean degraded = random.nextInt(3) == 0;
        List<BlockDevice> left = new ArrayList<>(media);
        boolean spare = level != Level.RAID0;
        if (degraded && spare && array.status().members().stream().allMatch(AtomicWriteTest::isInSync)) {
            left.remove(random.nextInt(left.size()));
        }
        RaidArray again = RaidArray.assemble(left);
        int torn = 0;
        for (int unit = 0; unit < UNITS; unit++) {
            torn += isUniform(BlockIo.read(again, unit * distance + shift, UNIT).array()) ? 0 : 1;
        }
        again.close();
        return torn;
    }

    /** A block of the unit is still in memory, the others are in place; while they are read the unit is written and put in place. */
    @Test
    void read_thatIsOvertakenByAnAtomicWrite_seesNoPartOfIt() throws Exception {
        AtomicBoolean holding = new AtomicBoolean();
        List<Runnable> held = new ArrayList<>();
        Executor executor = task -> {
            if (holding.get()) {
                held.add(task);
            } else {
                task.run();
            }
        };
        PowerSupply power = new PowerSupply(1);
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            FaultyDevice member = new FaultyDevice(new MemoryDevice("member" + i, 4096, 64 << 20), power, executor);
            member.readsNow(false);
            members.add(member);
        }
        RaidArray array = RaidArray.create(
                new ArraySpec("atomic", Level.RAID5, UNIT), members, (millis, task) -> {}, Sabotage.NONE);
        BlockIo.await(array, array.writeAtomic(0, filled(UNIT, 1), WriteMode.CACHED));
        putInPlace(array);
        BlockIo.write(array, 4096, filled(4096, 1), WriteMode.CACHED);
        holding.set(true);
        ByteBuffer target = ByteBuffer.allocate(UNIT);
        CompletableFuture<Void> read = array.read(0, target);
        holding.set(false);
        assertThat(held).as("reads of the member").isNotEmpty();
        BlockIo.await(array, array.writeAtomic(0, filled(UNIT, 2), WriteMode.CACHED));
        putInPlace(array);
        held.forEach(Runnable::run);
        BlockIo.await(array, read);
        assertThat(target.array()).containsOnly(target.get(0));
        array.close();
    }

    /** Writes so much elsewhere that what was written before is put in place. */
    private static void putInPlace(RaidArray array) throws DeviceException {
        for (int i = 0; i < 3; i++) {
            BlockIo.write(array, 8 << 20, filled((int) Journal.DESTAGE_BYTES + UNIT, 9), WriteMode.FUA);
        }
    }

    /** In RAID 3 every block lies on several members, so each is like an atomic write. */
    @Test
    void reader_seesNoPartOfABlockThatIsCutOverTheMembers() throws Exception {
        List<BlockDevice> members = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        PowerSupply power = new PowerSupply(1);
        for (int i = 0; i < 5; i++) {
            members.add(new FaultyDevice(new MemoryDevice("member" + i, 512, 8 << 20), power, threads));
        }
        RaidArray array = RaidArray.create(new ArraySpec("cut", Level.RAID3, 4096), members);
        AtomicBoolean end = new AtomicBoolean();
        try {
            Future<Integer> reader = threads.submit(() -> {
                int reads = 0;
                ByteBuffer target = ByteBuffer.allocate(4096);
                while (!end.get()) {
                    target.clear();
                    if (reads % 2 == 0 || !array.tryReadNow(0, target)) {
                        BlockIo.read(array, 0, target.clear());
                    }
                    assertThat(isUniform(target.array())).isTrue();
                    reads++;
                }
                return reads;
            });
            for (int i = 1; i <= 1_000; i++) {
                BlockIo.write(array, 0, filled(4096, i), WriteMode.CACHED);
                if (i % 20 == 0) {
                    array.core().journal.drain().join();
                }
            }
            end.set(true);
            assertThat(reader.get()).isPositive();
        } finally {
            end.set(true);
            array.close();
            threads.shutdown();
        }
    }

    @Test
    void write_thatIsTooLongOrNotAligned_isRefused_andWritesNothing() throws Exception {
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            members.add(new MemoryDevice("member" + i, 4096, 2 << 20));
        }
        try (RaidArray array = RaidArray.create(ArraySpec.raid5("atomic"), members)) {
            assertThat(array.atomicWrites()).isEqualTo(new AtomicWrites(UNIT, UNIT));
            for (CompletableFuture<Void> refused : List.of(
                    array.writeAtomic(0, filled(UNIT + 4096, 1), WriteMode.FUA),
                    array.writeAtomic(4096, filled(4096, 1), WriteMode.FUA))) {
                assertThatThrownBy(() -> BlockIo.await(array, refused))
                        .isInstanceOfSatisfying(
                                DeviceException.class,
                                why -> assertThat(why.code()).isEqualTo(DeviceException.Code.UNSUPPORTED));
            }
            assertThat(BlockIo.read(array, 0, 2 * UNIT).array()).containsOnly(0);
        }
        List<BlockDevice> small = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            small.add(new MemoryDevice("member" + i, 4096, 2 << 20));
        }
        try (RaidArray array = RaidArray.create(new ArraySpec("small", Level.RAID5, 4096), small)) {
            assertThat(array.atomicWrites()).isEqualTo(new AtomicWrites(4096, 4096));
        }
    }

    private static ByteBuffer filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) (value % 127 + 1));
        return ByteBuffer.wrap(bytes);
    }

    private static boolean isUniform(byte[] bytes) {
        for (byte each : bytes) {
            if (each != bytes[0]) {
                return false;
            }
        }
        return true;
    }
}
