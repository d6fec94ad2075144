package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads an extent with its band held: repairs what is bad, and makes what a missing member held from the others. */
final class BandRead implements Band.Operation {

    private final ArrayCore core;
    private final Addressing.Extent extent;
    private final ByteBuffer target;
    private final Completion completion;

    /** A read into the whole of {@code target}, whose position is 0. */
    BandRead(ArrayCore core, Addressing.Extent extent, ByteBuffer target, Completion completion) {
        this.core = core;
        this.extent = extent;
        this.target = target;
        this.completion = completion;
    }

    @Override
    public void run(Band band) {
        if (core.hasMoved(extent.band(), extent.index(), extent.row())) {
            core.bands.leave(band);
            Addressing.Extent now =
                    core.extent(core.map.block(extent.band(), extent.index(), extent.row()), extent.blocks());
            core.bands.enter(now.band(), new BandRead(core, now, target, completion));
            return;
        }
        RowFetch fetch = new RowFetch(core, new RowView(core, extent.band(), extent.row(), extent.blocks()));
        int[] columns = columns();
        long[] want = new long[core.map.columns()];
        for (int column : columns) {
            want[column] = rows();
        }
        fetch.fetch(want).thenRun(() -> {
            DeviceException failure = core.dead();
            if (failure == null && fetch.lost() != 0) {
                failure = error(Long.bitCount(fetch.lost()) + " of " + extent.blocks(), "be read and not be repaired");
            }
            if (failure == null && core.verifiesReads && fetch.view.absent == 0) {
                failure = verify(fetch);
            }
            if (failure == null) {
                copy(fetch, columns);
            }
            core.bands.leave(band);
            completion.done(failure);
        });
    }

    private long rows() {
        return Addressing.mask(extent.row(), extent.blocks());
    }

    /** What is to be read: the copy that is placed best, or all data of rows that hold one block each, or all columns. */
    private int[] columns() {
        int[] word = core.map.words(extent.band())[0];
        if (core.verifiesReads) {
            return word;
        }
        if (extent.index() == Addressing.ALL) {
            return Arrays.copyOf(word, core.map.layout().dataChunks());
        }
        int chosen = CopyChoice.column(core, extent.band(), extent.index(), extent.row());
        return new int[] {chosen < 0 ? core.map.dataColumn(extent.band(), extent.index()) : chosen};
    }

    private DeviceException error(String blocks, String what) {
        return new DeviceException(
                Code.MEDIUM_ERROR,
                core.deviceName(),
                blocks + " blocks at row " + extent.row() + " of band " + Addressing.place(extent.band()) + " cannot "
                        + what + ": restore them");
    }

    private @Nullable DeviceException verify(RowFetch fetch) {
        int[] word = core.map.words(extent.band())[0];
        byte[][] cells = new byte[word.length][];
        for (int position = 0; position < word.length; position++) {
            cells[position] = fetch.content(word[position]);
        }
        boolean agrees = core.map.redundancy().agrees(cells, 0, extent.blocks() * core.map.cell());
        return agrees ? null : error("some of " + extent.blocks(), "be trusted: their parity is wrong");
    }

    private void copy(RowFetch fetch, int[] columns) {
        if (extent.index() != Addressing.ALL) {
            target.put(0, fetch.content(columns[0]));
            return;
        }
        for (int i = 0; i < core.map.layout().dataChunks(); i++) {
            Slices.scatter(fetch.content(columns[i]), target, i, extent.blocks(), core.map.cell());
        }
    }
}
