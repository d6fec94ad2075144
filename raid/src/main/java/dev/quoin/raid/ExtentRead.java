package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads the cells of one extent without having its band. Its answer may be "cannot tell". */
final class ExtentRead {

    private final ArrayCore core;
    private final Addressing.Extent extent;
    private final ByteBuffer target;
    private final long whole;

    /** A read into the whole of {@code target}, whose position is 0. */
    ExtentRead(ArrayCore core, Addressing.Extent extent, ByteBuffer target) {
        this.core = core;
        this.extent = extent;
        this.target = target;
        // Before anything is looked at: what changes after this is noticed.
        this.whole = core.bands.wholeWrites(extent.band());
    }

    /** Reads; completes with false if the band is needed for an answer. */
    CompletableFuture<Boolean> run() {
        if (core.verifiesReads) {
            return CompletableFuture.completedFuture(false);
        }
        if (extent.index() != Addressing.ALL) {
            return new Column(column(), target).run().thenApply(good -> good && isOfOnePiece());
        }
        if (lacksSlices()) {
            return CompletableFuture.completedFuture(false);
        }
        List<byte[]> slices = new ArrayList<>();
        List<CompletableFuture<Boolean>> reads = new ArrayList<>();
        for (int index = 0; index < core.map.layout().dataChunks(); index++) {
            slices.add(new byte[extent.blocks() * core.map.cell()]);
            int column = core.map.dataColumn(extent.band(), index);
            reads.add(new Column(column, ByteBuffer.wrap(slices.get(index))).run());
        }
        return all(reads).thenApply(good -> {
            scatter(slices);
            return good && isOfOnePiece();
        });
    }

    /** Reads without waiting. */
    boolean tryNow() {
        if (core.verifiesReads) {
            return false;
        }
        if (extent.index() != Addressing.ALL) {
            return new Column(column(), target).tryNow() && isOfOnePiece();
        }
        List<byte[]> slices = new ArrayList<>();
        for (int index = 0; index < core.map.layout().dataChunks(); index++) {
            slices.add(new byte[extent.blocks() * core.map.cell()]);
            int column = core.map.dataColumn(extent.band(), index);
            if (!new Column(column, ByteBuffer.wrap(slices.get(index))).tryNow()) {
                return false;
            }
        }
        scatter(slices);
        return isOfOnePiece();
    }

    /**
     * Whether nothing came between that must be seen wholly or not at all, and of which this might have met a part; and the blocks are
     * still where they were looked for.
     */
    private boolean isOfOnePiece() {
        return core.bands.wholeWrites(extent.band()) == whole
                && !core.hasMoved(extent.band(), extent.index(), extent.row());
    }

    /** Whether a slice has no member: then nothing is read before the band is there, as all must be read with the parity. */
    private boolean lacksSlices() {
        for (int index = 0; index < core.map.layout().dataChunks(); index++) {
            int column = core.map.dataColumn(extent.band(), index);
            if (core.present(core.map.role(column), extent.band()) == null) {
                return true;
            }
        }
        return false;
    }

    private int column() {
        return CopyChoice.column(core, extent.band(), extent.index(), extent.row());
    }

    private void scatter(List<byte[]> slices) {
        for (int index = 0; index < slices.size(); index++) {
            Slices.scatter(slices.get(index), target, index, extent.blocks(), core.map.cell());
        }
    }

    private static CompletableFuture<Boolean> all(List<CompletableFuture<Boolean>> reads) {
        if (reads.size() == 1) {
            return reads.getFirst();
        }
        return CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
                .thenApply(nothing -> reads.stream().allMatch(CompletableFuture::join));
    }

    /** The cells of the extent that one column has. */
    private final class Column {

        private final int column;
        private final ByteBuffer cells;
        private final @Nullable Member member;
        private final long first;
        private final @Nullable Pending @Nullable [] pending;

        /** The column is -1 if no member has it. */
        Column(int column, ByteBuffer cells) {
            this.column = column;
            this.cells = cells;
            this.member = column < 0 ? null : core.present(core.map.role(column), extent.band());
            this.first = column < 0 ? -1 : core.map.memberCell(extent.band(), column, extent.row());
            // Before any look at a member: what is no longer pending after this is in place.
            this.pending = column < 0 ? null : core.bands.pending(extent.band(), column, extent.row(), extent.blocks());
        }

