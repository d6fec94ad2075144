package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A round of writes to one band: all that waited when its turn came.
 *
 * <p>Plans which old blocks the new parity needs, by fewest reads; gets them, verified; computes the parity; and hands a record to the
 * journal. It has the band from its turn until the record is in the journal, not until anything is written.
 */
final class BandWrite implements Band.Operation {

    /** How many pieces a round takes up. */
    static final int PIECES_MAX = 256;

    /** New content for some rows of one data chunk; zeroes if there is no source. */
    record Piece(int index, int row, int blocks, @Nullable ByteBuffer source, WriteRequest request) {

        long rows() {
            return Addressing.mask(row, blocks);
        }

        int bytes() {
            return source == null ? 0 : blocks * Addressing.BLOCK;
        }
    }

    private final ArrayCore core;
    private final List<Piece> pieces = new ArrayList<>();

    BandWrite(ArrayCore core) {
        this.core = core;
    }

    void add(Piece piece) {
        pieces.add(piece);
    }

    int pieces() {
        return pieces.size();
    }

    @Override
    public void run(Band band) {
        while (pieces.size() < PIECES_MAX
                && core.bands.takeNext(band, next -> next instanceof BandWrite) instanceof BandWrite next) {
            pieces.addAll(next.pieces);
        }
        attempt(band, 0);
    }

    /** Does the round; again without the rows that cannot be done. */
    private void attempt(Band band, long noUpdate) {
        DeviceException dead = core.dead();
        if (dead != null || pieces.isEmpty()) {
            pieces.forEach(piece -> fail(piece, Objects.requireNonNull(dead)));
            core.bands.leave(band);
            return;
        }
        int low = Integer.MAX_VALUE;
        int end = 0;
        for (Piece piece : pieces) {
            low = Math.min(low, piece.row);
            end = Math.max(end, piece.row + piece.blocks);
        }
        RowView view = new RowView(core, band.number, low, end - low);
        FreshRows fresh = new FreshRows(core.map, view, pieces, noUpdate);
        RowFetch fetch = new RowFetch(core, view);
        if (Integer.bitCount(view.absent) > core.map.layout().tolerance()) {
            // Members failed and the array has not noticed yet that it is dead.
            failAll(band, new DeviceException(Code.GONE, core.deviceName(), "too many members failed"));
            return;
        }
        if (!fresh.needsAny()) {
            append(band, fresh, fetch);
            return;
        }
        fetch.fetch(fresh.need).thenRun(() -> {
            if (fetch.lost() == 0) {
                append(band, fresh, fetch);
            } else {
                retry(band, fresh, fetch.lost(), noUpdate);
            }
        });
    }

    /** A lost row may still be written if all that is lost in it is overwritten: then the parity is made from the others. */
    private void retry(Band band, FreshRows fresh, long lost, long noUpdate) {
        long hope = lost & fresh.updated & ~noUpdate;
        long hopeless = lost & ~hope;
        if (core.dead() == null && hopeless != 0) {
            DeviceException why = new DeviceException(
                    Code.MEDIUM_ERROR,
                    core.deviceName(),
                    "the old content of a stripe cannot be read and not be repaired, so its parity cannot be kept; write"
                            + " whole stripes, or restore the range at band " + band.number);
            pieces.removeIf(piece -> {
                boolean concerned = (piece.rows() & hopeless) != 0;
                if (concerned) {
                    fail(piece, why);
                }
                return concerned;
            });
        }
        if (core.dead() == null && pieces.isEmpty()) {
            core.bands.leave(band);
        } else {
            attempt(band, noUpdate | hope);
        }
    }

    private void append(Band band, FreshRows fresh, RowFetch fetch) {
        BandRecord record = fresh.record(core, fetch);
        for (Piece piece : pieces) {
            record.reserved += piece.bytes();
            record.acks.add(new BandRecord.Ack(piece.request::pieceDone, piece.request.durable));
        }
        if (record.isEmpty()) {
            core.admission.release(record.reserved);
        } else {
            core.bands.publish(band, record);
            if (pieces.stream().anyMatch(piece -> piece.request.atomic)) {
                // Before any of it can be put in place: a read that began before looks again.
                core.bands.atomicPublished();
            }
        }
        core.journal.append(record);
        core.bands.leave(band);
    }

