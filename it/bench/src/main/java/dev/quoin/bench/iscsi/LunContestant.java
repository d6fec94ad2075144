package dev.quoin.bench.iscsi;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import dev.quoin.bench.ServerProcess;
import java.time.Duration;
import java.util.Map;

/** A LUN of a server in a process of its own. */
final class LunContestant implements Contestant {

    /** How long a load lasts that is measured, and one that only warms up. */
    private static final Duration LOAD_TIME = Duration.ofSeconds(2);

    private static final double MEBI = 1 << 20;
    private static final double GIBI = 1 << 30;

    /** The unit of what a server spends on what is written. */
    static final String CPU_TIME = "ms/GiB";

    /** The compilers of a JVM run beside the first loads, and would be counted with what they compile. */
    private static final int LOADS_UNTIL_COMPILED = 4;

    /** The unit of a time that most requests stay below. */
    static final String MICROSECONDS = "us";

    private static final int DEPTH = 32;

    private final String name;
    private final ServerProcess server;
    private final String url;
    private final int lunBlockSize;
    private final Map<Measure, Load> loads;

    /**
     * A contestant.
     *
     * @param loads by the measures in which it takes part
     */
    LunContestant(String name, ServerProcess server, String url, int lunBlockSize, Map<Measure, Load> loads) {
        this.name = name;
        this.server = server;
        this.url = url;
        this.lunBlockSize = lunBlockSize;
        this.loads = loads;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean takesPart(Measure measure) {
        return loads.containsKey(measure);
    }

    @Override
    public void warmUp(Measure measure) throws BenchException {
        int loads = measure.unit().equals(CPU_TIME) ? LOADS_UNTIL_COMPILED : 1;
        for (int i = 0; i < loads; i++) {
            load(measure).requestsPerSecond(url, lunBlockSize, LOAD_TIME);
        }
    }

    @Override
    public double run(Measure measure) throws BenchException {
        Load load = load(measure);
        if (measure.unit().equals(MICROSECONDS)) {
            return Latency.p99Micros(url, load.requestLength(), DEPTH, LOAD_TIME);
        }
        Duration before = server.cpu();
        double rate = load.requestsPerSecond(url, lunBlockSize, LOAD_TIME);
        double cpuSeconds = server.cpu().minus(before).toNanos() / 1e9;
        return switch (measure.unit()) {
            case "IOPS" -> rate;
            case "MiB/s" -> rate * load.requestLength() / MEBI;
            // The load lasts for a time whatever its rate, so that its requests are known from the rate.
            case "us/op" -> cpuSeconds * 1e6 / (rate * LOAD_TIME.toSeconds());
            // This one does a number of requests, however long that takes.
            case CPU_TIME -> cpuSeconds * 1e3 / ((double) load.requests(LOAD_TIME) * load.requestLength() / GIBI);
            default ->
                throw new BenchException(
                        "unit " + measure.unit() + " found, IOPS, MiB/s, us/op, ms/GiB or us expected");
        };
    }

    @Override
    public void close() {
        server.close();
    }

    private Load load(Measure measure) throws BenchException {
        Load load = loads.get(measure);
        if (load == null) {
            throw new BenchException("the program for " + measure.name() + " is not installed");
        }
        return load;
    }
}
