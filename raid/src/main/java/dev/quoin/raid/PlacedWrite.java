package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A round of writes of whole codewords to where nothing is yet: put in place first, then recorded by checksums alone.
 *
 * <p>It needs no copy in the journal, as the old content is not on the members but in the checksums, which say that there is
 * nothing. Until the record is durable they go on saying so, whatever part of the new content has reached the members; and a
 * replay that finds the record without all of its content takes the record for one that was not written.
 *
 * <p>Only while every role has its member: what else takes part in a change of members does not look for such content.
 */
final class PlacedWrite {

    /** Less than this is better gathered in the journal with others. */
    static final int BYTES_MIN = 64 * 1024;

    private final ArrayCore core;
    private final RowView view;
    private final List<BandWrite.Piece> pieces;
    private final BandRecord record;
    private final List<CompletableFuture<Boolean>> writes = new ArrayList<>();
    private ByteBuffer[] madeOutside = {};

    private PlacedWrite(ArrayCore core, RowView view, List<BandWrite.Piece> pieces) {
        this.core = core;
        this.view = view;
        this.pieces = pieces;
        this.record = new BandRecord(view.band, view.low, view.span, core.map.columns(), 0);
    }

    /**
     * The round as such a write; null if it is none.
     *
     * @param rows those of {@link WholeCodewords}
     */
    static @Nullable PlacedWrite of(ArrayCore core, RowView view, List<BandWrite.Piece> pieces, long[] rows) {
        return areOnce(pieces, rows) && areFree(core, view, rows) ? new PlacedWrite(core, view, pieces) : null;
    }

    /** Whether no cell is written twice: nothing says in which order the two would reach the member. */
    private static boolean areOnce(List<BandWrite.Piece> pieces, long[] rows) {
        int cells = Arrays.stream(rows).mapToInt(Long::bitCount).sum();
        return cells == pieces.stream().mapToInt(BandWrite.Piece::blocks).sum();
    }

    /** Whether nothing was ever written to these codewords, or all of it is cleared on the members too. */
    private static boolean areFree(ArrayCore core, RowView view, long[] rows) {
        for (int index = 0; index < rows.length; index++) {
            if ((rows[index] & ~view.unwrittenInPlace(core.map.dataColumn(view.band, index))) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Puts all in place, not durably; completes with the record, or with null if a member failed meanwhile. */
    CompletableFuture<@Nullable BandRecord> run() {
        for (BandWrite.Piece piece : pieces) {
            for (int column : core.map.copies(view.band, piece.index())) {
                ByteBuffer source = Objects.requireNonNull(piece.source());
                put(column, piece.row(), piece.blocks(), source);
            }
        }
        if (core.map.redundancy().parities() > 0) {
            putParities();
        }
        return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).thenApply(nothing -> {
            core.parities.giveBack(madeOutside);
            return writes.stream().allMatch(CompletableFuture::join) ? record : null;
        });
    }

    private void put(int column, int row, int rows, ByteBuffer cells) {
        Member member = core.member(core.map.role(column));
        long address = core.map.memberCell(view.band, column, row);
        int[] checksums = core.checksum.of(member.role, address, cells.duplicate());
        for (int i = 0; i < rows; i++) {
            record.put(column, row + i, Pending.placed(record, checksums[i]));
        }
        writes.add(core.io.writeInPlace(member, member.dataOffset(address), cells));
        core.counts.blocksWritten.add(rows);
    }

    private void putParities() {
        ByteBuffer[] parities = core.parities.make(core.map.dataChunks(view.band), pieces);
        if (parities == null) {
            putParitiesOfCopies();
            return;
        }
        int[] columns = core.map.parities(view.band);
        BandWrite.Piece first = pieces.getFirst();
        for (int each = 0; each < columns.length; each++) {
            put(columns[each], first.row(), first.blocks(), parities[each]);
        }
        madeOutside = parities;
    }

    private void putParitiesOfCopies() {
        NewContent content = new NewContent(core.map, view, pieces);
        byte[][] inputs = new byte[content.chunks()][];
        for (int index = 0; index < inputs.length; index++) {
            inputs[index] = content.bytes(index);
        }
        int[] columns = core.map.parities(view.band);
        byte[][] parities = new byte[columns.length][view.span * core.map.cell()];
        for (long left = content.data(0); left != 0; ) {
            int row = Long.numberOfTrailingZeros(left);
            int rows = Addressing.runLength(left, row);
            int at = (row - view.low) * core.map.cell();
            int length = rows * core.map.cell();
            if (parities.length == 2) {
                Galois.syndromes(parities[0], parities[1], inputs, at, length);
            } else {
                Xor.into(parities[0], inputs, at, length);
            }
            for (int each = 0; each < columns.length; each++) {
                put(
                        columns[each],
                        row,
                        rows,
                        ByteBuffer.wrap(parities[each], at, length).slice());
            }
            left &= ~Addressing.mask(row, rows);
        }
    }
}
