package dev.quoin.raid;

import org.jspecify.annotations.Nullable;

/**
 * Changes of a level with parity.
 *
 * <p>The parity of a row is updated, from the old versions of what changes and of the parity, or made from the whole row, from what
 * does not change: whichever takes fewer reads. Of a row that is written whole, or held nothing, nothing is read.
 */
final class ParityRows implements FreshRows {

    private final ArrayCore core;
    private final Addressing map;
    private final RowView view;
    private final NewContent content;
    private final int[] dataColumns;
    private final int[] parities;
    private final long[] need;
    private final long blank;
    private long updated;
    private long cleared;
    private long changed;

    ParityRows(ArrayCore core, RowView view, NewContent content, long noUpdate) {
        this.core = core;
        this.map = core.map;
        this.view = view;
        this.content = content;
        this.parities = map.parities(view.band);
        this.dataColumns = new int[content.chunks()];
        for (int index = 0; index < dataColumns.length; index++) {
            dataColumns[index] = map.dataColumn(view.band, index);
        }
        this.need = new long[map.columns()];
        this.blank = view.unwritten(dataColumns[0]);
        for (int row = view.low; row < view.low + view.span; row++) {
            plan(row, (noUpdate & 1L << row) != 0);
        }
    }

    @Override
    public long[] need() {
        return need.clone();
    }

    @Override
    public long updated() {
        return updated;
    }

    private void plan(int row, boolean noUpdate) {
        long bit = 1L << row;
        boolean anyData = false;
        boolean any = false;
        boolean full = true;
        for (int index = 0; index < dataColumns.length; index++) {
            anyData |= (content.data(index) & bit) != 0;
            any |= isFresh(index, bit);
            full &= isFresh(index, bit);
        }
        boolean isBlank = (blank & bit) != 0;
        if (!any || (isBlank && !anyData)) {
            return;
        }
        changed |= bit;
        if (full && !anyData) {
            cleared |= bit;
        } else if (!full && !isBlank && anyParity()) {
            planReads(row, bit, noUpdate);
        }
    }

    private void planReads(int row, long bit, boolean noUpdate) {
        int update = 0;
        int rest = 0;
        for (int parity : parities) {
            update += view.member(parity) == null ? 0 : cost(parity, row);
        }
        for (int index = 0; index < dataColumns.length; index++) {
            int cost = cost(dataColumns[index], row);
            update += isFresh(index, bit) ? cost : 0;
            rest += isFresh(index, bit) ? 0 : cost;
        }
        boolean byUpdate = !noUpdate && update < rest;
        for (int parity : parities) {
            need[parity] |= byUpdate && view.member(parity) != null ? bit : 0;
        }
        for (int index = 0; index < dataColumns.length; index++) {
            need[dataColumns[index]] |= isFresh(index, bit) == byUpdate ? bit : 0;
        }
        updated |= byUpdate ? bit : 0;
    }

    /** How many reads a cell costs: none if it is in memory, and all the others of its row if it has no member. */
    private int cost(int column, int row) {
        if (view.member(column) == null) {
            return map.columns();
        }
        Pending newest = view.pending(column, row);
        return newest == null || newest.isPlaced() ? 1 : 0;
    }

    private boolean isFresh(int index, long bit) {
        return (content.fresh(index) & bit) != 0;
    }

    private boolean anyParity() {
        for (int parity : parities) {
            if (view.member(parity) != null) {
                return true;
            }
        }
        return false;
    }

    @Override
    public BandRecord record(RowFetch fetch) {
        BandRecord record = new BandRecord(view.band, view.low, view.span, map.columns(), view.absent);
        long normal = changed & ~cleared;
        for (int index = 0; index < dataColumns.length; index++) {
            putData(record, index, normal);
        }
        for (int parity : parities) {
            record.implied[parity] |= view.member(parity) == null ? changed : 0;
        }
        if (normal != 0 && anyParity()) {
            putParities(record, normal, fetch);
        }
        for (long left = cleared; left != 0; left &= left - 1) {
            clear(record, Long.numberOfTrailingZeros(left));
        }
        return record;
    }

