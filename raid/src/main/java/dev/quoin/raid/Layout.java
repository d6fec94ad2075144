package dev.quoin.raid;

/**
 * Which member holds which chunk of a stripe.
 *
 * <p>A stripe is one chunk on every member, at the same place of each. Pure.
 */
sealed interface Layout permits LeftSymmetric {

    /** The number of members. */
    int roles();

    /** The number of chunks of a stripe that hold data. */
    int dataChunks();

    /** The role that holds the parity of the stripe. */
    int parityRole(long stripe);

    /** The role that holds the data chunk {@code index} (from 0 to {@link #dataChunks()} - 1) of the stripe. */
    int dataRole(long stripe, int index);

    /** The number of members that may be lost. */
    int tolerance();
}
