package dev.quoin.raid;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one round of writes changes in a band: the unit of the journal, done wholly or not at all.
 *
 * <p>Filled by the thread that prepares it, then handed to the {@link Journal} and not changed any more but for its sequence.
 */
final class BandRecord {

    final long band;
    /** The first row that the arrays cover. */
    final int low;
    /** How many rows they cover. */
    final int span;
    /** For each column the new cells by row less {@link #low}; null where nothing changes. */
    final Pending @Nullable [][] blocks;
    /** For each column the rows that change without being stored, because the member is absent. */
    final long[] implied;
    /** The roles that were absent for this band, as bits. */
    final int absent;

    final List<Ack> acks = new ArrayList<>();
    /** The memory that was reserved for it, to be given back when it is in place. */
    long reserved;

    private volatile long sequence = Long.MAX_VALUE;
    private int payload;
    private int placed;
    private int over;

    /** Who waits for this record, and whether for its durability. */
    record Ack(Completion completion, boolean durable) {}

    BandRecord(long band, int low, int span, int columns, int absent) {
        this.band = band;
        this.low = low;
        this.span = span;
        this.blocks = new Pending[columns][];
        this.implied = new long[columns];
        this.absent = absent;
    }

    void put(int column, int row, Pending block) {
        Pending[] ofColumn = blocks[column];
        if (ofColumn == null) {
            ofColumn = new Pending[span];
            blocks[column] = ofColumn;
        }
        ofColumn[row - low] = block;
        payload += block.kind == Pending.Kind.DATA ? 1 : 0;
        placed += block.isPlaced() ? 1 : 0;
    }

    /** Makes a cell of new content one that the journal holds the checksum of only. */
    void leaveOut(int column, int row, int replaced) {
        Pending[] ofColumn = Objects.requireNonNull(blocks[column]);
        ofColumn[row - low] = ofColumn[row - low].over(replaced);
        payload--;
        over++;
    }

    @Nullable Pending get(int column, int row) {
        Pending[] ofColumn = blocks[column];
        return ofColumn == null || row < low || row >= low + span ? null : ofColumn[row - low];
    }

    /** The rows of a column that hold cells of this kind. */
    long rows(int column, Pending.Kind kind) {
        Pending[] ofColumn = blocks[column];
        long mask = 0;
        for (int i = 0; ofColumn != null && i < span; i++) {
            if (ofColumn[i] != null && ofColumn[i].kind == kind) {
                mask |= 1L << (low + i);
            }
        }
        return mask;
    }

    boolean touches(int column) {
        return blocks[column] != null;
    }

    boolean isEmpty() {
        for (int column = 0; column < blocks.length; column++) {
            if (blocks[column] != null || implied[column] != 0) {
                return false;
            }
        }
        return true;
    }

    /** How many cells of new content it holds. */
    int payload() {
        return payload;
    }

    /** How many cells it holds that are in place already. */
    int placed() {
        return placed;
    }

    /** How many cells it holds that are put over something without a copy in the journal. */
    int over() {
        return over;
    }

    /** The number of the batch that holds this record; {@link Long#MAX_VALUE} while it is in none. */
    long sequence() {
        return sequence;
    }

    void sequence(long assigned) {
        sequence = assigned;
    }
}