    private void failAll(Band band, DeviceException why) {
        pieces.forEach(piece -> fail(piece, why));
        core.bands.leave(band);
    }

    private void fail(Piece piece, DeviceException why) {
        core.admission.release(piece.bytes());
        piece.request.pieceDone(why);
    }

    /** What a round writes, row by row, and what it must know for that. */
    private static final class FreshRows {

        /** For each role the rows whose old blocks are needed. */
        final long[] need;
        /** The rows whose parity is made from the old parity and not from the rest of the row. */
        long updated;

        private final Addressing map;
        private final RowView view;
        private final byte @Nullable [][] bytes;
        private final long[] data;
        private final long[] zero;
        private long cleared;
        private long changed;

        FreshRows(Addressing map, RowView view, List<Piece> pieces, long noUpdate) {
            int chunks = map.layout().dataChunks();
            this.map = map;
            this.view = view;
            this.bytes = new byte[chunks][];
            this.data = new long[chunks];
            this.zero = new long[chunks];
            this.need = new long[map.layout().roles()];
            pieces.forEach(this::collect);
            for (int row = view.low; row < view.low + view.span; row++) {
                plan(row, (noUpdate & 1L << row) != 0);
            }
        }

        /** Later pieces win. */
        private void collect(Piece piece) {
            byte[] target = bytes[piece.index];
            if (target == null) {
                target = new byte[view.span * Addressing.BLOCK];
                bytes[piece.index] = target;
            }
            int at = (piece.row - view.low) * Addressing.BLOCK;
            if (piece.source == null) {
                Arrays.fill(target, at, at + piece.blocks * Addressing.BLOCK, (byte) 0);
                zero[piece.index] |= piece.rows();
                data[piece.index] &= ~piece.rows();
            } else {
                piece.source.duplicate().get(target, at, piece.blocks * Addressing.BLOCK);
                data[piece.index] |= piece.rows();
                zero[piece.index] &= ~piece.rows();
            }
        }

        private void plan(int row, boolean noUpdate) {
            long bit = 1L << row;
            boolean anyData = false;
            boolean any = false;
            boolean full = true;
            for (int index = 0; index < data.length; index++) {
                anyData |= (data[index] & bit) != 0;
                any |= isFresh(index, bit);
                full &= isFresh(index, bit);
            }
            boolean blank = (view.unwritten() & bit) != 0;
            if (!any || (blank && !anyData)) {
                return;
            }
            changed |= bit;
            if (full && !anyData) {
                cleared |= bit;
            } else if (!full && !blank && !parityAbsent()) {
                planReads(row, bit, noUpdate);
            }
        }

        /** Update: the old versions of what changes and the old parity. Else: all that does not change. */
        private void planReads(int row, long bit, boolean noUpdate) {
            int update = cost(map.parityRole(view.band), row);
            int rest = 0;
            boolean absentChanges = false;
            boolean absentStays = false;
            for (int index = 0; index < data.length; index++) {
                int role = map.dataRole(view.band, index);
                boolean fresh = isFresh(index, bit);
                boolean absent = (view.absent & 1 << role) != 0;
                absentChanges |= absent && fresh;
                absentStays |= absent && !fresh;
                update += fresh ? cost(role, row) : 0;
                rest += fresh ? 0 : cost(role, row);
            }
            boolean byUpdate = absentStays || (!absentChanges && !noUpdate && update < rest);
            if (byUpdate) {
                updated |= bit;
                need[map.parityRole(view.band)] |= bit;
            }
            for (int index = 0; index < data.length; index++) {
                if (isFresh(index, bit) == byUpdate) {
                    need[map.dataRole(view.band, index)] |= bit;
                }
            }
        }

        private int cost(int role, int row) {
            return view.pending(role, row) == null ? 1 : 0;
        }

        private boolean isFresh(int index, long bit) {
            return ((data[index] | zero[index]) & bit) != 0;
        }

        private boolean parityAbsent() {
            return (view.absent & 1 << map.parityRole(view.band)) != 0;
        }

        boolean needsAny() {
            return Arrays.stream(need).anyMatch(rows -> rows != 0);
        }

