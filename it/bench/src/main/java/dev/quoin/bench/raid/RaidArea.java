package dev.quoin.bench.raid;

import dev.quoin.bench.Area;
import dev.quoin.bench.BenchException;
import dev.quoin.bench.Better;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import dev.quoin.bench.Programs;
import java.nio.file.Path;
import java.util.List;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The parity kernels, each in a process of its own, beside a copy of the same data by {@code System.arraycopy}. */
public final class RaidArea implements Area {

    private static final Measure XOR =
            new Measure("kernel-xor", "GB/s", Better.HIGHER, "data that become a parity by XOR, 4 x 64 KiB, one core");
    private static final Measure PQ =
            new Measure("kernel-pq", "GB/s", Better.HIGHER, "data that become P and Q, 4 x 64 KiB, one core");

    @Override
    public String name() {
        return "raid";
    }

    @Override
    public List<Measure> measures() {
        return List.of(XOR, PQ);
    }

    @Override
    public List<Contestant> open(Path directory, Programs programs) {
        return List.of(new Kernel("quoin"), new Kernel("arraycopy"));
    }

    /** Runs one method of {@link KernelBenchmark}. */
    private record Kernel(String name) implements Contestant {

        private static final int WARM_UPS = 2;

        @Override
        public void warmUp(Measure measure) {
            // Each run is a process of its own, which warms itself up.
        }

        @Override
        public double run(Measure measure) throws BenchException {
            String method = name.equals("quoin") ? measure.name().substring("kernel-".length()) : "copy";
            var options = new OptionsBuilder()
                    .include("^" + KernelBenchmark.class.getName().replace(".", "\\.") + "\\." + method + "$")
                    .forks(1)
                    .warmupIterations(WARM_UPS)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(1)
                    .measurementTime(TimeValue.seconds(1))
                    .jvmArgsAppend("--add-modules", "jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow")
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
}