        CompletableFuture<Boolean> run() {
            if (member == null) {
                return CompletableFuture.completedFuture(false);
            }
            expectMore(member);
            List<CompletableFuture<Boolean>> reads = new ArrayList<>();
            for (int i = 0; i < extent.blocks(); ) {
                int count = take(member, i);
                if (count == 0) {
                    count = runToRead(member, i);
                    if (count == 0) {
                        return all(reads).thenApply(good -> false);
                    }
                    reads.add(read(member, i, count));
                }
                i += count;
            }
            return all(reads);
        }

        boolean tryNow() {
            if (member == null) {
                return false;
            }
            for (int i = 0; i < extent.blocks(); ) {
                int count = take(member, i);
                if (count == 0) {
                    count = runToRead(member, i);
                    if (count == 0
                            || !member.device.tryReadNow(member.dataOffset(first + i), slice(i, count))
                            || !verify(member, i, count)) {
                        return false;
                    }
                }
                i += count;
            }
            expectMore(member);
            return true;
        }

        /** Whoever goes on behind this goes on with the same copy. Once it is read: a try that fails is followed by a read of the same. */
        private void expectMore(Member read) {
            if (core.map.level().hasCopies()) {
                read.reads.expect(first + extent.blocks());
            }
        }

        /** Takes what is in memory from cell {@code i} on; the number of cells, 0 if the first must be read. */
        private int take(Member from, int i) {
            Pending newest = pending == null ? null : pending[i];
            if (newest == null ? !isUnwritten(from, i) : newest.isPlaced()) {
                return 0;
            }
            byte[] bytes = new byte[core.map.cell()];
            if (newest != null) {
                newest.copyTo(bytes, 0, bytes.length);
            }
            cells.put(i * bytes.length, bytes);
            return 1;
        }

        /** A cell holds nothing if its own entry says so and that of another member with a cell of its codeword too. */
        private boolean isUnwritten(Member from, int i) {
            return from.checksums.get(first + i) == BlockChecksum.UNWRITTEN && witness(i) == BlockChecksum.UNWRITTEN;
        }

        /** The entry of the last cell of the codeword that is there, as that is a parity if there is one. */
        private int witness(int i) {
            for (int[] word : core.map.words(extent.band())) {
                if (contains(word)) {
                    for (int position = word.length - 1; position >= 0; position--) {
                        int other = word[position];
                        Member holder = other == column ? null : core.present(core.map.role(other), extent.band());
                        if (holder != null) {
                            return holder.checksums.get(core.map.memberCell(extent.band(), other, extent.row() + i));
                        }
                    }
                }
            }
            return BlockChecksum.BAD;
        }

        private boolean contains(int[] word) {
            for (int each : word) {
                if (each == column) {
                    return true;
                }
            }
            return false;
        }

        private int runToRead(Member from, int i) {
            int count = 0;
            while (i + count < extent.blocks() && isInPlace(from, i + count)) {
                count++;
            }
            return count;
        }

        private boolean isInPlace(Member from, int i) {
            Pending newest = pending == null ? null : pending[i];
            return newest == null ? from.checksums.get(first + i) != BlockChecksum.UNWRITTEN : newest.isPlaced();
        }

        private CompletableFuture<Boolean> read(Member from, int i, int count) {
            core.counts.blocksRead.add(count);
            return core.io
                    .read(from, from.dataOffset(first + i), slice(i, count))
                    .thenApply(failure -> failure == null && verify(from, i, count));
        }

        private boolean verify(Member from, int i, int count) {
            int[] found = core.checksum.of(from.role, first + i, slice(i, count));
            for (int k = 0; k < count; k++) {
                Pending newest = pending == null ? null : pending[i + k];
                if (found[k] != (newest == null ? from.checksums.get(first + i + k) : newest.checksum)) {
                    return false;
                }
            }
            return true;
        }

        private ByteBuffer slice(int i, int count) {
            return cells.slice(i * core.map.cell(), count * core.map.cell());
        }
    }
}
