package dev.quoin.clusterfs;

import dev.quoin.clusterfs.disk.SlotClaim;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The claim blocks on the device. Blocking. */
final class Slots {

    private final FsDevice device;

    Slots(FsDevice device) {
        this.device = device;
    }

    int count() {
        return device.layout().slots();
    }

    /** The claim of a slot. */
    SlotClaim read(int slot) throws VfsException {
        long block = device.layout().claimBlock(slot);
        return device.trust(block, SlotClaim.decode(device.read(block), device.fsId(), device.layout(), slot));
    }

    /** All claims, by slot. */
    List<SlotClaim> readAll() throws VfsException {
        List<SlotClaim> all = new ArrayList<>();
        for (int slot = 0; slot < count(); slot++) {
            all.add(read(slot));
        }
        return all;
    }

    /** Stores a claim durably. The caller owns the slot or recovers it. */
    void write(SlotClaim claim) throws VfsException {
        byte[] block = claim.encode(device.fsId(), device.layout());
        FsDevice.await(
                List.of(device.write(device.layout().claimBlock(claim.slot()), ByteBuffer.wrap(block), WriteMode.FUA)));
    }
}
