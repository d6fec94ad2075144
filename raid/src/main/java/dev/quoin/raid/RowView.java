package dev.quoin.raid;

import org.jspecify.annotations.Nullable;

/**
 * What is known about some rows of a band without reading them. Made and used by who has the band.
 *
 * <p>In a row, either every block was written or none: the first write to a row makes all its blocks written ones, those of no
 * interest with zeroes. So the blocks of a row vouch for each other's state, and one that stands against all others has
 * lost its checksum.
 */
final class RowView {

    final long band;
    final int low;
    final int span;
    /** The roles without current data, as bits. */
    final int absent;

    private final @Nullable Member[] members;
    private final @Nullable Pending @Nullable [][] pending;
    private final long[] disputed;
    private long unwritten;
    private long unwrittenInPlace;

    RowView(ArrayCore core, long band, int low, int span) {
        this.band = band;
        this.low = low;
        this.span = span;
        int roles = core.roles();
        this.members = new Member[roles];
        this.pending = new Pending[roles][];
        this.disputed = new long[roles];
        int missing = 0;
        for (int role = 0; role < roles; role++) {
            members[role] = core.present(role, band);
            pending[role] = members[role] == null ? null : core.bands.pending(band, role, low, span);
            missing |= members[role] == null ? 1 << role : 0;
        }
        this.absent = missing;
        for (int row = low; row < low + span; row++) {
            classify(core.map.memberBlock(band, row), row);
        }
    }

    private void classify(long block, int row) {
        int written = 0;
        int blank = 0;
        boolean anyPending = false;
        for (int role = 0; role < members.length; role++) {
            Member member = members[role];
            if (member == null) {
                continue;
            }
            Pending newest = pending(role, row);
            anyPending |= newest != null;
            boolean isBlank =
                    newest != null ? newest.isUnwritten() : member.checksums.get(block) == BlockChecksum.UNWRITTEN;
            written |= isBlank ? 0 : 1 << role;
            blank |= isBlank ? 1 << role : 0;
        }
        long bit = 1L << row;
        if (written == 0) {
            unwritten |= bit;
            unwrittenInPlace |= anyPending ? 0 : bit;
        } else if (blank != 0 && Integer.bitCount(written) == 1 && Integer.bitCount(blank) > 1) {
            // One entry of something in a row of nothing: that entry is damaged.
            Member stray = members[Integer.numberOfTrailingZeros(written)];
            if (stray != null) {
                stray.checksums.set(block, BlockChecksum.UNWRITTEN);
            }
            unwritten |= bit;
            unwrittenInPlace |= anyPending ? 0 : bit;
        } else {
            for (int left = blank; left != 0; left &= left - 1) {
                disputed[Integer.numberOfTrailingZeros(left)] |= bit;
            }
        }
    }

    /** The rows that hold nothing, as a mask. */
    long unwritten() {
        return unwritten;
    }

    /** Of these the rows of which that is so on the members too, as a mask. */
    long unwrittenInPlace() {
        return unwrittenInPlace;
    }

    /** The rows of which a role's checksum was lost, as a mask. */
    long disputed(int role) {
        return disputed[role];
    }

    /** The member in a role, null if it has no current data. */
    @Nullable Member member(int role) {
        return members[role];
    }

    /** The newest content of a block if it is not yet in place. */
    @Nullable Pending pending(int role, int row) {
        Pending[] ofRole = pending[role];
        return ofRole == null ? null : ofRole[row - low];
    }
}
