package dev.quoin.raid;

/** What a round of writes changes in a band, row by row, and what it must know for that. */
sealed interface FreshRows permits CopiedRows, ParityRows {

    /**
     * Plans it.
     *
     * @param noUpdate rows whose parity must not be made from the old parity, as a mask
     */
    static FreshRows plan(ArrayCore core, RowView view, NewContent content, long noUpdate) {
        return core.map.redundancy().parities() == 0
                ? new CopiedRows(core, view, content)
                : new ParityRows(core, view, content, noUpdate);
    }

    /** For each column the rows whose old cells are needed, as masks. */
    long[] need();

    /** The rows whose parity is made from the old parity and not from the rest of the row, as a mask. */
    long updated();

    /** The changes, given what was needed. */
    BandRecord record(RowFetch fetch);

    /** A cell of {@code bytes}, which begin at the first row of the view, as content of its column. */
    static Pending stored(ArrayCore core, RowView view, BandRecord record, int column, int row, byte[] bytes) {
        int at = (row - view.low) * core.map.cell();
        long address = core.map.memberCell(view.band, column, row);
        int checksum = core.checksum.of(core.map.role(column), address, bytes, at);
        return Pending.data(record, checksum, bytes, at);
    }
}
