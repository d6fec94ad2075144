package dev.quoin.raid;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes away, when a start was forced, what looks good on its own and does not belong together: nothing is made of it then. Blocking.
 *
 * <p>It is in the regions that the bitmap marks. There a cell of a stale member may be older than the rest of its codeword, and
 * its checksum does not tell; so its entry becomes {@link BlockChecksum#BAD}. What the others give it is repaired from, as any bad
 * block; the rest is a medium error until it is written. Where batches of the journal were given up, some of their cells may be in place
 * and others not: of codewords that do not agree, or of which that cannot be said, the parities become bad, or all copies but one.
 */
final class Distrust {

    private final Opening opening;
    private final boolean lossy;
    private final Addressing map;
    private final BlockChecksum checksum;
    private final List<@Nullable Member> members;

    /** After the replay; {@code lossy} if it has given up batches. */
    Distrust(Opening opening, boolean lossy) {
        this.opening = opening;
        this.lossy = lossy;
        this.map = opening.best().map();
        this.checksum = new BlockChecksum(opening.best().array(), map.cell());
        this.members = opening.members();
    }

    /** Does it; durable when it returns, before the superblocks say that a stale member is current. */
    void run() throws DeviceException {
        for (long band = 0; band < opening.bands(); band++) {
            if (!opening.bitmap().get(band)) {
                continue;
            }
            for (int[] word : map.words(band)) {
                for (int row = 0; row < map.rows(); row++) {
                    doubt(band, word, row);
                }
            }
        }
        for (Member member : members) {
            if (member != null) {
                CellPlacer.flush(member);
            }
        }
    }

    private void doubt(long band, int[] word, int row) throws DeviceException {
        if (!opening.stale().isEmpty()) {
            doubtStale(band, word, row);
        }
        if (lossy) {
            doubtCurrent(band, word, row);
        }
    }

    private void doubtStale(long band, int[] word, int row) {
        boolean anyCurrent = false;
        boolean anyWritten = false;
        for (int column : word) {
            Member member = current(column, band);
            anyCurrent |= member != null;
            anyWritten |= member != null && entry(member, band, column, row) != BlockChecksum.UNWRITTEN;
        }
        // A codeword is written on all its members or on none.
        int entry = anyCurrent && !anyWritten ? BlockChecksum.UNWRITTEN : BlockChecksum.BAD;
        for (int column : word) {
            int role = map.role(column);
            Member member = members.get(role);
            if (opening.isStale(role) && member != null) {
                member.checksums.set(map.memberCell(band, column, row), entry);
            }
        }
    }

    private void doubtCurrent(long band, int[] word, int row) throws DeviceException {
        byte[][] cells = new byte[word.length][map.cell()];
        int given = 0;
        int blank = 0;
        for (int position = 0; position < word.length; position++) {
            Member member = current(word[position], band);
            if (member == null) {
                continue;
            }
            if (entry(member, band, word[position], row) == BlockChecksum.UNWRITTEN) {
                blank |= 1 << position;
            } else if (isGood(member, band, word[position], row, cells[position])) {
                given |= 1 << position;
            }
        }
        int all = (int) ((1L << word.length) - 1);
        if (given == 0) {
            return;
        }
        Redundancy redundancy = map.redundancy();
        if (redundancy.parities() == 0) {
            keepOne(band, word, row, cells, given | blank, Integer.numberOfTrailingZeros(given));
            return;
        }
        int missing = all & ~given;
        boolean decidable = Integer.bitCount(missing) < redundancy.parities();
        if (missing != 0 && decidable) {
            redundancy.restore(cells, given, missing, 0, map.cell());
        }
        if (!decidable || !redundancy.agrees(cells, 0, map.cell())) {
            for (int position = word.length - redundancy.parities(); position < word.length; position++) {
                setBad(band, word[position], row);
            }
        }
    }

    /** Of copies that differ each is what somebody wrote: one of them counts. */
    private void keepOne(long band, int[] word, int row, byte[][] cells, int candidates, int kept) {
        for (int left = candidates & ~(1 << kept); left != 0; left &= left - 1) {
            int position = Integer.numberOfTrailingZeros(left);
            if (!Arrays.equals(cells[position], cells[kept])) {
                setBad(band, word[position], row);
            }
        }
    }

    private boolean isGood(Member member, long band, int column, int row, byte[] bytes) throws DeviceException {
        long address = map.memberCell(band, column, row);
        try {
            BlockIo.read(member.device, member.dataOffset(address), ByteBuffer.wrap(bytes));
        } catch (DeviceException unreadable) {
            if (unreadable.code() != DeviceException.Code.MEDIUM_ERROR) {
                throw unreadable;
            }
            return false;
        }
        return checksum.of(member.role, address, bytes, 0) == member.checksums.get(address);
    }

    private void setBad(long band, int column, int row) {
        Member member = members.get(map.role(column));
        if (member != null) {
            member.checksums.set(map.memberCell(band, column, row), BlockChecksum.BAD);
        }
    }

    private int entry(Member member, long band, int column, int row) {
        return member.checksums.get(map.memberCell(band, column, row));
    }

    /** The member of a column if what it holds in the band counts. */
    private @Nullable Member current(int column, long band) {
        int role = map.role(column);
        Member member = opening.isStale(role) ? null : members.get(role);
        boolean holds = member != null && (member.state() == RoleState.IN_SYNC || member.rebuilt.contains(band));
        return holds ? member : null;
    }
}
