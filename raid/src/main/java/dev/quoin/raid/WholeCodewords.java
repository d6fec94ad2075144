package dev.quoin.raid;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rounds of writes that keep no old cell of any codeword that they touch, and so need no copy of themselves to be old or new. */
final class WholeCodewords {

    private WholeCodewords() {}

    /**
     * The rows of each data chunk that a round writes, as masks.
     *
     * @return null if it is small or leaves cells of a codeword as they are, has zeroes or something atomic, or not every role has its
     *     member
     */
    static long @Nullable [] of(ArrayCore core, RowView view, List<BandWrite.Piece> pieces) {
        if (view.absent != 0 || core.map.cutsBlocks() || !core.placesNew()) {
            return null;
        }
        long[] rows = new long[core.map.dataChunks(view.band)];
        int bytes = 0;
        for (BandWrite.Piece piece : pieces) {
            if (piece.source() == null || piece.request().atomic) {
                return null;
            }
            rows[piece.index()] |= piece.rows();
            bytes += piece.bytes();
        }
        return bytes >= core.windows.bytesMin() && areWhole(core, rows) ? rows : null;
    }

    private static boolean areWhole(ArrayCore core, long[] rows) {
        for (long ofChunk : rows) {
            if (core.map.redundancy().parities() > 0 && ofChunk != rows[0]) {
                return false;
            }
        }
        return true;
    }
}
