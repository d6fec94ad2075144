package dev.quoin.bench.raid;

import dev.quoin.raid.ParityKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
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

    private static final int CACHE_LINE = 64;

    private final byte[][] data = new byte[CHUNKS][CHUNK];
    private final byte[] p = new byte[CHUNK];
    private final byte[] q = new byte[CHUNK];
    private final MemorySegment[] outside = new MemorySegment[CHUNKS];
    private final MemorySegment outsideP = outside();
    private final MemorySegment outsideQ = outside();
    private @Nullable IsaL peer;
    private MemorySegment peerXor = MemorySegment.NULL;
    private MemorySegment peerPq = MemorySegment.NULL;

    // Each begins at another set of the first cache: as they come, not all at the same.
    private static MemorySegment outside() {
        return Arena.global().allocate(CHUNK + 2 * CACHE_LINE, CACHE_LINE).asSlice(0, CHUNK);
    }

    /** Fills the data. */
    @Setup
    public void fill() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        for (int i = 0; i < CHUNKS; i++) {
            random.nextBytes(data[i]);
            outside[i] = outside().copyFrom(MemorySegment.ofArray(data[i]));
        }
        peer = IsaL.find().orElse(null);
        MemorySegment[] vector = Arrays.copyOf(outside, CHUNKS + 2);
        vector[CHUNKS] = outsideP;
        vector[CHUNKS + 1] = outsideQ;
        peerXor = IsaL.vector(Arrays.copyOf(vector, CHUNKS + 1));
        peerPq = IsaL.vector(vector);
    }

    /** The parity of RAID 3 and 5, of buffers outside the heap. */
    @Benchmark
    public MemorySegment xor() {
        ParityKernels.xor(outsideP, outside, 0, CHUNK);
        return outsideP;
    }

    /** Both parities of RAID 6, of buffers outside the heap. */
    @Benchmark
    public MemorySegment pq() {
        ParityKernels.pq(outsideP, outsideQ, outside, 0, CHUNK);
        return outsideQ;
    }

    /** As {@link #xor}, of arrays on the heap. */
    @Benchmark
    public byte[] xorHeap() {
        ParityKernels.xor(p, data, 0, CHUNK);
        return p;
    }

    /** As {@link #pq}, of arrays on the heap. */
    @Benchmark
    public byte[] pqHeap() {
        ParityKernels.pq(p, q, data, 0, CHUNK);
        return q;
    }

    /** As {@link #xor}, by the library that is written for this. */
    @Benchmark
    public MemorySegment xorIsaL() {
        Objects.requireNonNull(peer).xor(CHUNKS + 1, CHUNK, peerXor);
        return outsideP;
    }

    /** As {@link #pq}, by the library that is written for this. */
    @Benchmark
    public MemorySegment pqIsaL() {
        Objects.requireNonNull(peer).pq(CHUNKS + 2, CHUNK, peerPq);
        return outsideQ;
    }

    /** What a copy of the same data costs, into one place. */
    @Benchmark
    public MemorySegment xorCopy() {
        for (MemorySegment chunk : outside) {
            outsideP.copyFrom(chunk);
        }
        return outsideP;
    }

    /** The same. */
    @Benchmark
    public MemorySegment pqCopy() {
        return xorCopy();
    }
}
