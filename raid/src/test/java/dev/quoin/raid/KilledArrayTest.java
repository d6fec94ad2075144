package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceProvider.Access;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Proves that an array whose process is killed ({@code kill -9}) at any moment loses nothing that it has acknowledged, cached writes
 * included, and that rebuild, growth and reshape go on where they were.
 *
 * <p>{@code -Draid.kills=N} says how often each test kills, {@code -Dseed=N} with which seed it begins; a failure tells the seed.
 */
@Timeout(3600)
class KilledArrayTest {

    private static final int KILLS = Integer.getInteger("raid.kills", 2);
    private static final long SEED = Long.getLong("seed", 1);
    private static final int CHUNK = 64 * 1024;
    /** Somewhat more than a hundred bands. */
    private static final long SIZE = 8 << 20;

    private static final int WRITES_MAX = 400;

    @TempDir
    private Path directory;

    private final List<Path> files = new ArrayList<>();
    private NumberedBlocks blocks;
    private long size;
    private int areaBlocks;
    private int names;

    /** One test with one seed. */
    private interface Life {
        void run(long seed, RandomGenerator random) throws Exception;
    }

    private static void withSeeds(int killsEach, Life life) {
        for (long seed = SEED; seed < SEED + Math.max(1, KILLS / killsEach); seed++) {
            try {
                life.run(seed, Property.random(seed));
            } catch (Exception | AssertionError failure) {
                throw new AssertionError("-Dseed=" + seed + ": " + failure.getMessage(), failure);
            }
        }
    }

    private Path file() throws Exception {
        Path file = directory.resolve("member" + names++);
        FileDevice.create(file, SIZE).close();
        return file;
    }

    private static List<BlockDevice> open(List<Path> files) throws Exception {
        List<BlockDevice> devices = new ArrayList<>();
        for (Path file : files) {
            devices.add(FileDevice.open(file, Access.READ_WRITE));
        }
        return devices;
    }

    /** Makes an array of which every member holds something in every band. */
    private void create(Level level, int members) throws Exception {
        for (Path file : files) {
            Files.delete(file);
        }
        files.clear();
        for (int i = 0; i < members; i++) {
            files.add(file());
        }
        List<BlockDevice> devices = open(files);
        try (RaidArray array = RaidArray.create(new ArraySpec("killed", level, CHUNK), devices)) {
            size = array.geometry().size();
            areaBlocks = array.geometry().optimalTransfer() / NumberedBlocks.BLOCK;
            blocks = new NumberedBlocks(size);
            for (int block = 0; block < size / NumberedBlocks.BLOCK; block += CHUNK / NumberedBlocks.BLOCK) {
                blocks.begins(block, 1, 1);
                BlockIo.write(
                        array,
                        (long) block * NumberedBlocks.BLOCK,
                        NumberedBlocks.content(block, 1, 1),
                        WriteMode.CACHED);
                blocks.isAcknowledged(block, 1, 1);
            }
        }
        devices.forEach(BlockDevice::close);
    }

    private KilledProcess start(KilledArrayMain.Job job, long seed, List<Path> devices) throws Exception {
        return new KilledProcess(job, seed, areaBlocks, blocks, devices);
    }

    /** What is done with the array of a killed process before it is judged. */
    private interface Mending {
        void mend(RaidArray array) throws Exception;
    }