    private void putData(BandRecord record, int index, long normal) {
        int column = dataColumns[index];
        if (view.member(column) == null) {
            record.implied[column] |= normal & (content.fresh(index) | blank);
            record.implied[column] |= cleared;
            return;
        }
        for (long left = normal & content.data(index); left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            record.put(column, row, FreshRows.stored(core, view, record, column, row, content.bytes(index)));
        }
        // A row of nothing becomes one of cells: the other cells are zeroes from now on.
        long zeroes = normal & ((blank & ~content.data(index)) | content.zero(index));
        for (long left = zeroes; left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            boolean inPlace = (view.unwrittenInPlace(column) & 1L << row) != 0;
            Pending.Kind kind = inPlace ? Pending.Kind.ZERO_IN_PLACE : Pending.Kind.ZERO;
            int checksum = core.checksum.ofZeroes(map.role(column), map.memberCell(view.band, column, row));
            record.put(column, row, Pending.zeroes(record, kind, checksum));
        }
    }

    private void clear(BandRecord record, int row) {
        for (int column : map.words(view.band)[0]) {
            if (view.member(column) != null) {
                record.put(column, row, Pending.zeroes(record, Pending.Kind.UNWRITTEN, BlockChecksum.UNWRITTEN));
            }
        }
    }

    /** Computes the parities of runs of rows that are alike in one pass each. */
    private void putParities(BandRecord record, long normal, RowFetch fetch) {
        byte[][] targets = new byte[parities.length][view.span * map.cell()];
        int row = view.low;
        int end = view.low + view.span;
        while (row < end) {
            int from = row++;
            if ((normal & 1L << from) == 0) {
                continue;
            }
            while (row < end && (normal & 1L << row) != 0 && alike(from, row)) {
                row++;
            }
            int at = (from - view.low) * map.cell();
            int length = (row - from) * map.cell();
            if ((updated & 1L << from) != 0) {
                update(targets, fetch, from, at, length);
            } else {
                make(targets, fetch, from, at, length);
            }
        }
        for (int each = 0; each < parities.length; each++) {
            int column = parities[each];
            for (long left = view.member(column) == null ? 0 : normal; left != 0; left &= left - 1) {
                int at = Long.numberOfTrailingZeros(left);
                record.put(column, at, FreshRows.stored(core, view, record, column, at, targets[each]));
            }
        }
    }

    private boolean alike(int a, int b) {
        boolean same = bitOf(updated, a) == bitOf(updated, b) && bitOf(blank, a) == bitOf(blank, b);
        for (int index = 0; index < dataColumns.length && same; index++) {
            same = isFresh(index, 1L << a) == isFresh(index, 1L << b);
        }
        return same;
    }

    private void make(byte[][] targets, RowFetch fetch, int row, int at, int length) {
        byte @Nullable [] zeroes = null;
        byte[][] inputs = new byte[dataColumns.length][];
        for (int index = 0; index < inputs.length; index++) {
            if (isFresh(index, 1L << row)) {
                inputs[index] = content.bytes(index);
            } else if (bitOf(blank, row)) {
                zeroes = zeroes == null ? new byte[view.span * map.cell()] : zeroes;
                inputs[index] = zeroes;
            } else {
                inputs[index] = fetch.content(dataColumns[index]);
            }
        }
        if (targets.length == 2 && view.member(parities[1]) != null) {
            Galois.syndromes(targets[0], targets[1], inputs, at, length);
        } else {
            Xor.into(targets[0], inputs, at, length);
        }
    }

    private void update(byte[][] targets, RowFetch fetch, int row, int at, int length) {
        if (view.member(parities[0]) != null) {
            byte[][] inputs = new byte[2 * dataColumns.length + 1][];
            int count = 0;
            inputs[count++] = fetch.content(parities[0]);
            for (int index = 0; index < dataColumns.length; index++) {
                if (isFresh(index, 1L << row)) {
                    inputs[count++] = content.bytes(index);
                    inputs[count++] = fetch.content(dataColumns[index]);
                }
            }
            Xor.into(targets[0], inputs, count, at, length);
        }
        if (parities.length == 2 && view.member(parities[1]) != null) {
            updateQ(targets[1], fetch, row, at, length);
        }
    }

    private void updateQ(byte[] target, RowFetch fetch, int row, int at, int length) {
        System.arraycopy(fetch.content(parities[1]), at, target, at, length);
        byte[] change = new byte[at + length];
        for (int index = 0; index < dataColumns.length; index++) {
            if (isFresh(index, 1L << row)) {
                byte[][] versions = {content.bytes(index), fetch.content(dataColumns[index])};
                Xor.into(change, versions, at, length);
                Galois.addProduct(target, change, Galois.power(index), at, length);
            }
        }
    }

    private static boolean bitOf(long mask, int row) {
        return (mask & 1L << row) != 0;
    }
}
