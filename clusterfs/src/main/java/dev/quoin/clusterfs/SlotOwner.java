package dev.quoin.clusterfs;

import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.disk.SlotClaim;
import dev.quoin.clusterfs.glock.LockName;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finds a slot for a mount and keeps it. Slots that are in use on the device by sessions that the lock manager does not know, because it
 * lost its state, are fenced and replayed before the mount works with anything. Blocking.
 */
final class SlotOwner {

    private static final long RELEASE_SECONDS = 5;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final FsDevice device;
    private final Slots slots;
    private final LockClient client;
    private final Lockspace lockspace;
    private final Recovery recovery;

    SlotOwner(FsDevice device, LockClient client, Lockspace lockspace, Recovery recovery) {
        this.device = device;
        this.slots = new Slots(device);
        this.client = client;
        this.lockspace = lockspace;
        this.recovery = recovery;
    }

    /** A slot that is ours: its lock, its claim as written, and where its empty journal goes on. */
    record Owned(Held lock, Held claimant, SlotClaim claim, JournalHeader journal) {
        /** Lets the locks go without marking the slot clean. */
        void abandon() {
            lock.close();
            claimant.close();
        }
    }

    /** Replays what unknown sessions left. */
    void replayUnknown(Duration wait) throws VfsException, DlmException {
        for (SlotClaim claim : slots.readAll()) {
            if (claim.state() == SlotClaim.State.IN_USE && !isKnown(claim)) {
                replayUnknown(claim.slot(), wait);
            }
        }
    }

    private void replayUnknown(int slot, Duration wait) throws VfsException, DlmException {
        LockRequest request = LockRequest.of(LockMode.EX).timeout(wait);
        LockOutcome outcome =
                lockspace.acquire(LockName.slot(device.fsId(), slot).resource(), request);
        if (!(outcome instanceof LockOutcome.Granted(Held lock))) {
            throw new VfsException(
                    Errno.EBUSY, "slot " + slot + " of " + device.name() + " could not be locked: " + outcome);
        }
        try {
            SlotClaim claim = slots.read(slot);
            if (claim.state() == SlotClaim.State.IN_USE && !isKnown(claim)) {
                fenceOrFail(claim);
                recovery.replay(claim);
            }
        } finally {
            lock.close();
        }
    }

    private void fenceOrFail(SlotClaim claim) throws VfsException {
        if (claim.session() > 0 && !recovery.fence(claim.node(), new SessionId(claim.session()))) {
            throw new VfsException(
                    Errno.EBUSY,
                    "slot " + claim.slot() + " of " + device.name() + " was left in use by node " + claim.node()
                            + ", which could not be fenced");
        }
    }

    /**
     * Whether the lock manager knows the mount that made this claim, alive or waiting for its recovery. Session numbers cannot tell: they begin again
     * when a lock manager lost its state.
     */
    private boolean isKnown(SlotClaim claim) throws DlmException {
        byte[] name = LockName.claimant(device.fsId(), claim.mount()).resource().bytes();
        return lockspace.locks(name).stream().anyMatch(lock -> lock.granted() != null);
    }

    /** Takes a free slot, durably: EBUSY if none becomes free in time. */
    Owned claim(Duration wait) throws VfsException, DlmException {
        UUID mount = UUID.randomUUID();
        LockOutcome outcome =
                lockspace.acquire(LockName.claimant(device.fsId(), mount).resource(), LockRequest.of(LockMode.EX));
        if (!(outcome instanceof LockOutcome.Granted(Held claimant))) {
            throw new VfsException(Errno.EIO, "the lock of mount " + mount + " was not granted: " + outcome);
        }
        boolean claimed = false;
        try {
            Owned owned = claim(mount, claimant, wait);
            claimed = true;
            return owned;
        } finally {
            if (!claimed) {
                claimant.close();
            }
        }
    }

    private Owned claim(UUID mount, Held claimant, Duration wait) throws VfsException, DlmException {
        long end = System.nanoTime() + wait.toNanos();
        while (true) {
            for (int slot = 0; slot < slots.count(); slot++) {
                Owned owned = tryClaim(slot, mount, claimant);
                if (owned != null) {
                    return owned;
                }
            }
            if (System.nanoTime() > end) {
                throw new VfsException(
                        Errno.EBUSY,
                        "all " + slots.count() + " slots of " + device.name()
                                + " are in use; unmount a node or make the file system with more slots");
            }
            recovery.recoverEnded();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private @Nullable Owned tryClaim(int slot, UUID mount, Held claimant) throws VfsException, DlmException {
        LockOutcome outcome = lockspace.acquire(
                LockName.slot(device.fsId(), slot).resource(),
                LockRequest.of(LockMode.EX).noQueue());
        if (!(outcome instanceof LockOutcome.Granted(Held lock))) {
            return null;
        }
        boolean claimed = false;
        try {
            SlotClaim found = slots.read(slot);
            if (found.state() == SlotClaim.State.IN_USE) {
                if (isKnown(found)) {
                    // Alive, or its recovery is not through yet.
                    return null;
                }
                fenceOrFail(found);
                found = recovery.replay(found);
            }
            Owned owned = new Owned(lock, claimant, ours(found, mount), journalOf(found));
            slots.write(owned.claim());
            claimed = true;
            return owned;
        } finally {
            if (!claimed) {
                lock.close();
            }
        }
    }

    private SlotClaim ours(SlotClaim found, UUID mount) {
        Instant now = Instant.now();
        return new SlotClaim(
                found.slot(),
                SlotClaim.State.IN_USE,
                found.epoch() + 1,
                client.session().value(),
                mount,
                Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano()),
                client.node());
    }

    private JournalHeader journalOf(SlotClaim found) throws VfsException {
        long start = device.layout().journalStart(found.slot());
        JournalHeader header = device.trust(
                start, JournalHeader.decode(device.read(start), device.fsId(), device.layout(), found.slot()));
        return new JournalHeader(found.slot(), header.position(), found.epoch() + 1, header.sequence());
    }

    /** Marks the slot clean, durably, and lets it go; everything of this mount is in place. */
    void release(Owned owned) throws VfsException {
        SlotClaim claim = owned.claim();
        slots.write(new SlotClaim(
                claim.slot(), SlotClaim.State.CLEAN, claim.epoch(), 0, claim.mount(), claim.claimed(), claim.node()));
        try {
            owned.lock().releaseAsync(null).get(RELEASE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException late) {
            // The slot is clean on the device; the lock goes with the session at the latest.
            owned.lock().close();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        owned.claimant().close();
    }
}
