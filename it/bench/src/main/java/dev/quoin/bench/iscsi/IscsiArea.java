package dev.quoin.bench.iscsi;

import dev.quoin.bench.Area;
import dev.quoin.bench.BenchException;
import dev.quoin.bench.Better;
import dev.quoin.bench.Child;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import dev.quoin.bench.Programs;
import dev.quoin.bench.ServerProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The iSCSI target beside tgt, and beside jSCSI's where that can take part: all export the same plain file of 256 MiB of the page
 * cache, no array below, and the same programs load them over the loopback interface. The measures of the layers show beside the
 * plain file what a RAID 5 array, and a thin volume on one, cost below our target.
 */
public final class IscsiArea implements Area {

    private static final long FILE_SIZE = 256L << 20;
    private static final int FILE_PIECE = 1 << 20;

    private static final int SMALL = 4 << 10;
    private static final int LARGE = 128 << 10;
    private static final int LARGE_WRITE = 256 << 10;

    /** A stride of an odd number of blocks, near half the file: it visits every block and never the next one. */
    private static final long SCATTER_STEP = 32_771L * SMALL;

    private static final Measure RANDOM_DEEP = iscsiPerf("randread-4k-qd32", "IOPS", "4 KiB random reads, 32 deep");
    private static final Measure RANDOM_ONE = iscsiPerf("randread-4k-qd1", "IOPS", "4 KiB random reads, one at a time");
    private static final Measure SEQUENTIAL_DEEP =
            iscsiPerf("seqread-128k-qd32", "MiB/s", "128 KiB sequential reads, 32 deep");
    private static final Measure SEQUENTIAL_ONE =
            iscsiPerf("seqread-128k-qd1", "MiB/s", "128 KiB sequential reads, one at a time");
    private static final Measure CPU = new Measure(
            "cpu-read-4k", "us/op", Better.LOWER, "CPU of the server for a 4 KiB random read, 32 deep (iscsi-perf)");
    private static final Measure QEMU_RANDOM = qemu("qemu-randread-4k-qd32", "IOPS", "4 KiB scattered reads, 32 deep");
    private static final Measure QEMU_RANDOM_ONE =
            qemu("qemu-randread-4k-qd1", "IOPS", "4 KiB scattered reads, one at a time");
    private static final Measure QEMU_SEQUENTIAL =
            qemu("qemu-seqread-128k-qd32", "MiB/s", "128 KiB sequential reads, 32 deep");
    private static final Measure WRITE_DEEP = qemu("randwrite-4k-qd32", "IOPS", "4 KiB scattered writes, 32 deep");
    private static final Measure WRITE_ONE = qemu("randwrite-4k-qd1", "IOPS", "4 KiB scattered writes, one at a time");
    private static final Measure WRITE_LARGE_DEEP =
            qemu("seqwrite-256k-qd32", "MiB/s", "256 KiB sequential writes, 32 deep");
    private static final Measure WRITE_LARGE_ONE =
            qemu("seqwrite-256k-qd1", "MiB/s", "256 KiB sequential writes, one at a time");
    private static final Measure SESSIONS =
            iscsiPerf("sessions8-4k", "IOPS", "4 KiB random reads, 8 sessions, 32 deep each");
    private static final Measure CPU_WRITE = new Measure(
            "cpu-write-gib",
            LunContestant.CPU_TIME,
            Better.LOWER,
            "CPU of the server for a GiB written, 256 KiB, 32 deep (qemu-img)");
    private static final Measure P99 = new Measure(
            "p99-read-4k",
            LunContestant.MICROSECONDS,
            Better.LOWER,
            "99 of 100 random 4 KiB reads are faster, 32 deep (our initiator)");
    private static final Measure SLOW_REGION = iscsiPerf(
            "slow-region", "IOPS", "4 KiB random reads, 32 deep, 3.5 of 100 take 2 ms; beside waiting for them inline");

    private static final Measure LAYERS_RANDOM = iscsiPerf(
            "layers-randread-4k-qd32", "IOPS", "4 KiB random reads, 32 deep; beside an array and a thin volume");
    private static final Measure LAYERS_SEQUENTIAL = iscsiPerf(
            "layers-seqread-128k-qd32",
            "MiB/s",
            "128 KiB sequential reads, 32 deep; beside an array and a thin volume");
    private static final Measure LAYERS_WRITE = qemu(
            "layers-randwrite-4k-qd32", "IOPS", "4 KiB scattered writes, 32 deep; beside an array and a thin volume");
    private static final Measure LAYERS_WRITE_LARGE = qemu(
            "layers-seqwrite-256k-qd32",
            "MiB/s",
            "256 KiB sequential writes, 32 deep; beside an array and a thin volume");

