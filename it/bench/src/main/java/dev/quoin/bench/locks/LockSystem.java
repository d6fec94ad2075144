package dev.quoin.bench.locks;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import dev.quoin.bench.ServerProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A lock manager of three servers under the load of the measures: what Quoin and its peers have in common. */
abstract class LockSystem implements Contestant {

    /** So much CPU of the servers makes their compilers have done most of their work. */
    private static final Duration WARM_CPU = Duration.ofSeconds(30);

    /** On a machine that gives too little CPU the warming ends all the same. */
    private static final Duration WARM_MAX = Duration.ofSeconds(90);

    private static final Duration WARM_SLICE = Duration.ofSeconds(2);
    private static final int WARM_CLIENTS = 64;
    private static final Duration SETTLE_TIME = Duration.ofSeconds(1);
    private static final Duration LOAD_TIME = Duration.ofSeconds(4);

    private boolean warm;

    /** The processes whose CPU counts, besides this one. */
    abstract List<ServerProcess> processes();

    /** Pairs done by so many clients in that time. Blocking. */
    abstract long pairs(LockMeasure.Kind kind, int clients, Duration time) throws BenchException;

    @Override
    public boolean takesPart(Measure measure) {
        String peer = LockMeasure.of(measure).peer();
        return peer.equals(name());
    }

    @Override
    public void warmUp(Measure measure) throws BenchException {
        LockMeasure.Kind pairs = LockMeasure.Kind.PAIRS;
        long began = System.nanoTime();
        long cpu = cpuNanos();
        while (!warm && cpuNanos() - cpu < WARM_CPU.toNanos() && System.nanoTime() - began < WARM_MAX.toNanos()) {
            pairs(pairs, WARM_CLIENTS, WARM_SLICE);
        }
        warm = true;
        pairs(pairs, LockMeasure.of(measure).clients(), SETTLE_TIME);
    }

    @Override
    public double run(Measure measure) throws BenchException {
        LockMeasure wanted = LockMeasure.of(measure);
        return switch (wanted.kind()) {
            case PAIRS, PIPELINED -> perSecond(pairs(wanted.kind(), wanted.clients(), LOAD_TIME));
            case CPU -> {
                long cpu = cpuNanos();
                long pairs = pairs(LockMeasure.Kind.PAIRS, wanted.clients(), LOAD_TIME);
                yield (cpuNanos() - cpu) / 1e3 / Math.max(1, pairs);
            }
            case CACHED, FAILOVER, SNAPSHOT, SOAK -> special(wanted.kind());
        };
    }

    /** A measure that only one system has. */
    double special(LockMeasure.Kind kind) throws BenchException {
        throw new BenchException(name() + " does not take part in " + kind);
    }

    private static double perSecond(long pairs) {
        return pairs * (double) TimeUnit.SECONDS.toNanos(1) / LOAD_TIME.toNanos();
    }

    private long cpuNanos() throws BenchException {
        long nanos = ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElseThrow(() -> new BenchException("the system does not say how much CPU this process has used"))
                .toNanos();
        for (ServerProcess process : processes()) {
            nanos += process.cpu().toNanos();
        }
        return nanos;
    }

    @Override
    public void close() {
        processes().forEach(ServerProcess::close);
    }
}
