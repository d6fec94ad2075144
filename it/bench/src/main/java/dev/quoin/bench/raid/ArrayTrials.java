package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.JournalPolicy;
import dev.quoin.raid.Level;
import dev.quoin.raid.Progress;
import dev.quoin.raid.RaidArray;
import dev.quoin.raid.RebuildReport;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/** What is done to arrays, and to the same members without an array. */
final class ArrayTrials {

    /** How much of an array is used, or of the devices beside it together, in bytes. */
    static final long USED = 512L << 20;

    private static final double MEBI = 1 << 20;
    private static final int FILL_LENGTH = 1 << 20;
    private static final int FILL_DEPTH = 8;
    private static final int COPY_LENGTH = 1 << 20;
    private static final int SMALL = 4 << 10;
    private static final int SMALL_READS = 200_000;

    private ArrayTrials() {}

    /** An array of its own. */
    private static final class Array implements AutoCloseable {

        final Members members;
        final RaidArray device;

        Array(Members members, int count, Level level, boolean full) throws BenchException {
            this(members, count, new ArraySpec("bench", level, ArraySpec.CHUNK_DEFAULT), full);
        }

        Array(Members members, int count, ArraySpec spec, boolean full) throws BenchException {
            this.members = members;
            try {
                device = RaidArray.create(spec, members.devices().subList(0, count));
            } catch (DeviceException failure) {
                members.close();
                throw new BenchException("no array: " + failure.getMessage(), failure);
            }
            if (full) {
                fill(List.of(device), used());
            }
        }

        long used() {
            return Math.min(USED, device.geometry().size());
        }

        @Override
        public void close() {
            device.close();
            members.close();
        }
    }

    private static void fill(List<BlockDevice> devices, long each) throws BenchException {
        int count = (int) (each / FILL_LENGTH) * devices.size();
        new Requests(true, Requests.Order.SEQUENTIAL, FILL_LENGTH, FILL_DEPTH, count).perSecond(devices, each);
    }

    /**
     * Requests to an array.
     *
     * @param unit what one request counts as
     */
    static Trial.Opener array(Level level, int count, boolean paced, Requests requests, double unit) {
        return directory -> {
            Array array = new Array(Members.create(directory, count, paced), count, level, true);
            return trial(() -> requests.perSecond(List.of(array.device), array.used()) * unit, array::close);
        };
    }

    /** The same to one that journals the checksums only of what is written over something. */
    static Trial.Opener headers(Level level, int count, Requests requests, double unit) {
        return directory -> {
            ArraySpec spec = new ArraySpec("bench", level, ArraySpec.CHUNK_DEFAULT).withJournal(JournalPolicy.HEADERS);
            Array array = new Array(Members.create(directory, count, false), count, spec, true);
            return trial(() -> requests.perSecond(List.of(array.device), array.used()) * unit, array::close);
        };
    }

    /**
     * Writes to an array of which nothing is left in its journal when they count: that it is stopped is part of the time.
     *
     * @param unit what one request counts as
     */
    static Trial.Opener settledArray(Level level, int count, Requests writes, double unit) {
        return directory -> {
            Members members = Members.create(directory, count, false);
            new Array(members, count, level, true).device.close();
            return trial(
                    () -> {
                        RaidArray array = assemble(members.devices());
                        long used = Math.min(USED, array.geometry().size());
                        long began = System.nanoTime();
                        writes.perSecond(List.of(array), used);
                        array.close();
                        return writes.count() * unit / ((System.nanoTime() - began) / 1e9);
                    },
                    members::close);
        };
    }

    private static RaidArray assemble(List<BlockDevice> devices) throws BenchException {
        try {
            return RaidArray.assemble(devices);
        } catch (DeviceException failure) {
            throw new BenchException("no array: " + failure.getMessage(), failure);
        }
    }

    /** Reads of an array that find nothing in the page cache. */
    static Trial.Opener coldArray(Level level, int count, Requests reads, double unit) {
        return directory -> {
            Array array = new Array(Members.create(directory, count, false), count, level, true);
            return trial(
                    () -> {
                        array.members.forget();
                        return reads.perSecond(List.of(array.device), array.used()) * unit;
                    },
                    array::close);
        };
    }

    /** The same of as many devices without an array, in turn. */
    static Trial.Opener coldRaw(int count, Requests reads, double unit) {
        return directory -> {
            Members members = Members.create(directory, count, false);
            fill(members.devices(), USED / count);
            return trial(
                    () -> {
                        members.forget();
                        return reads.perSecond(members.devices(), USED / count) * unit;
                    },
                    members::close);
        };
    }

