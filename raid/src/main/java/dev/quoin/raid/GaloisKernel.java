package dev.quoin.raid;

/** The loops behind {@link Galois}, which says what they do. Stateless. */
sealed interface GaloisKernel permits VectorKernel, WordKernel {

    void syndromes(byte[] p, byte[] q, byte[][] data, int at, int length);

    void addProduct(byte[] target, byte[] source, int factor, int at, int length);
}
