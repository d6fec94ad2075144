package dev.quoin.raid;

import org.jspecify.annotations.Nullable;

/** Where the newest version of a cell comes from when the journal is replayed. */
sealed interface CellSource {
    /** The journal of its member. */
    record Stored(long offset, int checksum) implements CellSource {}

    /** Its place, where it was put before batch {@code sequence} was recorded. */
    record Placed(int checksum, long sequence) implements CellSource {}

    /**
     * Its place, over something, where it was put after batch {@code sequence} was durable. If it is not there, or not whole, what was
     * before counts; if that cannot be had either, the other cells of the codeword have to do.
     *
     * @param before the checksum of what was there
     * @param previous where that comes from
     */
    record Over(int checksum, int before, long sequence, CellSource previous) implements CellSource {

        /** What comes over a version that the journal has, or, if it has none, over what its checksum tells. */
        static Over of(int checksum, int before, long sequence, @Nullable CellSource previous) {
            if (previous != null) {
                return new Over(checksum, before, sequence, previous);
            }
            return new Over(
                    checksum,
                    before,
                    sequence,
                    switch (before) {
                        case BlockChecksum.UNWRITTEN -> new Unwritten();
                        case BlockChecksum.BAD -> new Rest(null, sequence);
                        default -> new Placed(before, sequence);
                    });
        }
    }

    /** The other cells of its codeword, since batch {@code sequence}; the checksum if it is known. */
    record Rest(@Nullable Integer checksum, long sequence) implements CellSource {}

    /** Made from the other blocks. */
    record Made(byte[] bytes, int checksum) implements CellSource {}

    /** Zeroes. */
    record Zero() implements CellSource {}

    /** Nowhere: it is lost. */
    record Bad() implements CellSource {}

    /** Nothing: the row holds nothing any more. */
    record Unwritten() implements CellSource {}
}
