package dev.quoin.raid;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the pieces of a round of writes put into the data chunks of a band: of each cell the last. */
final class NewContent {

    private final Addressing map;
    private final RowView view;
    private final byte @Nullable [][] bytes;
    private final long[] data;
    private final long[] zero;

    NewContent(Addressing map, RowView view, List<BandWrite.Piece> pieces) {
        int chunks = map.dataChunks(view.band);
        this.map = map;
        this.view = view;
        this.bytes = new byte[chunks][];
        this.data = new long[chunks];
        this.zero = new long[chunks];
        for (BandWrite.Piece piece : pieces) {
            if (piece.index() != Addressing.ALL) {
                collect(piece, piece.index());
                continue;
            }
            for (int index = 0; index < chunks; index++) {
                collect(piece, index);
            }
        }
    }

    private void collect(BandWrite.Piece piece, int index) {
        byte[] target = bytes[index];
        if (target == null) {
            target = new byte[view.span * map.cell()];
            bytes[index] = target;
        }
        int at = (piece.row() - view.low) * map.cell();
        if (piece.source() == null) {
            Arrays.fill(target, at, at + piece.blocks() * map.cell(), (byte) 0);
            zero[index] |= piece.rows();
            data[index] &= ~piece.rows();
            return;
        }
        if (piece.index() == Addressing.ALL) {
            Slices.gather(piece.source(), target, at, index, piece.blocks(), map.cell());
        } else {
            piece.source().duplicate().get(target, at, piece.blocks() * map.cell());
        }
        data[index] |= piece.rows();
        zero[index] &= ~piece.rows();
    }

    /** The number of data chunks. */
    int chunks() {
        return data.length;
    }

    /** The rows of a data chunk that get bytes, as a mask. */
    long data(int index) {
        return data[index];
    }

    /** The rows of a data chunk that get zeroes, as a mask. */
    long zero(int index) {
        return zero[index];
    }

    /** The rows of a data chunk that get something, as a mask. */
    long fresh(int index) {
        return data[index] | zero[index];
    }

    /** The cells of a data chunk that gets something, zeroes included, by row less the first row of the view. */
    byte[] bytes(int index) {
        return Objects.requireNonNull(bytes[index]);
    }
}
