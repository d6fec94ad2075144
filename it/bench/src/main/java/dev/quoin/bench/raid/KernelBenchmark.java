package dev.quoin.bench.raid;

import dev.quoin.raid.ParityKernels;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A stripe of four chunks of data that fits into the second cache, and what is made of it. One thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class KernelBenchmark {

    /** How many chunks of data a stripe has. */
    static final int CHUNKS = 4;

    /** The length of a chunk in bytes. */
    static final int CHUNK = 64 * 1024;

    private final byte[][] data = new byte[CHUNKS][CHUNK];
    private final byte[] p = new byte[CHUNK];
    private final byte[] q = new byte[CHUNK];

    /** Fills the data. */
    @Setup
    public void fill() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        for (byte[] chunk : data) {
            random.nextBytes(chunk);
        }
    }

    /** The parity of RAID 3 and 5. */
    @Benchmark
    public byte[] xor() {
        ParityKernels.xor(p, data, 0, CHUNK);
        return p;
    }

    /** Both parities of RAID 6. */
    @Benchmark
    public byte[] pq() {
        ParityKernels.pq(p, q, data, 0, CHUNK);
        return q;
    }

    /** What the peer does with the same data: copies them. */
    @Benchmark
    public byte[] copy() {
        for (byte[] chunk : data) {
            System.arraycopy(chunk, 0, p, 0, CHUNK);
        }
        return p;
    }
}