        BandRecord record(ArrayCore core, RowFetch fetch) {
            BandRecord record = new BandRecord(view.band, view.low, view.span, core.roles(), view.absent);
            long normal = changed & ~cleared;
            for (int index = 0; index < data.length; index++) {
                putData(core, record, index, normal);
            }
            int parity = map.parityRole(view.band);
            if (parityAbsent()) {
                record.implied[parity] |= changed;
            } else if (normal != 0) {
                putParity(core, record, parity, normal, fetch);
            }
            for (long left = cleared; left != 0; left &= left - 1) {
                clear(record, Long.numberOfTrailingZeros(left));
            }
            return record;
        }

        private void putData(ArrayCore core, BandRecord record, int index, long normal) {
            int role = map.dataRole(view.band, index);
            if (view.member(role) == null) {
                record.implied[role] |= normal & (data[index] | zero[index] | view.unwritten());
                record.implied[role] |= cleared;
                return;
            }
            byte[] fresh = bytes[index];
            for (long left = normal & data[index]; left != 0; left &= left - 1) {
                int row = Long.numberOfTrailingZeros(left);
                record.put(role, row, stored(core, record, role, row, Objects.requireNonNull(fresh)));
            }
            // A row of nothing becomes one of blocks: the other blocks are zeroes from now on.
            long blank = normal & view.unwritten() & ~data[index];
            for (long left = blank | (normal & zero[index]); left != 0; left &= left - 1) {
                int row = Long.numberOfTrailingZeros(left);
                boolean inPlace = (view.unwrittenInPlace() & 1L << row) != 0;
                Pending.Kind kind = inPlace ? Pending.Kind.ZERO_IN_PLACE : Pending.Kind.ZERO;
                int checksum = core.checksum.ofZeroes(role, map.memberBlock(view.band, row));
                record.put(role, row, Pending.zeroes(record, kind, checksum));
            }
        }

        private Pending stored(ArrayCore core, BandRecord record, int role, int row, byte[] from) {
            int at = (row - view.low) * Addressing.BLOCK;
            int checksum = core.checksum.of(role, map.memberBlock(view.band, row), from, at);
            return Pending.data(record, checksum, from, at);
        }

        private void clear(BandRecord record, int row) {
            for (int role = 0; role < need.length; role++) {
                if (view.member(role) != null) {
                    record.put(role, row, Pending.zeroes(record, Pending.Kind.UNWRITTEN, BlockChecksum.UNWRITTEN));
                }
            }
        }

        /** Computes the parity of runs of rows that are alike in one pass each. */
        private void putParity(ArrayCore core, BandRecord record, int parity, long normal, RowFetch fetch) {
            byte[] target = new byte[view.span * Addressing.BLOCK];
            byte[][] inputs = new byte[2 * data.length + 1][];
            int row = view.low;
            int end = view.low + view.span;
            while (row < end) {
                int from = row++;
                if ((normal & 1L << from) == 0) {
                    continue;
                }
                while (row < end && (normal & 1L << row) != 0 && alike(from, row)) {
                    row++;
                }
                int count = inputs(from, parity, fetch, inputs);
                int at = (from - view.low) * Addressing.BLOCK;
                Xor.into(target, inputs, count, at, (row - from) * Addressing.BLOCK);
            }
            for (long left = normal; left != 0; left &= left - 1) {
                int each = Long.numberOfTrailingZeros(left);
                record.put(parity, each, stored(core, record, parity, each, target));
            }
        }

        private boolean alike(int a, int b) {
            boolean same =
                    bitOf(updated, a) == bitOf(updated, b) && bitOf(view.unwritten(), a) == bitOf(view.unwritten(), b);
            for (int index = 0; index < data.length && same; index++) {
                same = isFresh(index, 1L << a) == isFresh(index, 1L << b);
            }
            return same;
        }

        private int inputs(int row, int parity, RowFetch fetch, byte[][] inputs) {
            long bit = 1L << row;
            boolean byUpdate = (updated & bit) != 0;
            boolean blank = (view.unwritten() & bit) != 0;
            int count = 0;
            if (byUpdate) {
                inputs[count++] = fetch.content(parity);
            }
            for (int index = 0; index < data.length; index++) {
                boolean fresh = isFresh(index, bit);
                if (fresh) {
                    inputs[count++] = Objects.requireNonNull(bytes[index]);
                }
                if (!blank && fresh == byUpdate) {
                    inputs[count++] = fetch.content(map.dataRole(view.band, index));
                }
            }
            return count;
        }

        private static boolean bitOf(long mask, int row) {
            return (mask & 1L << row) != 0;
        }
    }
}
