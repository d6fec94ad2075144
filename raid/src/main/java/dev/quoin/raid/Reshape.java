package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * Moves the blocks of an array from the layout of its members to that of one more, band by band in ascending order, while it serves.
 * Blocking, for a thread of its own.
 *
 * <p>A band of the new layout lies where bands of the old one lay whose blocks are in this band or in one before it. So when it is
 * written in place, all that it overwrites is in the journal, with the redundancy of the array, or was moved before; and what comes
 * behind it is where it was. Before the records of some bands enter the journal, all of the old layout is settled: a replay never
 * finds in them what needs cells that were overwritten since.
 *
 * <p>Requests go to the new layout below the {@link Frontier} and to the old one above it, and wait where it moves.
 */
final class Reshape {

    private static final long WINDOW_BYTES = 8L * 1024 * 1024;
    private static final int WINDOW_MAX = 64;

    private final ArrayCore core;
    private final Frontier frontier;
    private final Progress progress;
    private final long oldBlocks;

    /** Of an array whose layout is being changed. */
    Reshape(ArrayCore core, Frontier frontier, Progress progress) {
        this.core = core;
        this.frontier = frontier;
        this.progress = progress;
        this.oldBlocks = core.size() >> Addressing.BLOCK_SHIFT;
    }

    /** Moves all that is not moved. */
    void run() throws DeviceException {
        long bandBytes = core.map.bandBytes();
        long most = Math.clamp(WINDOW_BYTES / (bandBytes * core.roles()), 1, WINDOW_MAX);
        core.publish(
                ArrayEvent.Type.RESHAPE_STARTED,
                -1,
                "to " + core.roles() + " members from band " + frontier.position() + " of " + core.bandCount);
        while (frontier.position() < core.bandCount) {
            check();
            // Small steps first: where the new layout overwrites what is just being moved, little has to wait.
            long window = Math.clamp(frontier.position(), 1, most);
            long end = Math.min(frontier.position() + window, core.bandCount);
            move(frontier.position(), end);
            progress.at(end * bandBytes, core.bandCount * bandBytes);
        }
        check();
    }

    private void move(long from, long end) throws DeviceException {
        List<MovedBand> moved = new ArrayList<>();
        SortedSet<Long> sources = new TreeSet<>();
        for (long number = from; number < end; number++) {
            MovedBand band = new MovedBand(core, number);
            moved.add(band);
            // What lies there now must have ended too, if it is of use or not.
            sources.add(number);
            for (int index = 0; index < band.chunks(); index++) {
                if (core.map.block(Addressing.MOVED + number, index, 0) < oldBlocks) {
                    sources.add(band.source(index).band());
                }
            }
        }
        List<Band> old = hold(sources);
        SortedSet<Long> targets = new TreeSet<>();
        for (long number = from; number < end; number++) {
            targets.add(Addressing.MOVED + number);
        }
        List<Band> fresh = hold(targets);
        try {
            fetch(from, moved, old);
            core.journal.drain().join();
            core.journal.checkpoint().join();
            check();
            enter(moved, fresh, end);
        } finally {
            old.forEach(core.bands::leave);
            fresh.forEach(core.bands::leave);
        }
    }

    /** Gets bands for itself. Nobody else who has one waits for another, so the order does not matter. */
    private List<Band> hold(SortedSet<Long> numbers) {
        List<CompletableFuture<Band>> turns = new ArrayList<>();
        for (long number : numbers) {
            var turn = new CompletableFuture<Band>();
            turns.add(turn);
            core.bands.enter(number, turn::complete);
        }
        return turns.stream().map(CompletableFuture::join).toList();
    }

    private void fetch(long from, List<MovedBand> moved, List<Band> old) throws DeviceException {
        SortedMap<Long, RowFetch> fetches = new TreeMap<>();
        SortedMap<Long, long[]> wants = new TreeMap<>();
        for (Band band : old) {
            fetches.put(band.number, new RowFetch(core, new RowView(core, band.number, 0, core.map.rows())));
            wants.put(band.number, new long[core.map.columns()]);
        }
        for (int i = 0; i < moved.size(); i++) {
            for (int index = 0; index < moved.get(i).chunks(); index++) {
                if (core.map.block(Addressing.MOVED + from + i, index, 0) < oldBlocks) {
                    Addressing.Extent source = moved.get(i).source(index);
                    int column = core.map.dataColumn(source.band(), source.index());
                    RowView view = view(fetches, source);
                    long all = Addressing.mask(0, core.map.rows());
                    long[] want = wants.get(source.band());
                    want[column] = all & ~view.surelyUnwritten(column);
                }
            }
        }
        List<CompletableFuture<?>> reads = new ArrayList<>();
        fetches.forEach((band, fetch) -> reads.add(fetch.fetch(wants.get(band))));
        CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new)).join();
        check();
        for (int i = 0; i < moved.size(); i++) {
            for (int index = 0; index < moved.get(i).chunks(); index++) {
                if (core.map.block(Addressing.MOVED + from + i, index, 0) < oldBlocks) {
                    take(moved.get(i), index, fetches, wants);
                }
            }
        }
    }

    private static RowView view(SortedMap<Long, RowFetch> fetches, Addressing.Extent source) {
        return fetches.get(source.band()).view;
    }

    private void take(MovedBand band, int index, SortedMap<Long, RowFetch> fetches, SortedMap<Long, long[]> wants)
            throws DeviceException {
        Addressing.Extent source = band.source(index);
        RowFetch fetch = fetches.get(source.band());
        int column = core.map.dataColumn(source.band(), source.index());
        long want = wants.get(source.band())[column];
        long lost = want & fetch.lost(column) & (fetch.view.member(column) == null ? -1 : fetch.bad(column));
        if (lost != 0) {
            long block = core.map.block(source.band(), source.index(), Long.numberOfTrailingZeros(lost));
            throw new DeviceException(
                    Code.MEDIUM_ERROR,
                    core.deviceName(),
                    "blocks from " + block + " on cannot be read and not be repaired, so they cannot be moved: write"
                            + " them anew, then go on; the array serves as it is");
        }
        long written = want & ~fetch.view.unwritten(column);
        if (written != 0) {
            byte[] bytes = fetch.content(column);
            // Cells that hold nothing read as zeroes, and count as such in the parity.
            band.put(index, bytes, written);
        }
    }

    /** From the moment on that all of them are in memory requests go there; only then the journal and the members get them. */
    private void enter(List<MovedBand> moved, List<Band> fresh, long end) {
        List<BandRecord> records = moved.stream().map(MovedBand::record).toList();
        for (int i = 0; i < records.size(); i++) {
            core.bands.publish(fresh.get(i), records.get(i), false);
        }
        if (core.sabotage == Sabotage.MOVED_BEFORE_THE_JOURNAL) {
            core.membership.recordMoved(end).join();
        }
        frontier.advance(end);
        records.forEach(core.journal::append);
    }

    private void check() throws DeviceException {
        core.requireOpen("the reshape goes on when it is open again");
    }
}
