package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Gets cells of some rows of a band, each verified: from memory, from its member, or from the rest of its codeword.
 *
 * <p>Used by who has the band. A cell that cannot be read or fails its checksum is read once more, then made from as many others of
 * its codeword as that needs, all good, and written back. A row in which that cannot be done is {@link #lost}.
 */
final class RowFetch {

    final RowView view;
    /** For each column the cells, row {@code r} at {@code (r - low)} times the length of a cell; allocated where needed. */
    final byte @Nullable [][] content;

    private final ArrayCore core;
    private final int cell;
    private final long[] have;
    private final long[] bad;
    private final long[] again;
    private final long[] wasRead;
    private final long[] wanted;
    private final long[] lost;
    private final long[] refused;
    private final long[] repaired;
    private final boolean repairs;

    RowFetch(ArrayCore core, RowView view) {
        this(core, view, true);
    }

    /**
     * Begins with nothing.
     *
     * @param repairs whether what is bad is written back; else nothing on the members changes
     */
    RowFetch(ArrayCore core, RowView view, boolean repairs) {
        int columns = core.map.columns();
        this.core = core;
        this.view = view;
        this.cell = core.map.cell();
        this.content = new byte[columns][];
        this.have = new long[columns];
        this.bad = new long[columns];
        this.again = new long[columns];
        this.wasRead = new long[columns];
        this.wanted = new long[columns];
        this.lost = new long[columns];
        this.refused = new long[columns];
        this.repaired = new long[columns];
        this.repairs = repairs;
    }

    /**
     * Gets cells; may be called again for more. Always completes normally.
     *
     * @param want for each column the rows, as masks
     */
    CompletableFuture<Void> fetch(long[] want) {
        long rows = 0;
        List<CompletableFuture<?>> reads = new ArrayList<>();
        for (int column = 0; column < want.length; column++) {
            wanted[column] |= want[column];
            rows |= want[column];
            take(column, want[column] & ~have[column], reads);
        }
        long all = rows;
        return reads.isEmpty() ? repair(all) : all(reads).thenCompose(nothing -> repair(all));
    }

    /** The wanted rows of which some wanted cell cannot be had. */
    long lost() {
        long rows = 0;
        for (int column = 0; column < wanted.length; column++) {
            rows |= wanted[column] & lost[column];
        }
        return rows;
    }

    /** The rows of a column that cannot be had, as a mask. */
    long lost(int column) {
        return lost[column];
    }

    /** The rows of a column that were found bad, repaired or not. */
    long bad(int column) {
        return bad[column];
    }

    /** The rows of {@link #bad} that the member could not read, the second time either. */
    long refused(int column) {
        return refused[column];
    }

    /** The rows of {@link #bad} that were written back, or whose checksums were set right. */
    long repaired(int column) {
        return repaired[column];
    }

    /** The content of a column that was asked for. */
    byte[] content(int column) {
        return Objects.requireNonNull(content[column]);
    }

    /** Takes what is in memory and begins to read what is not. */
    private void take(int column, long rows, List<CompletableFuture<?>> reads) {
        Member member = view.member(column);
        byte[] bytes = rows == 0 ? null : allocate(column);
        if (bytes == null || member == null) {
            return;
        }
        // New arrays hold zeroes, which is what unwritten rows read as.
        long blank = rows & view.unwritten(column);
        long toCheck = blank & view.unvouched(column);
        have[column] |= blank & ~toCheck;
        long toRead = (rows & ~blank) | toCheck;
        for (long left = toRead; left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            Pending newest = view.pending(column, row);
            if (newest != null && !newest.isPlaced()) {
                newest.copyTo(bytes, at(row), cell);
                have[column] |= 1L << row;
                toRead &= ~(1L << row);
            }
        }
        while (toRead != 0) {
            int row = Long.numberOfTrailingZeros(toRead);
            int count = Addressing.runLength(toRead, row);
            reads.add(read(member, column, row, count));
            toRead &= ~Addressing.mask(row, count);
        }
    }

    private CompletableFuture<Void> read(Member member, int column, int row, int count) {
        ByteBuffer target = ByteBuffer.wrap(content(column), at(row), count * cell);
        long offset = member.dataOffset(core.map.memberCell(view.band, column, row));
        return core.io.read(member, offset, target).thenAccept(failure -> {
            core.counts.blocksRead.add(count);
            for (int i = row; i < row + count; i++) {
                verify(member, column, i, failure);
            }
        });
    }

    private void verify(Member member, int column, int row, @Nullable DeviceException failure) {
        long bit = 1L << row;
        synchronized (this) {
            if (failure != null) {
                core.counts.readErrors.increment();
                bad[column] |= bit;
                refused[column] |= bit;
                return;
            }
            wasRead[column] |= bit;
            boolean wasRefused = (refused[column] & bit) != 0;
            refused[column] &= ~bit;
            if (isGood(member, column, row) || core.sabotage == Sabotage.NO_VERIFICATION) {
                have[column] |= bit;
                if (wasRefused) {
                    // It was another row of the same read that could not be read.
                    bad[column] &= ~bit;
                }
            } else {
                core.counts.checksumErrors.increment();
                bad[column] |= bit;
            }
        }
    }

    /** Whether a cell is what its checksum says, or, if nothing was ever written to it, zeroes. */
    private boolean isGood(Member member, int column, int row) {
        if ((view.unwritten(column) & 1L << row) != 0) {
            return isZero(content(column), at(row), cell);
        }
        long address = core.map.memberCell(view.band, column, row);
        int found = core.checksum.of(member.role, address, content(column), at(row));
        Pending placed = view.pending(column, row);
        return found == (placed == null ? member.checksums.get(address) : placed.checksum);
    }

    /** Tries to get what is wanted and not there: reads what that takes, and begins again when it is read. */
    private CompletableFuture<Void> repair(long rows) {
        long[] first = new long[wanted.length];
        long[] second = new long[wanted.length];
        List<CompletableFuture<?>> writes = new ArrayList<>();
        for (int[] word : core.map.words(view.band)) {
            long lacking = 0;
            for (int column : word) {
                lacking |= wanted[column] & ~have[column] & ~lost[column];
            }
            Run run = null;
            for (long left = lacking & rows; left != 0; left &= left - 1) {
                int row = Long.numberOfTrailingZeros(left);
                if (planReads(word, row, first, second)) {
                    continue;
                }
                int unavailable = unavailable(word, row);
                int given = given(word, row);
                if (run == null || !run.goesOn(row, unavailable, given)) {
                    finish(run, writes);
                    run = new Run(word, row, unavailable, given);
                }
                run.count++;
            }
            finish(run, writes);
        }
        List<CompletableFuture<?>> reads = new ArrayList<>();
        boolean more = false;
        for (int column = 0; column < wanted.length; column++) {
            Member member = view.member(column);
            take(column, first[column], reads);
            again[column] |= second[column];
            for (long left = second[column]; left != 0 && member != null; left &= left - 1) {
                reads.add(read(member, column, Long.numberOfTrailingZeros(left), 1));
            }
            more |= (first[column] | second[column]) != 0;
        }
        CompletableFuture<Void> done = all(writes).thenCompose(nothing -> all(reads));
        return more ? done.thenCompose(nothing -> repair(rows)) : done;
    }

    /** Marks what must be read before a row of a codeword can be made whole; false if nothing more can be. */
    private boolean planReads(int[] word, int row, long[] first, long[] second) {
        long bit = 1L << row;
        boolean more = false;
        for (int column : word) {
            if ((bad[column] & ~have[column] & ~again[column] & bit) != 0) {
                second[column] |= bit;
                more = true;
            }
        }
        if (more) {
            return true;
        }
        Redundancy redundancy = core.map.redundancy();
        int unavailable = unavailable(word, row);
        int sources = redundancy.restores(word.length, unavailable) ? redundancy.sources(word.length, unavailable) : 0;
        for (int left = sources & ~given(word, row); left != 0; left &= left - 1) {
            first[word[Integer.numberOfTrailingZeros(left)]] |= bit;
            more = true;
        }
        return more;
    }

    /** The positions of a codeword that have no member, or a cell that cannot be used. */
    private int unavailable(int[] word, int row) {
        int positions = 0;
        for (int position = 0; position < word.length; position++) {
            int column = word[position];
            boolean failed = (bad[column] & ~have[column] & 1L << row) != 0;
            boolean missing = view.member(column) == null && !has(column, row);
            positions |= failed || missing ? 1 << position : 0;
        }
        return positions;
    }

    private int given(int[] word, int row) {
        int positions = 0;
        for (int position = 0; position < word.length; position++) {
            positions |= has(word[position], row) ? 1 << position : 0;
        }
        return positions;
    }

    private boolean has(int column, int row) {
        return (have[column] & 1L << row) != 0;
    }

    /** Rows of a codeword that are in the same state. */
    private static final class Run {
        private final int[] word;
        private final int row;
        private final int unavailable;
        private final int given;
        private int count;

        Run(int[] word, int row, int unavailable, int given) {
            this.word = word;
            this.row = row;
            this.unavailable = unavailable;
            this.given = given;
        }

        boolean goesOn(int next, int unavailableThere, int givenThere) {
            return next == row + count && unavailable == unavailableThere && given == givenThere;
        }
    }

    private void finish(@Nullable Run run, List<CompletableFuture<?>> writes) {
        if (run == null) {
            return;
        }
        if (core.map.redundancy().restores(run.word.length, run.unavailable)) {
            restore(run, writes);
            return;
        }
        for (int row = run.row; row < run.row + run.count; row++) {
            if (isHollow(run.word, row)) {
                empty(run.word, row);
            } else {
                lose(run, row);
            }
        }
    }

    private void restore(Run run, List<CompletableFuture<?>> writes) {
        int length = run.count * cell;
        byte[][] cells = new byte[run.word.length][];
        byte[][] before = new byte[run.word.length][];
        for (int position = 0; position < cells.length; position++) {
            boolean made = (run.unavailable & 1 << position) != 0;
            cells[position] = made ? allocate(run.word[position]) : content[run.word[position]];
            before[position] = made ? Arrays.copyOfRange(cells[position], at(run.row), at(run.row) + length) : null;
        }
        core.map.redundancy().restore(cells, run.given, run.unavailable, at(run.row), length);
        for (int left = run.unavailable; left != 0; left &= left - 1) {
            int position = Integer.numberOfTrailingZeros(left);
            int column = run.word[position];
            have[column] |= Addressing.mask(run.row, run.count);
            Member member = view.member(column);
            for (int row = run.row; repairs && member != null && row < run.row + run.count; row++) {
                writeBack(member, column, row, before[position], (row - run.row) * cell, writes);
            }
        }
    }

    private void writeBack(
            Member member, int column, int row, byte[] before, int beforeAt, List<CompletableFuture<?>> writes) {
        byte[] good = Arrays.copyOfRange(content(column), at(row), at(row) + cell);
        long address = core.map.memberCell(view.band, column, row);
        int checksum = core.checksum.of(member.role, address, good, 0);
        boolean intact =
                (wasRead[column] & 1L << row) != 0 && Arrays.equals(before, beforeAt, beforeAt + cell, good, 0, cell);
        core.counts.repaired.increment();
        repaired[column] |= bad[column] & 1L << row;
        // The checksum of what is in place before its record is durable comes with the record.
        boolean counts = view.pending(column, row) == null;
        Runnable set = () -> {
            if (counts) {
                member.checksums.set(address, checksum);
            }
        };
        if (intact) {
            set.run();
            return;
        }
        writes.add(core.io
                .writeInPlace(member, member.dataOffset(address), ByteBuffer.wrap(good))
                .thenRun(set));
    }

    /**
     * Whether copies that fail their checksums were never written: a member says so, and on all there are zeroes, which is what
     * they were made with. Then it is the checksums that are damaged.
     */
    private boolean isHollow(int[] word, int row) {
        boolean anySaysSo = false;
        for (int column : word) {
            Member member = view.member(column);
            boolean hollow = member == null
                    || (member.zeroed && (wasRead[column] & 1L << row) != 0 && isZero(content(column), at(row), cell));
            if (!hollow) {
                return false;
            }
            anySaysSo |= (view.disputed(column) & 1L << row) != 0;
        }
        return anySaysSo && core.map.redundancy().parities() == 0;
    }

    private void empty(int[] word, int row) {
        for (int column : word) {
            Member member = view.member(column);
            if (member != null && repairs) {
                member.checksums.set(core.map.memberCell(view.band, column, row), BlockChecksum.UNWRITTEN);
                core.counts.repaired.increment();
                repaired[column] |= bad[column] & 1L << row;
            }
            allocate(column);
            have[column] |= 1L << row;
        }
    }

    private void lose(Run run, int row) {
        core.counts.unrepairable.increment();
        for (int column : run.word) {
            lost[column] |= 1L << row;
            Member member = view.member(column);
            if (repairs && member != null && (bad[column] & 1L << row) != 0) {
                member.badBlocks.add(core.map.memberCell(view.band, column, row));
            }
        }
    }

    private byte[] allocate(int column) {
        byte[] bytes = content[column];
        if (bytes == null) {
            bytes = new byte[view.span * cell];
            content[column] = bytes;
        }
        return bytes;
    }

    private int at(int row) {
        return (row - view.low) * cell;
    }

    private static boolean isZero(byte[] bytes, int at, int length) {
        for (int i = at; i < at + length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<?>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
    }
}
