package dev.quoin.raid;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The parities of data outside the heap, as wide as the processor's vectors. Stateless.
 *
 * <p>There memory can begin at a cache line, which an array on the heap never does: each of its vectors of 64 bytes crosses one, and takes
 * twice the time. Four inputs a pass, out of place but for what a pass before has summed up, with an {@code int} index.
 *
 * <p>Loaded only where the module that it needs is there. Every segment must be native: with arrays among them the compiler would have to tell them
 * apart in each step, so these have {@link VectorKernel}. Ranges are multiples of 512 bytes and begin at such a multiple.
 */
final class BufferKernel {

    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** Sets the range of {@code p} to the XOR of that of all data. */
    void xor(MemorySegment p, MemorySegment[] data, int at, int length) {
        int end = at + length;
        int k = data.length - 1;
        switch (k % 4) {
            case 0 -> MemorySegment.copy(data[k], at, p, at, length);
            case 1 -> xor(p, data[k], data[k - 1], at, end);
            case 2 -> xor(p, data[k], data[k - 1], data[k - 2], at, end);
            default -> xor(p, data[k], data[k - 1], data[k - 2], data[k - 3], at, end);
        }
        for (k -= 1 + k % 4; k >= 0; k -= 4) {
            addXor(p, data[k], data[k - 1], data[k - 2], data[k - 3], at, end);
        }
    }

    /** As {@link Galois#syndromes}. */
    void syndromes(MemorySegment p, MemorySegment q, MemorySegment[] data, int at, int length) {
        int end = at + length;
        int k = data.length - 1;
        switch (k % 4) {
            case 0 -> {
                MemorySegment.copy(data[k], at, p, at, length);
                MemorySegment.copy(data[k], at, q, at, length);
            }
            case 1 -> both(p, q, data[k], data[k - 1], at, end);
            case 2 -> both(p, q, data[k], data[k - 1], data[k - 2], at, end);
            default -> both(p, q, data[k], data[k - 1], data[k - 2], data[k - 3], at, end);
        }
        for (k -= 1 + k % 4; k >= 0; k -= 4) {
            addBoth(p, q, data[k], data[k - 1], data[k - 2], data[k - 3], at, end);
        }
    }

    private static ByteVector load(MemorySegment from, int at) {
        return ByteVector.fromMemorySegment(SPECIES, from, at, ORDER);
    }

    private static ByteVector sum(ByteVector a, ByteVector b) {
        return a.lanewise(VectorOperators.XOR, b);
    }

    private static void xor(MemorySegment p, MemorySegment b, MemorySegment a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            sum(load(b, i), load(a, i)).intoMemorySegment(p, i, ORDER);
        }
    }

    private static void xor(MemorySegment p, MemorySegment c, MemorySegment b, MemorySegment a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            sum(sum(load(c, i), load(b, i)), load(a, i)).intoMemorySegment(p, i, ORDER);
        }
    }

    private static void xor(
            MemorySegment p, MemorySegment d, MemorySegment c, MemorySegment b, MemorySegment a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            sum(sum(load(d, i), load(c, i)), sum(load(b, i), load(a, i))).intoMemorySegment(p, i, ORDER);
        }
    }

    private static void addXor(
            MemorySegment p, MemorySegment d, MemorySegment c, MemorySegment b, MemorySegment a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector four = sum(sum(load(d, i), load(c, i)), sum(load(b, i), load(a, i)));
            sum(load(p, i), four).intoMemorySegment(p, i, ORDER);
        }
    }

    private static void both(MemorySegment p, MemorySegment q, MemorySegment b, MemorySegment a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector vb = load(b, i);
            ByteVector va = load(a, i);
            sum(vb, va).intoMemorySegment(p, i, ORDER);
            VectorKernel.horner(vb, va).intoMemorySegment(q, i, ORDER);
        }
    }

    private static void both(
            MemorySegment p, MemorySegment q, MemorySegment c, MemorySegment b, MemorySegment a, int at, int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector vc = load(c, i);
            ByteVector vb = load(b, i);
            ByteVector va = load(a, i);
            sum(sum(vc, vb), va).intoMemorySegment(p, i, ORDER);
            VectorKernel.horner(VectorKernel.horner(vc, vb), va).intoMemorySegment(q, i, ORDER);
        }
    }

    private static void both(
            MemorySegment p,
            MemorySegment q,
            MemorySegment d,
            MemorySegment c,
            MemorySegment b,
            MemorySegment a,
            int at,
            int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector vd = load(d, i);
            ByteVector vc = load(c, i);
            ByteVector vb = load(b, i);
            ByteVector va = load(a, i);
            sum(sum(vd, vc), sum(vb, va)).intoMemorySegment(p, i, ORDER);
            VectorKernel.horner(vd, vc, vb, va).intoMemorySegment(q, i, ORDER);
        }
    }

    private static void addBoth(
            MemorySegment p,
            MemorySegment q,
            MemorySegment d,
            MemorySegment c,
            MemorySegment b,
            MemorySegment a,
            int at,
            int end) {
        for (int i = at; i < end; i += SPECIES.length()) {
            ByteVector vd = load(d, i);
            ByteVector vc = load(c, i);
            ByteVector vb = load(b, i);
            ByteVector va = load(a, i);
            sum(load(p, i), sum(sum(vd, vc), sum(vb, va))).intoMemorySegment(p, i, ORDER);
            VectorKernel.horner(VectorKernel.horner(load(q, i), vd), vc, vb, va).intoMemorySegment(q, i, ORDER);
        }
    }
}
