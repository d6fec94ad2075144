package dev.quoin.raid;

import java.util.ArrayList;
import java.util.List;
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
    /** For each role the new blocks by row less {@link #low}; null where nothing changes. */
    final Pending @Nullable [][] blocks;
    /** For each role the rows that change without being stored, because the member is absent. */
    final long[] implied;
    /** The roles that were absent for this band. */
    final int absent;

    final List<Ack> acks = new ArrayList<>();
    /** The memory that was reserved for it, to be given back when it is in place. */
    long reserved;

    private volatile long sequence = Long.MAX_VALUE;
    private int payload;

    /** Who waits for this record, and whether for its durability. */
    record Ack(Completion completion, boolean durable) {}

    BandRecord(long band, int low, int span, int roles, int absent) {
        this.band = band;
        this.low = low;
        this.span = span;
        this.blocks = new Pending[roles][];
        this.implied = new long[roles];
        this.absent = absent;
    }

    void put(int role, int row, Pending block) {
        Pending[] ofRole = blocks[role];
        if (ofRole == null) {
            ofRole = new Pending[span];
            blocks[role] = ofRole;
        }
        ofRole[row - low] = block;
        if (block.kind == Pending.Kind.DATA) {
            payload += Addressing.BLOCK;
        }
    }

    @Nullable Pending get(int role, int row) {
        Pending[] ofRole = blocks[role];
        return ofRole == null || row < low || row >= low + span ? null : ofRole[row - low];
    }

    /** The rows of a role that hold blocks of these kinds. */
    long rows(int role, Pending.Kind kind) {
        Pending[] ofRole = blocks[role];
        long mask = 0;
        for (int i = 0; ofRole != null && i < span; i++) {
            if (ofRole[i] != null && ofRole[i].kind == kind) {
                mask |= 1L << (low + i);
            }
        }
        return mask;
    }

    boolean touches(int role) {
        return blocks[role] != null;
    }

    boolean isEmpty() {
        for (int role = 0; role < blocks.length; role++) {
            if (blocks[role] != null || implied[role] != 0) {
                return false;
            }
        }
        return true;
    }

    /** How many bytes of new content it holds. */
    int payload() {
        return payload;
    }

    /** The number of the batch that holds this record; {@link Long#MAX_VALUE} while it is in none. */
    long sequence() {
        return sequence;
    }

    void sequence(long assigned) {
        sequence = assigned;
    }
}
