package dev.quoin.raid;

import org.jspecify.annotations.Nullable;

/**
 * A band of the new layout, made of what its blocks hold in the old one, as a record for the journal: wholly done or not at all.
 *
 * <p>It has a cell for everything that the members hold where it lies, so that nothing of what was there before counts any more; but
 * where nothing is and nothing was, there is nothing to do.
 */
final class MovedBand {

    private final ArrayCore core;
    private final Addressing map;
    private final int rows;
    private final int[] word;
    private final byte[][] content;
    private final long[] written;
    private final long band;
    private final @Nullable Member[] members;
    private BandRecord record;
    private boolean any;

    /** The band of a number in the new layout. */
    MovedBand(ArrayCore core, long number) {
        this.core = core;
        this.map = core.map;
        this.rows = map.rows();
        this.band = Addressing.MOVED + number;
        this.word = map.words(band)[0];
        this.content = new byte[map.dataChunks(band)][];
        this.written = new long[content.length];
        this.members = new Member[map.columns()];
        this.record = new BandRecord(band, 0, rows, map.columns(), 0);
    }

    /** Where the blocks of a data chunk lie in the old layout. */
    Addressing.Extent source(int index) {
        return map.offered().extent(map.block(band, index, 0), rows);
    }

    int chunks() {
        return content.length;
    }

    /** Gives a data chunk its content; one that is given none holds nothing. */
    void put(int index, byte[] bytes, long writtenRows) {
        content[index] = bytes;
        written[index] = writtenRows;
    }

    /** The record, once all content is there. */
    BandRecord record() {
        int absent = 0;
        for (int column : word) {
            members[column] = core.present(map.role(column), band);
            absent |= members[column] == null ? 1 << map.role(column) : 0;
        }
        record = new BandRecord(band, 0, rows, map.columns(), absent);
        long full = Addressing.mask(0, rows);
        long used = 0;
        for (long of : written) {
            used |= of;
        }
        for (int index = 0; index < content.length; index++) {
            putData(word[index], index, used);
        }
        if (used != 0) {
            putParity(word[content.length], used);
        }
        for (int column : word) {
            if (member(column) == null) {
                record.implied[column] |= full;
            } else {
                putNothing(column, full & ~used);
            }
        }
        if (!any) {
            // A batch without any cell, on members that are left, would not be kept.
            for (int column : word) {
                if (member(column) != null) {
                    put(column, 0, Pending.zeroes(record, Pending.Kind.UNWRITTEN, BlockChecksum.UNWRITTEN));
                }
            }
        }
        return record;
    }

    private void putData(int column, int index, long used) {
        if (member(column) == null) {
            return;
        }
        for (long left = used; left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            if ((written[index] & 1L << row) != 0) {
                putBytes(column, row, content[index]);
            } else {
                int checksum = core.checksum.ofZeroes(map.role(column), map.memberCell(band, column, row));
                put(column, row, Pending.zeroes(record, Pending.Kind.ZERO, checksum));
            }
        }
    }

    private void putParity(int column, long used) {
        if (member(column) == null) {
            return;
        }
        int length = rows * map.cell();
        byte[] parity = new byte[length];
        byte[][] data = new byte[content.length][];
        int count = 0;
        for (byte[] each : content) {
            if (each != null) {
                data[count++] = each;
            }
        }
        Xor.into(parity, data, count, 0, length);
        for (long left = used; left != 0; left &= left - 1) {
            putBytes(column, Long.numberOfTrailingZeros(left), parity);
        }
    }

    private void putNothing(int column, long of) {
        Member member = member(column);
        for (long left = of; left != 0 && member != null; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            if (member.checksums.get(map.memberCell(band, column, row)) != BlockChecksum.UNWRITTEN) {
                put(column, row, Pending.zeroes(record, Pending.Kind.UNWRITTEN, BlockChecksum.UNWRITTEN));
            }
        }
    }

    private void putBytes(int column, int row, byte[] bytes) {
        int at = row * map.cell();
        long address = map.memberCell(band, column, row);
        put(column, row, Pending.data(record, core.checksum.of(map.role(column), address, bytes, at), bytes, at));
    }

    private void put(int column, int row, Pending cell) {
        record.put(column, row, cell);
        any = true;
    }

    private @Nullable Member member(int column) {
        return members[column];
    }
}
