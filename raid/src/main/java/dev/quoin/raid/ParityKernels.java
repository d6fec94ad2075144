package dev.quoin.raid;

import java.lang.foreign.MemorySegment;

/**
 * The loops that make parities, for who wants to know what they cost. Pure; no use of arrays needs this.
 *
 * <p>Ranges begin at a multiple of 512 bytes and are such multiples. RAID 6, and whole stripes that are written from buffers outside the heap,
 * use the processor's vectors if the program was started with {@code --add-modules jdk.incubator.vector}.
 */
public final class ParityKernels {

    private ParityKernels() {}

    /** Sets the range of {@code parity} to the XOR of that of all data, as RAID 3 and 5 do. */
    public static void xor(byte[] parity, byte[][] data, int at, int length) {
        Xor.into(parity, data, at, length);
    }

    /**
     * As the other, outside the heap, best from a cache line on.
     *
     * @throws UnsupportedOperationException if the program was started without vectors
     */
    public static void xor(MemorySegment parity, MemorySegment[] data, int at, int length) {
        buffers().xor(parity, data, at, length);
    }

    /** Sets the ranges of {@code p} and {@code q} to the two parities of that of all data, as RAID 6 does. */
    public static void pq(byte[] p, byte[] q, byte[][] data, int at, int length) {
        Galois.syndromes(p, q, data, at, length);
    }

    /**
     * As the other, outside the heap, best from a cache line on.
     *
     * @throws UnsupportedOperationException if the program was started without vectors
     */
    public static void pq(MemorySegment p, MemorySegment q, MemorySegment[] data, int at, int length) {
        buffers().syndromes(p, q, data, at, length);
    }

    private static BufferKernel buffers() {
        if (Galois.BUFFERS == null) {
            throw new UnsupportedOperationException("start the program with --add-modules jdk.incubator.vector");
        }
        return Galois.BUFFERS;
    }
}
