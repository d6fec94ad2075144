package dev.quoin.raid;

import org.jspecify.annotations.Nullable;

/** Where the newest version of a cell comes from when the journal is replayed. */
sealed interface CellSource {
    /** The journal of its member. */
    record Stored(long offset, int checksum) implements CellSource {}

    /** Its place, where it was put before batch {@code sequence} was recorded. */
    record Placed(int checksum, long sequence) implements CellSource {}

    /** The other cells of its codeword, since batch {@code sequence}; the checksum if it is known. */
    record Rest(@Nullable Integer checksum, long sequence) implements CellSource {}

    /** Made from the other blocks. */
    record Made(byte[] bytes, int checksum) implements CellSource {}

    /** Zeroes. */
    record Zero() implements CellSource {}

    /** Nothing: the row holds nothing any more. */
    record Unwritten() implements CellSource {}
}