    private void judge(Mending mending) throws Exception {
        List<BlockDevice> devices = open(files);
        try (RaidArray array = RaidArray.assemble(devices)) {
            assertThat(blocks.settle(array)).isEmpty();
            mending.mend(array);
            assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
            assertThat(blocks.settle(array)).isEmpty();
            assertThat(array.scrub(ScrubMode.CHECK, Progress.NONE).join())
                    .matches(ScrubReport::isComplete)
                    .matches(ScrubReport::isClean);
        }
        assertThat(ArrayChecker.check(devices)).isEmpty();
        devices.forEach(BlockDevice::close);
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID5, 3", "RAID6, 4", "RAID10, 3"})
    void writes_thatWereAcknowledged_outliveTheProcess(Level level, int members) throws Exception {
        create(level, members);
        withSeeds(1, (seed, random) -> {
            try (KilledProcess process = start(KilledArrayMain.Job.WRITE, seed, files)) {
                // One in four dies while it starts the array.
                boolean starts = random.nextInt(4) == 0;
                process.awaitWrites(starts ? 0 : random.nextInt(WRITES_MAX));
                process.kill(random, starts ? 200_000 : 5_000);
            }
            judge(array -> {});
        });
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID5, 3", "RAID6, 4"})
    void rebuild_thatIsKilledTwice_goesOnWhereItWas(Level level, int members) throws Exception {
        withSeeds(2, (seed, random) -> {
            create(level, members);
            List<Path> withBlank = new ArrayList<>(files);
            Path blank = file();
            withBlank.add(blank);
            double share = random.nextDouble(0.05, 0.4);
            long before = 0;
            try (KilledProcess process = start(KilledArrayMain.Job.REPLACE, seed, withBlank)) {
                process.awaitProgress(share);
                process.kill(random, 20_000);
                before = process.doneBytes();
            }
            Files.delete(files.set(0, blank));
            try (KilledProcess process = start(KilledArrayMain.Job.REBUILD, seed + 1, files)) {
                process.awaitProgress(random.nextDouble(share + 0.1, share + 0.4));
                assertWentOn(process.recordedBands(), before);
                process.kill(random, 20_000);
                before = process.doneBytes();
            }
            long second = before;
            judge(array -> {
                long recorded = KilledArrayMain.recordedBands(array);
                assertWentOn(recorded, second);
                if (recorded >= 0) {
                    array.rebuild(Progress.NONE).join();
                }
            });
        });
    }

    /** At most one band in a hundred is done again. A rebuild that came to its end before the kill has none. */
    private void assertWentOn(long recordedBands, long doneBytes) {
        long done = doneBytes / CHUNK;
        if (recordedBands >= 0) {
            assertThat(recordedBands)
                    .as("band at which it went on, after %s of %s", done, SIZE / CHUNK)
                    .isBetween(done - SIZE / CHUNK / 100, done);
        }
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID5, 3", "RAID6, 4"})
    void growth_thatIsKilled_isTheOldSizeOrTheNew_andComesToItsEnd(Level level, int members) throws Exception {
        withSeeds(1, (seed, random) -> {
            create(level, members);
            for (Path file : files) {
                try (var longer = new RandomAccessFile(file.toFile(), "rw")) {
                    longer.setLength(2 * SIZE);
                }
            }
            try (KilledProcess process = start(KilledArrayMain.Job.GROW, seed, files)) {
                process.awaitWork();
                process.kill(random, 40_000);
            }
            judge(array -> {
                if (array.geometry().size() == size) {
                    array.grow(Progress.NONE).join();
                }
                assertThat(array.geometry().size()).isBetween(2 * size, 2 * size + size / 8);
            });
        });
    }

    @ParameterizedTest
    @CsvSource({"RAID5, 3"})
    void reshape_thatIsKilledTwice_comesToItsEnd(Level level, int members) throws Exception {
        withSeeds(2, (seed, random) -> {
            create(level, members);
            files.add(file());
            try (KilledProcess process = start(KilledArrayMain.Job.ADD, seed, files)) {
                process.awaitProgress(random.nextDouble(0.01, 0.5));
                process.kill(random, 20_000);
            }
            try (KilledProcess process = start(KilledArrayMain.Job.RESHAPE, seed + 1, files)) {
                process.awaitProgress(random.nextDouble(0.5, 0.9));
                process.kill(random, 20_000);
            }
            judge(array -> {
                if (array.geometry().size() == size) {
                    array.reshape(Progress.NONE).join();
                }
                assertThat(array.geometry().size()).isBetween(size * 3 / 2 - CHUNK * 3, size * 3 / 2 + CHUNK * 3);
            });
        });
    }
}
