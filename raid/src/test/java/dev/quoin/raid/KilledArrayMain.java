package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The process that {@link KilledArrayTest} kills: starts an array, writes to it until it is killed, and does meanwhile what it is told
 * to. It says on its standard output what it is about to do and what is done, a line each, in this order:
 *
 * <pre>
 * start                                the devices are open
 * open RECORDED                        the array is; a rebuild is to go on at this band, -1 if none is
 * begin FIRST COUNT VERSION            a write of blocks is sent
 * done FIRST COUNT VERSION             it is acknowledged
 * work                                 what it was told to do begins
 * progress DONE TOTAL                  in bytes of a member
 * end                                  that has ended
 * </pre>
 */
final class KilledArrayMain {

    /** What is done beside writing. */
    enum Job {
        WRITE,
        /** The last device takes the role of the first. */
        REPLACE,
        REBUILD,
        GROW,
        /** The last device becomes one member more. */
        ADD,
        RESHAPE
    }

    static final int WRITERS = 4;

    /** So slow that a rebuild goes band by band. */
    private static final WorkLimits SLOW = new WorkLimits(1 << 20, 1 << 20, Duration.ofMillis(100));

    private static final int WRITE_MAX = 24;

    // A line is written by one call, so it is in the pipe wholly or not at all when the process dies.
    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private final RaidArray array;
    private final long seed;
    private final int areaBlocks;
    private final AtomicLong versions;

    private KilledArrayMain(RaidArray array, long seed, int areaBlocks, long version) {
        this.array = array;
        this.seed = seed;
        this.areaBlocks = areaBlocks;
        this.versions = new AtomicLong(version);
    }

    /** Arguments: the job, a seed, the length in blocks of the areas that are written to by one each, the first version, the devices. */
    public static void main(String[] arguments) throws Exception {
        Job job = Job.valueOf(arguments[0]);
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 4; i < arguments.length; i++) {
            devices.add(FileDevice.open(Path.of(arguments[i]), DeviceProvider.Access.READ_WRITE));
        }
        say("start");
        boolean hasBlank = job == Job.REPLACE || job == Job.ADD;
        RaidArray array = RaidArray.assemble(hasBlank ? devices.subList(0, devices.size() - 1) : devices);
        say("open " + recordedBands(array));
        var main = new KilledArrayMain(
                array, Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]), Long.parseLong(arguments[3]));
        if (job == Job.REPLACE) {
            array.fail(0);
            array.replace(0, devices.getLast());
        }
        for (int writer = 0; writer < WRITERS; writer++) {
            int mine = writer;
            Thread.ofPlatform().name("writer-" + writer).start(() -> main.write(mine));
        }
        say("work");
        main.work(job, devices.getLast()).join();
        say("end");
    }

    private CompletableFuture<?> work(Job job, BlockDevice last) throws DeviceException {
        Progress progress = (done, total) -> say("progress " + done + " " + total);
        array.limits(SLOW);
        return switch (job) {
            case WRITE -> new CompletableFuture<>();
            case REPLACE -> array.rebuild(progress);
            case REBUILD ->
                recordedBands(array) < 0 ? CompletableFuture.completedFuture(null) : array.rebuild(progress);
            case GROW -> array.grow(progress);
            case ADD -> {
                array.addMember(last);
                yield array.reshape(progress);
            }
            case RESHAPE -> array.reshape(progress);
        };
    }

    /** Where a rebuild is to go on; -1 if there is none. */
    static long recordedBands(RaidArray array) {
        Member rebuilding = array.core().rebuilding();
        return rebuilding == null ? -1 : rebuilding.rebuilt.recordedBands();
    }

    private void write(int writer) {
        Random random = new Random(seed + writer);
        int areas = (int) (array.geometry().size() / NumberedBlocks.BLOCK / areaBlocks / WRITERS);
        while (true) {
            int area = random.nextInt(areas) * WRITERS + writer;
            boolean whole = random.nextInt(8) == 0;
            int from = whole ? 0 : random.nextInt(areaBlocks);
            int count = whole ? areaBlocks : 1 + random.nextInt(Math.min(WRITE_MAX, areaBlocks - from));
            write(area * areaBlocks + from, count, random.nextBoolean() ? WriteMode.FUA : WriteMode.CACHED);
        }
    }

    private void write(int first, int count, WriteMode mode) {
        long version = versions.getAndIncrement();
        long offset = (long) first * NumberedBlocks.BLOCK;
        String blocks = first + " " + count + " " + version;
        say("begin " + blocks);
        CompletableFuture<Void> write = NumberedBlocks.isZeroes(version)
                ? array.writeZeroes(offset, (long) count * NumberedBlocks.BLOCK, mode)
                : array.write(offset, NumberedBlocks.content(first, count, version), mode);
        write.join();
        say("done " + blocks);
    }

    private static void say(String line) {
        try {
            OUT.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
