package dev.quoin.raid;

import org.jspecify.annotations.Nullable;

/**
 * What is known about some rows of a band without reading them. Made and used by who has the band.
 *
 * <p>In a row, either every cell of a codeword was written or none: the first write to a codeword makes all its cells written ones,
 * those of no interest with zeroes. So the cells vouch for each other's state, and one that stands against all others has lost its
 * checksum.
 */
final class RowView {

    final long band;
    final int low;
    final int span;
    /** The roles without current data, as bits. */
    final int absent;

    private final Addressing map;
    private final @Nullable Member[] members;
    private final @Nullable Pending @Nullable [][] pending;
    private final long[] unwritten;
    private final long[] unwrittenInPlace;
    private final long[] disputed;
    private final long[] unvouched;

    RowView(ArrayCore core, long band, int low, int span) {
        this.band = band;
        this.low = low;
        this.span = span;
        this.map = core.map;
        int columns = map.columns();
        this.members = new Member[columns];
        this.pending = new Pending[columns][];
        this.unwritten = new long[columns];
        this.unwrittenInPlace = new long[columns];
        this.disputed = new long[columns];
        this.unvouched = new long[columns];
        int missing = 0;
        for (int column = 0; column < columns; column++) {
            int role = map.role(column);
            members[column] = core.present(role, band);
            pending[column] = members[column] == null ? null : core.bands.pending(band, column, low, span);
            missing |= members[column] == null ? 1 << role : 0;
        }
        this.absent = missing;
        for (int[] word : map.words(band)) {
            for (int row = low; row < low + span; row++) {
                classify(word, row);
            }
        }
    }

    private void classify(int[] word, int row) {
        int written = 0;
        int blank = 0;
        boolean anyPending = false;
        for (int position = 0; position < word.length; position++) {
            Member member = members[word[position]];
            if (member == null) {
                continue;
            }
            Pending newest = pending(word[position], row);
            anyPending |= newest != null;
            boolean isBlank = newest != null
                    ? newest.isUnwritten()
                    : member.checksums.get(map.memberCell(band, word[position], row)) == BlockChecksum.UNWRITTEN;
            written |= isBlank ? 0 : 1 << position;
            blank |= isBlank ? 1 << position : 0;
        }
        if (written == 0) {
            blank(word, row, !anyPending);
            if (Integer.bitCount(blank) == 1 && !anyPending) {
                doubt(word, row, members[word[Integer.numberOfTrailingZeros(blank)]]);
            }
        } else if (isStray(word.length, written, blank)) {
            // One entry of something in a codeword of nothing: that entry is damaged.
            int column = word[Integer.numberOfTrailingZeros(written)];
            Member stray = members[column];
            if (stray != null) {
                stray.checksums.set(map.memberCell(band, column, row), BlockChecksum.UNWRITTEN);
            }
            blank(word, row, !anyPending);
        } else {
            for (int left = blank; left != 0; left &= left - 1) {
                disputed[word[Integer.numberOfTrailingZeros(left)]] |= 1L << row;
            }
        }
    }

    /** One member alone says that there is nothing: it can be looked whether there is, if it was made with zeroes. */
    private void doubt(int[] word, int row, @Nullable Member lone) {
        if (lone != null && lone.zeroed) {
            for (int column : word) {
                unvouched[column] |= 1L << row;
            }
        }
    }

    /** Whether one entry is damaged rather than all others, which are more than could be made of it. */
    private boolean isStray(int width, int written, int blank) {
        return Integer.bitCount(written) == 1
                && Integer.bitCount(blank) > 1
                && !map.redundancy().restores(width, blank);
    }

    private void blank(int[] word, int row, boolean inPlace) {
        for (int column : word) {
            unwritten[column] |= 1L << row;
            unwrittenInPlace[column] |= inPlace ? 1L << row : 0;
        }
    }

    /** The rows in which the codeword of a column holds nothing, as a mask. */
    long unwritten(int column) {
        return unwritten[column];
    }

    /** Of these the rows of which that is so on the members too, as a mask. */
    long unwrittenInPlace(int column) {
        return unwrittenInPlace[column];
    }

    /** The rows of which a column's checksum was lost, as a mask. */
    long disputed(int column) {
        return disputed[column];
    }

    /** The rows that hold nothing according to one member alone, if its zeroes can confirm that, as a mask. */
    long unvouched(int column) {
        return unvouched[column];
    }

    /** The rows that hold nothing, as far as can be known without reading, as a mask. */
    long surelyUnwritten(int column) {
        return unwritten[column] & ~unvouched[column];
    }

    /** The member of a column, null if it has no current data. */
    @Nullable Member member(int column) {
        return members[column];
    }

    /** The newest content of a cell if it is not yet in place. */
    @Nullable Pending pending(int column, int row) {
        Pending[] ofColumn = pending[column];
        return ofColumn == null ? null : ofColumn[row - low];
    }
}
