package dev.quoin.bench.raid;

import dev.quoin.bench.Area;
import dev.quoin.bench.Better;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import dev.quoin.bench.Programs;
import dev.quoin.bench.raid.Requests.Order;
import dev.quoin.raid.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Arrays beside the same requests to the same files without an array, by the same engine ({@code raw}), and beside fio; and the
 * parity kernels, of buffers and of arrays on the heap, beside those of ISA-L and a copy of the same data. The files are in the page cache, but for
 * {@code raid0-seqread}, which reads them from the disk.
 *
 * <p>Of a level that has to write more than its user says, raw is what its members could take at best: 3/4 of what four take for
 * whole stripes of RAID 5, and a request to a member for each of the four that a small write costs. {@code quoin-headers} are arrays with the
 * journal policy headers.
 */
public final class RaidArea implements Area {

    private static final String SPEED = "MiB/s";
    private static final int SMALL = 4 << 10;
    private static final int MIDDLE = 128 << 10;
    private static final int LARGE = 1 << 20;
    private static final int MEMBERS = 4;

    /** Four stripes. */
    private static final int STRIPES_LENGTH = 4 * 3 * (64 << 10);

    private static final double MEBI = 1 << 20;
    private static final double KIBI = 1 << 10;
    private static final double SHARE_OF_DATA = 3.0 / 4;
    private static final int REQUESTS_PER_SMALL_WRITE = 4;

    private static final Measure SEQUENTIAL_READ =
            new Measure("raid0-seqread", SPEED, Better.HIGHER, "RAID 0 of 4, 1 MiB sequential reads from disk, 8 deep");
    private static final Measure CACHED_READ = new Measure(
            "raid0-seqread-cached",
            SPEED,
            Better.HIGHER,
            "RAID 0 of 4, 1 MiB sequential reads of cached files, 8 deep");
    private static final Measure SEQUENTIAL_WRITE = new Measure(
            "raid0-seqwrite", SPEED, Better.HIGHER, "new RAID 0 of 4, 1 MiB sequential writes, 8 deep, flushed");
    private static final Measure OVERWRITE = new Measure(
            "raid0-overwrite", SPEED, Better.HIGHER, "full RAID 0 of 4, 1 MiB sequential writes, 8 deep, flushed");
    private static final Measure MIRROR_READ = new Measure(
            "raid1-read2",
            SPEED,
            Better.HIGHER,
            "RAID 1 of 2 slow disks, two readers, 128 KiB, 4 deep; beside one disk");
    private static final Measure STRIPES = new Measure(
            "raid5-fullstripe-write",
            SPEED,
            Better.HIGHER,
            "new RAID 5 of 4, whole stripes, 8 deep, flushed; beside 3/4");
    private static final Measure STRIPES_AGAIN = new Measure(
            "raid5-fullstripe-overwrite",
            SPEED,
            Better.HIGHER,
            "full RAID 5 of 4, whole stripes, 8 deep, flushed; beside 3/4");
    private static final Measure SETTLED_WRITE = new Measure(
            "raid5-randwrite-4k", "IOPS", Better.HIGHER, "as the next, until all is in place and the array is stopped");
    private static final Measure RANDOM_WRITE = new Measure(
            "raid5-randwrite-4k-journal",
            "IOPS",
            Better.HIGHER,
            "RAID 5 of 4, requests that 4 KiB random writes cost, 4 each, 16 deep, flushed");
    private static final Measure REBUILD = new Measure(
            "rebuild", SPEED, Better.HIGHER, "RAID 5 of 4 slow disks, one rebuilt; beside one that is copied");
    private static final Measure CPU = new Measure(
            "cpu-read-4k", "us/op", Better.LOWER, "CPU of a 4 KiB random read that waits for nothing, RAID 5 of 4");
    private static final Measure XOR =
            new Measure("kernel-xor", "GB/s", Better.HIGHER, "data that become a parity by XOR, 4 x 64 KiB, one core");
    private static final Measure PQ =
            new Measure("kernel-pq", "GB/s", Better.HIGHER, "data that become P and Q, 4 x 64 KiB, one core");

    /** What {@link KernelContestant} measures. */
    static final List<Measure> KERNELS = List.of(XOR, PQ);