    /** Requests to as many devices without an array, in turn. */
    static Trial.Opener raw(int count, boolean paced, Requests requests, double unit) {
        return directory -> {
            Members members = Members.create(directory, count, paced);
            long each = USED / 4;
            fill(members.devices(), each);
            return trial(() -> requests.perSecond(members.devices(), each) * unit, members::close);
        };
    }

    /**
     * Writes to an array that is made for each run anew.
     *
     * @param unit what one request counts as
     */
    static Trial.Opener newArray(Level level, int count, Requests requests, double unit) {
        return directory -> trial(
                () -> {
                    try (Array array = new Array(Members.create(directory, count, false), count, level, false)) {
                        long size = array.device.geometry().size();
                        return requests.perSecond(List.of(array.device), size) * unit;
                    }
                },
                () -> {});
    }

    /** The same to as many new devices without an array, in turn. */
    static Trial.Opener newFiles(int count, Requests requests, double unit) {
        return directory -> trial(
                () -> {
                    try (Members members = Members.create(directory, count, false)) {
                        return requests.perSecond(members.devices(), (long) Members.MIB << 20) * unit;
                    }
                },
                () -> {});
    }

    /** MiB a second at which a member of a full RAID 5 array of four becomes current. */
    static Trial.Opener rebuild() {
        return directory -> {
            Array array = new Array(Members.create(directory, 5, true), 4, Level.RAID5, true);
            // The member that is out is always the blank of the next run.
            BlockDevice[] places = {
                array.members.devices().get(1), array.members.devices().get(4)
            };
            return trial(
                    () -> {
                        try {
                            array.device.fail(1);
                            array.device.replace(1, places[1]);
                            BlockDevice out = places[0];
                            places[0] = places[1];
                            places[1] = out;
                            RebuildReport report =
                                    array.device.rebuild(Progress.NONE).join();
                            return report.bytesWritten() / MEBI / (report.nanos() / 1e9);
                        } catch (DeviceException failure) {
                            throw new BenchException("no rebuild: " + failure.getMessage(), failure);
                        }
                    },
                    array::close);
        };
    }

    /** MiB a second at which one such member is copied to another. */
    static Trial.Opener copy() {
        return directory -> {
            Members members = Members.create(directory, 2, true);
            long length = USED / 4;
            fill(List.of(members.devices().getFirst()), length);
            return trial(() -> copy(members.devices(), length), members::close);
        };
    }

    private static double copy(List<BlockDevice> devices, long length) {
        ByteBuffer[] buffers = {ByteBuffer.allocateDirect(COPY_LENGTH), ByteBuffer.allocateDirect(COPY_LENGTH)};
        long began = System.nanoTime();
        var reading = devices.get(0).read(0, buffers[0].clear());
        for (long at = 0; at < length; at += COPY_LENGTH) {
            int turn = (int) (at / COPY_LENGTH % 2);
            reading.join();
            var writing = devices.get(1).write(at, buffers[turn].flip(), WriteMode.CACHED);
            if (at + COPY_LENGTH < length) {
                reading = devices.get(0).read(at + COPY_LENGTH, buffers[1 - turn].clear());
            }
            writing.join();
        }
        devices.get(1).flush().join();
        return length / MEBI / ((System.nanoTime() - began) / 1e9);
    }

    /** CPU of random reads that find their blocks at hand, in microseconds each. */
    static Trial.Opener smallReads(boolean ofArray) {
        return directory -> {
            Members members = Members.create(directory, 4, false);
            if (!ofArray) {
                fill(members.devices().subList(0, 1), USED / 4);
                return trial(() -> smallReads(members.devices().getFirst(), USED / 4), members::close);
            }
            Array array = new Array(members, 4, Level.RAID5, true);
            return trial(() -> smallReads(array.device, USED / 4), array::close);
        };
    }

    private static double smallReads(BlockDevice device, long bytes) throws BenchException {
        SplittableRandom random = new SplittableRandom(2);
        ByteBuffer target = ByteBuffer.allocateDirect(SMALL);
        long places = bytes / SMALL;
        int missed = 0;
        var threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < SMALL_READS; i++) {
            missed += device.tryReadNow(random.nextLong(places) * SMALL, target.clear()) ? 0 : 1;
        }
        long nanos = threads.getCurrentThreadCpuTime() - before;
        if (missed > SMALL_READS / 100) {
            throw new BenchException(missed + " of " + SMALL_READS + " reads had to wait, hardly any expected");
        }
        return nanos / 1e3 / SMALL_READS;
    }

    private interface Run {
        double once() throws BenchException;
    }

    private static Trial trial(Run run, Runnable close) {
        return new Trial() {
            @Override
            public double run() throws BenchException {
                return run.once();
            }

            @Override
            public void close() {
                close.run();
            }
        };
    }
}
