package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A round of writes to one band: all that waited when its turn came.
 *
 * <p>Plans which old cells a new parity needs, by fewest reads; gets them, verified; computes the parity; and hands a record to the
 * journal. It has the band from its turn until the record is in the journal, not until anything is written.
 */
final class BandWrite implements Band.Operation {

    /** How many pieces a round takes up. */
    static final int PIECES_MAX = 256;

    /** New content for some rows of one data chunk, or of all with the index {@link Addressing#ALL}; zeroes if there is no source. */
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
    /** Whether what comes behind this may have to be put in place before it is recorded. */
    private boolean opensWindow;

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
        Map<Long, BandWrite> moved = takeMoved(band.number);
        attempt(band, 0);
        moved.forEach(core.bands::enter);
    }

    /** Takes out what belongs into other bands since the layout of these blocks has changed. */
    private Map<Long, BandWrite> takeMoved(long number) {
        Map<Long, BandWrite> moved = new LinkedHashMap<>();
        pieces.removeIf(piece -> {
            boolean gone = core.hasMoved(number, piece.index, piece.row);
            if (gone) {
                Addressing.Extent now = core.extent(core.map.block(number, piece.index, piece.row), piece.blocks);
                moved.computeIfAbsent(now.band(), band -> new BandWrite(core))
                        .add(new Piece(now.index(), now.row(), now.blocks(), piece.source, piece.request));
            }
            return gone;
        });
        return moved;
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
        long[] whole = WholeCodewords.of(core, view, pieces);
        PlacedWrite placed = whole == null ? null : PlacedWrite.of(core, view, pieces, whole);
        if (placed != null && core.windows.enter(band.number)) {
            place(band, placed, noUpdate);
        } else {
            opensWindow = placed != null;
            boolean over = whole != null && Overwrite.suits(core, view, whole);
            if (Overwrite.waits(core, view, over)) {
                core.journal.drain().thenRun(() -> attempt(band, noUpdate));
            } else {
                prepare(band, view, noUpdate, over);
            }
        }
    }

    /** Does without the journal; with it if a member fails. */
    private void place(Band band, PlacedWrite placed, long noUpdate) {
        placed.run().thenAccept(record -> {
            if (record == null) {
                core.windows.leave(band.number);
                attempt(band, noUpdate);
                return;
            }
            for (Piece piece : pieces) {
                // Nothing of it is kept in memory.
                core.admission.release(piece.bytes());
            }
            opensWindow = true;
            append(band, record);
            core.windows.leave(band.number);
        });
    }

    private void prepare(Band band, RowView view, long noUpdate, boolean over) {
        FreshRows fresh = FreshRows.plan(core, view, new NewContent(core.map, view, pieces), noUpdate);
        RowFetch fetch = new RowFetch(core, view);
        if (!core.map.layout().survives(view.absent)) {
            // Members failed and the array has not noticed yet that it is dead.
            failAll(band, new DeviceException(Code.GONE, core.deviceName(), "too many members failed"));
            return;
        }
        if (Arrays.stream(fresh.need()).allMatch(rows -> rows == 0)) {
            BandRecord record = fresh.record(fetch);
            append(band, reserved(over ? Overwrite.leaveOut(core, view, record) : record));
            return;
        }
        fetch.fetch(fresh.need()).thenRun(() -> {
            if (fetch.lost() == 0) {
                append(band, reserved(fresh.record(fetch)));
            } else {
                retry(band, fresh, fetch.lost(), noUpdate);
            }
        });
    }

    /** A lost row may still be written if all that is lost in it is overwritten: then the parity is made from the others. */
    private void retry(Band band, FreshRows fresh, long lost, long noUpdate) {
        long hope = lost & fresh.updated() & ~noUpdate;
        long hopeless = lost & ~hope;
        if (core.dead() == null && hopeless != 0) {
            DeviceException why = new DeviceException(
                    Code.MEDIUM_ERROR,
                    core.deviceName(),
                    "the old content of a stripe cannot be read and not be repaired, so its parity cannot be kept; write"
                            + " whole stripes, or restore the range at band " + Addressing.place(band.number));
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

    private BandRecord reserved(BandRecord record) {
        for (Piece piece : pieces) {
            record.reserved += piece.bytes();
        }
        return record;
    }

    private void append(Band band, BandRecord record) {
        for (Piece piece : pieces) {
            record.acks.add(new BandRecord.Ack(piece.request::pieceDone, piece.request.durable));
        }
        Completion opening = opensWindow ? core.windows.next(band.number) : null;
        if (opening != null) {
            record.acks.add(new BandRecord.Ack(opening, true));
        }
        if (record.isEmpty()) {
            core.admission.release(record.reserved);
        } else {
            // Blocks that are cut over several members are like atomic writes: their slices are read one by one.
            boolean whole = core.map.cutsBlocks() || pieces.stream().anyMatch(piece -> piece.request.atomic);
            core.bands.publish(band, record, whole);
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
}
