package dev.quoin.raid;

/**
 * The loops that make parities, for who wants to know what they cost. Pure; no use of arrays needs this.
 *
 * <p>Ranges begin at a multiple of 512 bytes and are such multiples. RAID 6 uses the processor's vectors if the program was started with
 * {@code --add-modules jdk.incubator.vector}.
 */
public final class ParityKernels {

    private ParityKernels() {}

    /** Sets the range of {@code parity} to the XOR of that of all data, as RAID 3 and 5 do. */
    public static void xor(byte[] parity, byte[][] data, int at, int length) {
        Xor.into(parity, data, at, length);
    }

    /** Sets the ranges of {@code p} and {@code q} to the two parities of that of all data, as RAID 6 does. */
    public static void pq(byte[] p, byte[] q, byte[][] data, int at, int length) {
        Galois.syndromes(p, q, data, at, length);
    }
}
