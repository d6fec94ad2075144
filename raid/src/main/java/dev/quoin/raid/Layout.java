package dev.quoin.raid;

/**
 * Which member holds which chunk of a stripe, and which chunks depend on each other. Pure.
 *
 * <p>A stripe is one chunk on every member, at the same place of each; or, where a chunk's copies may lie in two stripes, so many
 * stripes behind each other that no chunk goes beyond them. Each chunk of a stripe is a <em>column</em>: column {@code c} is on
 * member {@code c % roles()}, in the {@code c / roles()}-th of the stripes. Columns that depend on each other are a
 * <em>codeword</em>; see {@link Redundancy} for their order.
 */
sealed interface Layout permits NearCopies, LeftSymmetric, ParityLast {

    /** The number of members. */
    int roles();

    /** How many rows of chunks make a stripe: 1 but for odd numbers of members with copies. */
    default int stripes() {
        return 1;
    }

    /** The number of columns of a stripe. */
    default int columns() {
        return roles() * stripes();
    }

    /** The number of chunks of data in a stripe. */
    int dataChunks();

    /** After how many stripes the placement repeats. */
    int period();

    /**
     * The codewords of a stripe, each a list of columns. If there is one, the data chunk {@code i} is its {@code i}-th column; if there
     * are several, the data chunk {@code i} is the first column of the {@code i}-th.
     */
    int[][] codewords(long stripe);

    /** How a codeword makes up for what is missing. */
    Redundancy redundancy();

    /** Whether all data can be had without the members in these roles, given as bits. */
    boolean survives(int absentRoles);
}
