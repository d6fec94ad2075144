package dev.quoin.raid;

import com.sun.management.OperatingSystemMXBean;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/** Prints what an array over four files moves per second. Not a test: run its main with a directory. */
final class RaidThroughput {

    private static final int MIB = 1 << 20;

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static long cpuBefore;

    private RaidThroughput() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Path file = directory.resolve("member" + i);
            Files.deleteIfExists(file);
            members.add(FileDevice.create(file, 512L * MIB));
        }
        long begin = System.nanoTime();
        RaidArray array = RaidArray.create(ArraySpec.raid5("bench"), members);
        print("create, s", (System.nanoTime() - begin) / 1e9);
        for (int round = 0; round < rounds; round++) {
            String state = round == 0 ? "first write" : "overwrite";
            print(state + " 256 MiB, 1 MiB x 8, with flush, MiB/s", sequentialWrite(array, 256, MIB, 8));
            print(state + " 256 MiB, 64 KiB x 16, with flush, MiB/s", sequentialWrite(array, 256, 65536, 16));
            print("read 256 MiB, 1 MiB x 4, MiB/s", sequentialRead(array, 256, MIB, 4));
            print("read 256 MiB, 64 KiB inline, MiB/s", inlineRead(array, 256));
            print("random read 4 KiB inline, IOPS", inlineRandomRead(array));
            print("random write 4 KiB cached x 32, IOPS", randomWrite(array, 32, WriteMode.CACHED, 20_000));
            print("random write 4 KiB FUA x 32, IOPS", randomWrite(array, 32, WriteMode.FUA, 5_000));
            print("random write 4 KiB FUA x 1, IOPS", randomWrite(array, 1, WriteMode.FUA, 300));
            print("random write 4 KiB cached x 1, IOPS", randomWrite(array, 1, WriteMode.CACHED, 5_000));
        }
        array.fail(1);
        print("degraded read 256 MiB, 1 MiB x 4, MiB/s", sequentialRead(array, 256, MIB, 4));
        FileDevice blank = FileDevice.create(directory.resolve("blank" + System.nanoTime()), 512L * MIB);
        array.replace(1, blank);
        RebuildReport report = array.rebuild(Progress.NONE).join();
        print("rebuild, MiB/s of the new member", report.bytesWritten() / (double) MIB / (report.nanos() / 1e9));
        ScrubReport scrub = array.scrub(Progress.NONE).join();
        print("scrub, MiB/s of all members", scrub.blocksChecked() / 256.0 / (scrub.nanos() / 1e9));
        System.out.println(scrub);
        System.out.println(array.status().counters());
        begin = System.nanoTime();
        array.close();
        print("close, s", (System.nanoTime() - begin) / 1e9);
    }

    private interface Request {
        CompletableFuture<Void> send(int number);
    }

    private static double run(int count, int depth, Request request) throws Exception {
        Semaphore permits = new Semaphore(depth);
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            permits.acquire();
            request.send(i).whenComplete((nothing, failure) -> {
                if (failure != null) {
                    failure.printStackTrace();
                }
                permits.release();
            });
        }
        permits.acquire(depth);
        return (System.nanoTime() - begin) / 1e9;
    }

    private static double sequentialWrite(BlockDevice device, int mib, int length, int depth) throws Exception {
        ByteBuffer source = ByteBuffer.allocateDirect(length);
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        source.put(bytes).flip();
        long begin = System.nanoTime();
        run(
                (int) ((long) mib * MIB / length),
                depth,
                i -> device.write((long) i * length, source.duplicate(), WriteMode.CACHED));
        device.flush().join();
        return mib / ((System.nanoTime() - begin) / 1e9);
    }

    private static double sequentialRead(BlockDevice device, int mib, int length, int depth) throws Exception {
        List<ByteBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            buffers.add(ByteBuffer.allocateDirect(length));
        }
        double seconds = run(
                (int) ((long) mib * MIB / length),
                depth,
                i -> device.read((long) i * length, buffers.get(i % depth).duplicate()));
        return mib / seconds;
    }

    private static double inlineRead(BlockDevice device, int mib) {
        ByteBuffer target = ByteBuffer.allocateDirect(65536);
        int missed = 0;
        long begin = System.nanoTime();
        for (int i = 0; i < mib * 16; i++) {
            missed += device.tryReadNow(i * 65536L, target.clear()) ? 0 : 1;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        if (missed > 0) {
            System.out.println("  " + missed + " of " + mib * 16 + " not inline");
        }
        return mib / seconds;
    }

    private static double inlineRandomRead(BlockDevice device) {
        ByteBuffer target = ByteBuffer.allocateDirect(4096);
        SplittableRandom random = new SplittableRandom(2);
        long begin = System.nanoTime();
        int count = 200_000;
        for (int i = 0; i < count; i++) {
            device.tryReadNow(random.nextInt(256 * 256) * 4096L, target.clear());
        }
        return count / ((System.nanoTime() - begin) / 1e9);
    }

    private static double randomWrite(BlockDevice device, int depth, WriteMode mode, int count) throws Exception {
        SplittableRandom random = new SplittableRandom(3);
        ByteBuffer source = ByteBuffer.allocateDirect(4096);
        return count
                / run(count, depth, i -> device.write(random.nextInt(256 * 256) * 4096L, source.duplicate(), mode));
    }

    /** With the processor time used since the last line, which says more than the rate on a machine that is shared. */
    private static void print(String what, double value) {
        long cpu = SYSTEM.getProcessCpuTime();
        System.out.printf("%-50s %12.1f   cpu s %6.2f%n", what, value, (cpu - cpuBefore) / 1e9);
        cpuBefore = cpu;
    }
}