    @Override
    public String name() {
        return "raid";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                SEQUENTIAL_READ,
                CACHED_READ,
                SEQUENTIAL_WRITE,
                OVERWRITE,
                MIRROR_READ,
                STRIPES,
                STRIPES_AGAIN,
                SETTLED_WRITE,
                RANDOM_WRITE,
                REBUILD,
                CPU,
                XOR,
                PQ);
    }

    @Override
    public List<Contestant> open(Path directory, Programs programs) {
        Requests coldRead = new Requests(false, Order.SEQUENTIAL, LARGE, 8, 512);
        Requests read = new Requests(false, Order.SEQUENTIAL, LARGE, 8, 2_048);
        Requests write = new Requests(true, Order.SEQUENTIAL, LARGE, 8, 512);
        Requests streams = new Requests(false, Order.TWO_STREAMS, MIDDLE, 4, 6_000);
        Requests fill = new Requests(true, Order.SEQUENTIAL, LARGE, 8, 640);
        Requests fillStripes = new Requests(true, Order.SEQUENTIAL, STRIPES_LENGTH, 8, 640);
        Requests stripes = new Requests(true, Order.SEQUENTIAL, STRIPES_LENGTH, 8, 640);
        Requests random = new Requests(true, Order.RANDOM, SMALL, 16, 40_000);

        Map<Measure, Trial.Opener> quoin = new LinkedHashMap<>();
        quoin.put(SEQUENTIAL_READ, ArrayTrials.coldArray(Level.RAID0, MEMBERS, coldRead, LARGE / MEBI));
        quoin.put(CACHED_READ, ArrayTrials.array(Level.RAID0, MEMBERS, false, read, LARGE / MEBI));
        quoin.put(SEQUENTIAL_WRITE, ArrayTrials.newArray(Level.RAID0, MEMBERS, fill, LARGE / MEBI));
        quoin.put(OVERWRITE, ArrayTrials.array(Level.RAID0, MEMBERS, false, write, LARGE / MEBI));
        quoin.put(MIRROR_READ, ArrayTrials.array(Level.RAID1, 2, true, streams, MIDDLE / MEBI));
        quoin.put(STRIPES, ArrayTrials.newArray(Level.RAID5, MEMBERS, fillStripes, STRIPES_LENGTH / MEBI));
        quoin.put(STRIPES_AGAIN, ArrayTrials.array(Level.RAID5, MEMBERS, false, stripes, STRIPES_LENGTH / MEBI));
        quoin.put(SETTLED_WRITE, ArrayTrials.settledArray(Level.RAID5, MEMBERS, random, REQUESTS_PER_SMALL_WRITE));
        quoin.put(RANDOM_WRITE, ArrayTrials.array(Level.RAID5, MEMBERS, false, random, REQUESTS_PER_SMALL_WRITE));
        quoin.put(REBUILD, ArrayTrials.rebuild());
        quoin.put(CPU, ArrayTrials.smallReads(true));

        Map<Measure, Trial.Opener> headers = new LinkedHashMap<>();
        headers.put(OVERWRITE, ArrayTrials.headers(Level.RAID0, MEMBERS, write, LARGE / MEBI));
        headers.put(STRIPES_AGAIN, ArrayTrials.headers(Level.RAID5, MEMBERS, stripes, STRIPES_LENGTH / MEBI));

        Map<Measure, Trial.Opener> raw = new LinkedHashMap<>();
        raw.put(SEQUENTIAL_READ, ArrayTrials.coldRaw(MEMBERS, coldRead, LARGE / MEBI));
        raw.put(CACHED_READ, ArrayTrials.raw(MEMBERS, false, read, LARGE / MEBI));
        raw.put(SEQUENTIAL_WRITE, ArrayTrials.newFiles(MEMBERS, fill, LARGE / MEBI));
        raw.put(OVERWRITE, ArrayTrials.raw(MEMBERS, false, write, LARGE / MEBI));
        raw.put(MIRROR_READ, ArrayTrials.raw(1, true, streams, MIDDLE / MEBI));
        raw.put(STRIPES, ArrayTrials.newFiles(MEMBERS, fill, LARGE / MEBI * SHARE_OF_DATA));
        raw.put(STRIPES_AGAIN, ArrayTrials.raw(MEMBERS, false, write, LARGE / MEBI * SHARE_OF_DATA));
        raw.put(SETTLED_WRITE, ArrayTrials.raw(MEMBERS, false, random, 1));
        raw.put(RANDOM_WRITE, ArrayTrials.raw(MEMBERS, false, random, 1));
        raw.put(REBUILD, ArrayTrials.copy());
        raw.put(CPU, ArrayTrials.smallReads(false));

        List<Contestant> contestants = new ArrayList<>();
        contestants.add(new TrialContestant("quoin", directory, quoin));
        contestants.add(new TrialContestant("quoin-headers", directory, headers));
        contestants.add(new TrialContestant("raw", directory, raw));
        programs.find("fio", "fio", "fio")
                .ifPresent(fio -> contestants.add(new TrialContestant(
                        "fio",
                        directory,
                        Map.of(
                                SEQUENTIAL_READ,
                                FioTrial.opener(fio, "read", true, LARGE, FioTrial.READ_KIB, KIBI / MEBI),
                                CACHED_READ,
                                FioTrial.opener(fio, "read", false, LARGE, FioTrial.READ_KIB, KIBI / MEBI),
                                OVERWRITE,
                                FioTrial.opener(fio, "write", false, LARGE, FioTrial.WRITE_KIB, KIBI / MEBI),
                                RANDOM_WRITE,
                                FioTrial.opener(fio, "randwrite", false, SMALL, FioTrial.WRITES, 1)))));
        contestants.add(new KernelContestant("quoin", ""));
        contestants.add(new KernelContestant("quoin-heap", "Heap"));
        if (IsaL.find().isEmpty()) {
            programs.install(IsaL.PACKAGE);
        }
        if (IsaL.find().isPresent()) {
            contestants.add(new KernelContestant("isa-l", "IsaL"));
        } else {
            programs.skip("isa-l", "install the package " + IsaL.PACKAGE);
        }
        contestants.add(new KernelContestant("copy", "Copy"));
        return contestants;
    }
}
