package dev.quoin.raid;

import java.util.function.Predicate;

/**
 * A round of writes of whole codewords over something, of an array with the policy {@link JournalPolicy#HEADERS}.
 *
 * <p>Its record has no copy of the content, but the checksums of what comes and of what was. When that is durable the content is put
 * in place, and when it is there the writes are acknowledged; so a flush that comes after has nothing of it left to wait for but
 * the members. A replay looks what lies in place, see {@link Overwritten}.
 *
 * <p>Not over what is nothing yet, and not before what the journal has a copy of is in place: so when this is put in place what lies below is
 * durable there, and its checksum proves it. Else nobody could tell whether a cell that is neither was torn, or never reached.
 *
 * <p>Only while every role has its member, as nothing can be made of a codeword of which some cells are old and others new. For the same
 * reason, a write that a new parity needs other cells for waits until these are in place.
 */
final class Overwrite {

    private Overwrite() {}

    /**
     * Whether a round is such a write.
     *
     * @param rows those of {@link WholeCodewords}
     */
    static boolean suits(ArrayCore core, RowView view, long[] rows) {
        return core.policy == JournalPolicy.HEADERS && areWritten(core, view, rows);
    }

    private static boolean areWritten(ArrayCore core, RowView view, long[] rows) {
        for (int index = 0; index < rows.length; index++) {
            if ((rows[index] & view.unwritten(core.map.dataColumn(view.band, index))) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a round has to wait until what is below it, or what a parity of it depends on, is in place. */
    static boolean waits(ArrayCore core, RowView view, boolean over) {
        if (over) {
            return anyPending(core, view, newest -> newest.kind != Pending.Kind.OVER && !newest.isPlaced());
        }
        return core.policy == JournalPolicy.HEADERS
                && core.map.redundancy().parities() > 0
                && anyPending(core, view, newest -> newest.kind == Pending.Kind.OVER);
    }

    private static boolean anyPending(ArrayCore core, RowView view, Predicate<Pending> wanted) {
        for (int column = 0; column < core.map.columns(); column++) {
            for (int row = view.low; row < view.low + view.span; row++) {
                Pending newest = view.pending(column, row);
                if (newest != null && wanted.test(newest)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Takes the content out of what the journal is to hold of a record. */
    static BandRecord leaveOut(ArrayCore core, RowView view, BandRecord record) {
        for (int column = 0; column < core.map.columns(); column++) {
            for (long left = record.rows(column, Pending.Kind.DATA); left != 0; left &= left - 1) {
                int row = Long.numberOfTrailingZeros(left);
                record.leaveOut(column, row, before(core, view, column, row));
            }
        }
        return record;
    }

    private static int before(ArrayCore core, RowView view, int column, int row) {
        Pending newest = view.pending(column, row);
        if (newest != null) {
            return newest.isUnwritten() ? BlockChecksum.UNWRITTEN : newest.checksum;
        }
        Member member = core.member(core.map.role(column));
        return member.checksums.get(core.map.memberCell(view.band, column, row));
    }
}
