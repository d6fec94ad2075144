package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the methods of {@link KernelBenchmark}, each in a process of its own.
 *
 * @param suffix of the methods of this one, behind the name of the kernel
 */
record KernelContestant(String name, String suffix) implements Contestant {

    private static final int WARM_UPS = 2;

    @Override
    public boolean takesPart(Measure measure) {
        return RaidArea.KERNELS.contains(measure);
    }

    @Override
    public void warmUp(Measure measure) {
        // Each run is a process of its own, which warms itself up.
    }

    @Override
    public double run(Measure measure) throws BenchException {
        String method = measure.name().substring("kernel-".length()) + suffix;
        var options = new OptionsBuilder()
                .include("^" + KernelBenchmark.class.getName().replace(".", "\\.") + "\\." + method + "$")
                .forks(1)
                .warmupIterations(WARM_UPS)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(1)
                .measurementTime(TimeValue.seconds(1))
                .jvmArgsAppend(
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow")
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .build();
        try {
            double perSecond =
                    new Runner(options).runSingle().getPrimaryResult().getScore();
            return perSecond * KernelBenchmark.CHUNKS * KernelBenchmark.CHUNK / 1e9;
        } catch (RunnerException failure) {
            throw new BenchException("kernel " + method + " cannot be measured: " + failure.getMessage(), failure);
        }
    }

    @Override
    public void close() {
        // Nothing is open between two runs.
    }
}
