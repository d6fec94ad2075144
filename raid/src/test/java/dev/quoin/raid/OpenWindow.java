package dev.quoin.raid;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;

/** Opens a window over the whole of a small array, so that all that is written to where nothing is can be put in place at once. */
final class OpenWindow {

    private OpenWindow() {}

    /** Makes the bits of the window durable by writing to the first blocks. */
    static void over(RaidArray array, ByteBuffer firstBlocks) throws DeviceException {
        array.core().windows.beEager();
        Completion opening = array.core().windows.next(0);
        BlockIo.write(array, 0, firstBlocks, WriteMode.FUA);
        if (opening != null) {
            opening.done(null);
        }
    }
}