    /** jSCSI's target knows no READ (16), which iscsi-perf and our initiator use, and serves one connection at a time. */
    private static final List<Measure> OF_JSCSI = List.of(
            QEMU_RANDOM,
            QEMU_RANDOM_ONE,
            QEMU_SEQUENTIAL,
            WRITE_DEEP,
            WRITE_ONE,
            WRITE_LARGE_DEEP,
            WRITE_LARGE_ONE,
            CPU_WRITE);

    private static final List<Measure> OF_LAYERS =
            List.of(LAYERS_RANDOM, LAYERS_SEQUENTIAL, LAYERS_WRITE, LAYERS_WRITE_LARGE);

    @Override
    public String name() {
        return "iscsi";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                RANDOM_DEEP,
                RANDOM_ONE,
                SESSIONS,
                WRITE_DEEP,
                WRITE_ONE,
                SEQUENTIAL_DEEP,
                SEQUENTIAL_ONE,
                WRITE_LARGE_DEEP,
                WRITE_LARGE_ONE,
                CPU,
                CPU_WRITE,
                P99,
                SLOW_REGION,
                QEMU_RANDOM,
                QEMU_RANDOM_ONE,
                QEMU_SEQUENTIAL,
                LAYERS_RANDOM,
                LAYERS_SEQUENTIAL,
                LAYERS_WRITE,
                LAYERS_WRITE_LARGE);
    }

    @Override
    public List<Contestant> open(Path directory, Programs programs) throws BenchException {
        Map<Measure, Load> loads = loads(programs);
        Path file = directory.resolve("lun");
        fill(file);
        List<Contestant> contestants = new ArrayList<>();
        int port = ServerProcess.freePort();
        ServerProcess quoin =
                ServerProcess.java("quoin", directory, QuoinTargetMain.class, file.toString(), Integer.toString(port));
        Map<Measure, Load> slow = Map.of(SLOW_REGION, deep(programs));
        contestants.add(quoin("quoin", quoin, port, QuoinTargetMain.LUN, loads));
        contestants.add(quoin("quoin-slow", quoin, port, QuoinTargetMain.SLOW_LUN, slow));
        contestants.add(quoin("inline-alone", quoin, port, QuoinTargetMain.SLOW_INLINE_LUN, slow));
        try {
            quoin.awaitOutput(Child.READY);
        } catch (BenchException failure) {
            quoin.close();
            throw failure;
        }
        tgt(directory, file, programs, without(loads, OF_LAYERS)).ifPresent(contestants::add);
        jscsi(directory, file, programs, only(loads, OF_JSCSI)).ifPresent(contestants::add);
        contestants.addAll(layers(directory, only(loads, OF_LAYERS)));
        return contestants;
    }

    private static Contestant quoin(String name, ServerProcess server, int port, int lun, Map<Measure, Load> loads) {
        return new LunContestant(
                name, server, url(port, QuoinTargetMain.TARGET, lun), QuoinTargetMain.BLOCK_SIZE, loads);
    }

    private static Map<Measure, Load> only(Map<Measure, Load> loads, List<Measure> measures) {
        Map<Measure, Load> some = new LinkedHashMap<>(loads);
        some.keySet().retainAll(measures);
        return some;
    }

    private static Map<Measure, Load> without(Map<Measure, Load> loads, List<Measure> measures) {
        Map<Measure, Load> others = new LinkedHashMap<>(loads);
        others.keySet().removeAll(measures);
        return others;
    }

    private static Optional<Contestant> jscsi(Path directory, Path file, Programs programs, Map<Measure, Load> loads) {
        try {
            int port = ServerProcess.freePort();
            return JscsiServer.start(directory, file, port, programs)
                    .map(server -> new LunContestant(
                            "jscsi", server, url(port, JscsiServer.TARGET, JscsiServer.LUN), 512, loads));
        } catch (BenchException failure) {
            programs.skip("jscsi", String.valueOf(failure.getMessage()));
            return Optional.empty();
        }
    }

    private static List<Contestant> layers(Path directory, Map<Measure, Load> loads) throws BenchException {
        int port = ServerProcess.freePort();
        ServerProcess server = ServerProcess.java(
                "layers", directory, LayersTargetMain.class, directory.toString(), Integer.toString(port));
        try {
            server.awaitOutput(Child.READY);
        } catch (BenchException failure) {
            server.close();
            throw failure;
        }
        return List.of(
                new LunContestant(
                        "raid5",
                        server,
                        url(port, LayersTargetMain.TARGET, LayersTargetMain.ARRAY_LUN),
                        LayersTargetMain.BLOCK_SIZE,
                        loads),
                new LunContestant(
                        "volume",
                        server,
                        url(port, LayersTargetMain.TARGET, LayersTargetMain.VOLUME_LUN),
                        LayersTargetMain.BLOCK_SIZE,
                        loads));
    }

    private static Load deep(Programs programs) throws BenchException {
        return new Load.IscsiPerf(programs.require("iscsi-perf", "libiscsi-bin"), true, SMALL, 32);
    }

    private static Optional<Contestant> tgt(Path directory, Path file, Programs programs, Map<Measure, Load> loads)
            throws BenchException {
        Optional<Path> daemon = programs.find("tgtd", "tgt", "tgt");
        Optional<Path> admin = programs.find("tgtadm", "tgt", "tgt");
        if (daemon.isEmpty() || admin.isEmpty()) {
            return Optional.empty();
        }
        int port = ServerProcess.freePort();
        try {
            ServerProcess server = TgtServer.start(daemon.get(), admin.get(), directory, file, port);
            return Optional.of(
                    new LunContestant("tgt", server, url(port, TgtServer.TARGET, TgtServer.LUN), 512, loads));
        } catch (BenchException failure) {
            programs.skip("tgt", String.valueOf(failure.getMessage()));
            return Optional.empty();
        }
    }

    private static Map<Measure, Load> loads(Programs programs) throws BenchException {
        Path perf = programs.require("iscsi-perf", "libiscsi-bin");
        Map<Measure, Load> loads = new LinkedHashMap<>();
        loads.put(RANDOM_DEEP, new Load.IscsiPerf(perf, true, SMALL, 32));
        loads.put(RANDOM_ONE, new Load.IscsiPerf(perf, true, SMALL, 1));
        loads.put(SEQUENTIAL_DEEP, new Load.IscsiPerf(perf, false, LARGE, 32));
        loads.put(SEQUENTIAL_ONE, new Load.IscsiPerf(perf, false, LARGE, 1));
        loads.put(CPU, new Load.IscsiPerf(perf, true, SMALL, 32));
        loads.put(SESSIONS, new Load.Parallel(new Load.IscsiPerf(perf, true, SMALL, 32), 8));
        loads.put(LAYERS_RANDOM, new Load.IscsiPerf(perf, true, SMALL, 32));
        loads.put(LAYERS_SEQUENTIAL, new Load.IscsiPerf(perf, false, LARGE, 32));
        loads.put(P99, new Load.IscsiPerf(perf, true, SMALL, 32));
        programs.find("qemu-img", "qemu-utils", "measures with qemu-img").ifPresent(qemu -> {
            loads.put(QEMU_RANDOM, new Load.QemuBench(qemu, false, SMALL, 32, SCATTER_STEP, 30_000));
            loads.put(QEMU_RANDOM_ONE, new Load.QemuBench(qemu, false, SMALL, 1, SCATTER_STEP, 10_000));
            loads.put(LAYERS_WRITE, new Load.QemuBench(qemu, true, SMALL, 32, SCATTER_STEP, 5_000));
            loads.put(LAYERS_WRITE_LARGE, new Load.QemuBench(qemu, true, LARGE_WRITE, 32, LARGE_WRITE, 500));
            loads.put(QEMU_SEQUENTIAL, new Load.QemuBench(qemu, false, LARGE, 32, LARGE, 6_000));
            loads.put(WRITE_DEEP, new Load.QemuBench(qemu, true, SMALL, 32, SCATTER_STEP, 25_000));
            loads.put(WRITE_ONE, new Load.QemuBench(qemu, true, SMALL, 1, SCATTER_STEP, 6_000));
            loads.put(WRITE_LARGE_DEEP, new Load.QemuBench(qemu, true, LARGE_WRITE, 32, LARGE_WRITE, 2_000));
            loads.put(WRITE_LARGE_ONE, new Load.QemuBench(qemu, true, LARGE_WRITE, 1, LARGE_WRITE, 1_000));
            // Several GiB: with less, starting the program and compiling the server would count.
            loads.put(CPU_WRITE, new Load.QemuBench(qemu, true, LARGE_WRITE, 32, LARGE_WRITE, 8_000));
        });
        return loads;
    }

    /** Fills a file with bytes that do not compress, and so brings it into the page cache. */
    private static void fill(Path file) throws BenchException {
        Random random = new Random(1);
        byte[] piece = new byte[FILE_PIECE];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < FILE_SIZE; written += FILE_PIECE) {
                random.nextBytes(piece);
                out.write(piece);
            }
        } catch (IOException failure) {
            throw new BenchException("cannot write " + file + ": " + failure.getMessage(), failure);
        }
    }

    private static String url(int port, String target, int lun) {
        return "iscsi://127.0.0.1:" + port + "/" + target + "/" + lun;
    }

    private static Measure iscsiPerf(String name, String unit, String what) {
        return new Measure(name, unit, Better.HIGHER, what + " (iscsi-perf)");
    }

    private static Measure qemu(String name, String unit, String what) {
        return new Measure(name, unit, Better.HIGHER, what + " (qemu-img bench)");
    }
}
