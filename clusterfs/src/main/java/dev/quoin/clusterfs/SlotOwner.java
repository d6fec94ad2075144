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
import dev.quoin.dlm.api.SessionInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds a slot for a mount and keeps it. Slots that are in use on the device by sessions that the lock manager does not know, because it
 * lost its state, are fenced and replayed before the mount works with anything. Blocking.
 */
final class SlotOwner {

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
    record Owned(Held lock, SlotClaim claim, JournalHeader journal) {}

    /** Replays what unknown sessions left. */
    void replayUnknown(Duration wait) throws VfsException, DlmException {
        for (SlotClaim claim : slots.readAll()) {
            // The claims are read before the sessions: whoever claims in between is then known.
            if (claim.state() == SlotClaim.State.IN_USE && !knownSessions().contains(claim.session())) {
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
            if (claim.state() == SlotClaim.State.IN_USE && !knownSessions().contains(claim.session())) {
                fenceOrFail(claim);
                recovery.replay(claim);
            }
        } finally {
            lock.releaseAsync(null).join();
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

    private Set<Long> knownSessions() throws DlmException {
        return client.sessions().stream()
                .map(SessionInfo::id)
                .map(SessionId::value)
                .collect(Collectors.toSet());
    }

    /** Takes a free slot, durably: EBUSY if none becomes free in time. */
    Owned claim(Duration wait) throws VfsException, DlmException {
        long end = System.nanoTime() + wait.toNanos();
        while (true) {
            for (int slot = 0; slot < slots.count(); slot++) {
                Owned owned = tryClaim(slot);
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

    private @Nullable Owned tryClaim(int slot) throws VfsException, DlmException {
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
                if (isUnfenced(found.session())) {
                    return null;
                }
                fenceOrFail(found);
                found = recovery.replay(found);
            }
            Owned owned = new Owned(lock, ours(found), journalOf(found));
            slots.write(owned.claim());
            claimed = true;
            return owned;
        } finally {
            if (!claimed) {
                lock.releaseAsync(null).join();
            }
        }
    }

    private boolean isUnfenced(long session) throws DlmException {
        List<SessionInfo> all = client.sessions();
        return all.stream()
                .anyMatch(one -> one.id().value() == session && one.state() == SessionInfo.State.ENDED_NOT_FENCED);
    }

    private SlotClaim ours(SlotClaim found) {
        Instant now = Instant.now();
        return new SlotClaim(
                found.slot(),
                SlotClaim.State.IN_USE,
                found.epoch() + 1,
                client.session().value(),
                UUID.randomUUID(),
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
                claim.slot(),
                SlotClaim.State.CLEAN,
                claim.epoch(),
                claim.session(),
                claim.mount(),
                claim.claimed(),
                claim.node()));
        owned.lock().releaseAsync(null).join();
    }
}
