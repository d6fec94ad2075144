package dev.quoin.raid;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the role of a member that works to the device that was filled from it. Blocking.
 *
 * <p>The order is what counts. No batch enters the journal until it is done, and all before are settled, so that neither the ring of
 * the old member nor that of the new one holds anything that is needed. What was copied is made durable; the new device gets a
 * superblock by which it is found; then the members say in one step that it has the role. Whichever of them say so after a power cut,
 * the device that they name holds everything. Only when all say so is the old one wiped.
 */
final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final ArrayCore core;
    private final Member old;
    private final Member copy;

    Exchange(ArrayCore core, Member old, Member copy) {
        this.core = core;
        this.old = old;
        this.copy = copy;
    }

    void run() throws DeviceException {
        if (core.sabotage != Sabotage.NO_HOLD) {
            core.journal.hold().join();
        }
        try {
            prepare();
            change();
        } finally {
            core.journal.release();
        }
        // Whoever has a band may still have the old member in hand.
        core.bands.passThrough().join();
        try {
            Formatter.wipe(old.device);
            BlockIo.flush(old.device);
        } catch (DeviceException failure) {
            LOG.warn("replaced device cannot be wiped; array={} device={}", core.name, old.device.name(), failure);
        }
    }

    private void prepare() throws DeviceException {
        Checkpoint.writeMetadata(core, copy).join();
        Newcomer.writeJournal(core, copy);
        if (core.sabotage != Sabotage.NO_REBUILD_FLUSH) {
            BlockIo.flush(copy.device);
        }
        check();
        BlockIo.await(copy.device, SuperblockStore.write(copy.device, core.membership.recordedSuperblock(copy)));
    }

    private void change() throws DeviceException {
        core.membership
                .change(() -> {
                    if (isReady()) {
                        core.membership.uuid(copy.role, copy.uuid);
                        core.members.set(copy.role, copy);
                        core.copies.set(copy.role, null);
                        copy.state(RoleState.IN_SYNC);
                    }
                })
                .join();
        if (core.members.get(copy.role) == copy && !copy.isActive()) {
            // Nothing was written since, so the old one is as good as it was.
            core.membership
                    .change(() -> {
                        core.membership.uuid(old.role, old.uuid);
                        core.members.set(old.role, old);
                    })
                    .join();
        }
        check();
    }

    private boolean isReady() {
        return core.members.get(copy.role) == old
                && old.state() == RoleState.IN_SYNC
                && core.copies.get(copy.role) == copy
                && copy.isActive();
    }

    private void check() throws DeviceException {
        DeviceException dead = core.dead();
        if (dead != null) {
            throw dead;
        }
        if (!copy.isActive()) {
            throw new DeviceException(Code.GONE, copy.device.name(), "failed while it was filled: take another");
        }
        if (core.members.get(copy.role) != copy && !isReady()) {
            throw new DeviceException(Code.GONE, old.device.name(), "failed while it was copied");
        }
    }
}
