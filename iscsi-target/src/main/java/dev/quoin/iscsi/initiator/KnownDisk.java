package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceListeners;
import dev.quoin.device.Geometry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the unit, which stays as it was when it was opened, but may become larger. Any thread may read; only the device's
 * thread learns.
 */
final class KnownDisk implements Command.Completion {

    private static final Logger LOG = LoggerFactory.getLogger(KnownDisk.class);

    private final String name;
    private final DeviceListeners listeners;
    private volatile @Nullable Disk disk;
    private boolean asking;
    private boolean doubtful;

    KnownDisk(String name, DeviceListeners listeners) {
        this.name = name;
        this.listeners = listeners;
    }

    /** The unit as it was last found. */
    Disk now() {
        Disk known = disk;
        if (known == null) {
            throw new IllegalStateException(name + " was not opened");
        }
        return known;
    }

    /** Whether it was found once. */
    boolean isKnown() {
        return disk != null;
    }

    /**
     * A unit was found at the address.
     *
     * @throws DeviceException if it is not the one that was there before
     */
    void found(Disk found) throws DeviceException {
        Disk before = disk;
        if (before != null
                && (!before.identity().equals(found.identity())
                        || found.geometry().size() < before.geometry().size()
                        || !found.geometry()
                                .equals(before.geometry()
                                        .withSize(found.geometry().size())))) {
            throw new DeviceException(
                    Code.GONE,
                    name,
                    "another unit answers: " + found.identity() + " with " + found.geometry() + " found, "
                            + before.identity() + " with " + before.geometry() + " expected");
        }
        doubtful = false;
        asking = false;
        become(found);
    }

    /** The command that asks how large the unit is now; null if it was asked and has not answered. */
    @Nullable Command ask() {
        if (asking) {
            return null;
        }
        asking = true;
        return Command.readCapacity(this);
    }

    /** Whether the unit has changed otherwise than becoming larger, and has to be looked at anew. */
    boolean isDoubtful() {
        return doubtful;
    }

    @Override
    public void done(Command command) {
        asking = false;
        Geometry before = now().geometry();
        long blocks = command.data().getLong(0) + 1;
        boolean sameBlocks = command.data().getInt(8) == before.blockSize();
        if (!sameBlocks || blocks < before.blockCount() || blocks > Long.MAX_VALUE / before.blockSize()) {
            doubtful = true;
        } else {
            become(now().withSize(blocks * before.blockSize()));
        }
    }

    @Override
    public void failed(Command command, DeviceException failure) {
        asking = false;
        LOG.warn("the unit does not say how large it is now; device={} why=\"{}\"", name, failure.getMessage());
    }

    private void become(Disk found) {
        Disk before = disk;
        disk = found;
        if (before != null && found.geometry().size() != before.geometry().size()) {
            LOG.info(
                    "unit has become larger; device={} bytes={}",
                    name,
                    found.geometry().size());
            listeners.tell(DeviceEvent.RESIZED);
        }
    }
}
