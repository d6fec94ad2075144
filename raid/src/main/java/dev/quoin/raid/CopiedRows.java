package dev.quoin.raid;

/** Changes of a level without parity: each cell is put on every member that has it, and nothing is ever read. */
final class CopiedRows implements FreshRows {

    private final ArrayCore core;
    private final RowView view;
    private final NewContent content;

    CopiedRows(ArrayCore core, RowView view, NewContent content) {
        this.core = core;
        this.view = view;
        this.content = content;
    }

    @Override
    public long[] need() {
        return new long[core.map.columns()];
    }

    @Override
    public long updated() {
        return 0;
    }

    @Override
    public BandRecord record(RowFetch fetch) {
        BandRecord record = new BandRecord(view.band, view.low, view.span, core.map.columns(), view.absent);
        for (int index = 0; index < content.chunks(); index++) {
            for (int column : core.map.copies(view.band, index)) {
                put(record, index, column);
            }
        }
        return record;
    }

    private void put(BandRecord record, int index, int column) {
        long cleared = content.zero(index) & ~view.unwritten(column);
        if (view.member(column) == null) {
            record.implied[column] |= content.data(index) | cleared;
            return;
        }
        for (long left = content.data(index); left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            record.put(column, row, FreshRows.stored(core, view, record, column, row, content.bytes(index)));
        }
        for (long left = cleared; left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            record.put(column, row, Pending.zeroes(record, Pending.Kind.UNWRITTEN, BlockChecksum.UNWRITTEN));
        }
    }
}
