package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;

/** Reads an extent with its band held: repairs what is bad, and makes what a missing member held from the others. */
final class BandRead implements Band.Operation {

    private final ArrayCore core;
    private final Addressing.Extent extent;
    private final ByteBuffer target;
    private final Completion completion;

    BandRead(ArrayCore core, Addressing.Extent extent, ByteBuffer target, Completion completion) {
        this.core = core;
        this.extent = extent;
        this.target = target;
        this.completion = completion;
    }

    @Override
    public void run(Band band) {
        int role = core.map.dataRole(extent.band(), extent.index());
        RowFetch fetch = new RowFetch(core, new RowView(core, extent.band(), extent.row(), extent.blocks()));
        long[] want = new long[core.roles()];
        want[role] = Addressing.mask(extent.row(), extent.blocks());
        fetch.fetch(want).thenRun(() -> {
            DeviceException failure = core.dead();
            if (failure == null && fetch.lost() != 0) {
                failure = new DeviceException(
                        Code.MEDIUM_ERROR,
                        core.deviceName(),
                        Long.bitCount(fetch.lost()) + " of " + extent.blocks() + " blocks at row " + extent.row()
                                + " of band " + extent.band() + " cannot be read and not be repaired: restore them");
            }
            if (failure == null) {
                target.put(0, fetch.content(role));
            }
            core.bands.leave(band);
            completion.done(failure);
        });
    }
}
