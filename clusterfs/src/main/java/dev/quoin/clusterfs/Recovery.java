package dev.quoin.clusterfs;

import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.disk.SlotClaim;
import dev.quoin.clusterfs.glock.LockName;
import dev.quoin.clusterfs.journal.Journal;
import dev.quoin.clusterfs.journal.Replay;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends what dead nodes left: fence, replay the journal, mark the slot clean, and only then let the locks go. Each step can be done
 * again by another node if this one dies in it. Blocking; one thread at a time.
 */
final class Recovery {

    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** Recovery locks of sessions that own no slot begin here. */
    private static final long WITHOUT_SLOT = 1L << 32;

    private final FsDevice device;
    private final Slots slots;
    private final LockClient client;
    private final Lockspace lockspace;
    private final FenceAgent fenceAgent;

    Recovery(FsDevice device, LockClient client, Lockspace lockspace, FenceAgent fenceAgent) {
        this.device = device;
        this.slots = new Slots(device);
        this.client = client;
        this.lockspace = lockspace;
        this.fenceAgent = fenceAgent;
    }

    /** Recovers every ended session that was a mount of this file system and that nobody else recovers just now. */
    void recoverEnded() throws VfsException, DlmException {
        List<SessionInfo> ended = client.sessions().stream()
                .filter(session -> session.state() != SessionInfo.State.ALIVE)
                .toList();
        if (ended.isEmpty()) {
            return;
        }
        List<SlotClaim> claims = slots.readAll();
        List<LockInfo> locks = lockspace.locks(new byte[0]);
        for (SessionInfo session : ended) {
            Optional<SlotClaim> claim = claimOf(claims, session.id());
            boolean isOurs = claim.isPresent()
                    || locks.stream().anyMatch(lock -> session.id().equals(lock.session()));
            if (isOurs) {
                long number = claim.isPresent()
                        ? claim.get().slot()
                        : WITHOUT_SLOT + session.id().value();
                recoverAlone(session, number);
            }
        }
    }

    private static Optional<SlotClaim> claimOf(List<SlotClaim> claims, SessionId session) {
        return claims.stream()
                .filter(one -> one.state() == SlotClaim.State.IN_USE && one.session() == session.value())
                .findFirst();
    }

    private void recoverAlone(SessionInfo session, long number) throws VfsException, DlmException {
        LockName name = new LockName(device.fsId(), 'X', number, 0);
        LockOutcome outcome =
                lockspace.acquire(name.resource(), LockRequest.of(LockMode.EX).noQueue());
        if (!(outcome instanceof LockOutcome.Granted(Held recovering))) {
            return;
        }
        try {
            Optional<SessionInfo> still = client.sessions().stream()
                    .filter(one -> one.id().equals(session.id()) && one.state() != SessionInfo.State.ALIVE)
                    .findFirst();
            if (still.isPresent()) {
                recover(still.get());
            }
        } finally {
            recovering.close();
        }
    }

    private void recover(SessionInfo session) throws VfsException, DlmException {
        if (session.state() == SessionInfo.State.ENDED_NOT_FENCED) {
            if (!fence(session.node(), session.id())) {
                return;
            }
            client.declareFenced(session.id());
        }
        // Only now can no claim of that session appear any more.
        Optional<SlotClaim> claim = claimOf(slots.readAll(), session.id());
        if (claim.isPresent()) {
            replay(claim.get());
        }
        client.declareRecovered(session.id(), lockspace.name());
        LOG.info("dead node recovered fs={} node={} session={}", device.name(), session.node(), session.id());
    }

    /** Cuts a node off; false if that is not sure. */
    boolean fence(String node, SessionId session) {
        try {
            fenceAgent.fence(node, session);
            return true;
        } catch (IOException failure) {
            LOG.warn(
                    "node could not be fenced, its locks stay held fs={} node={} session={} error={}",
                    device.name(),
                    node,
                    session,
                    failure.toString());
            return false;
        }
    }

    /** Replays the journal of a slot whose owner is cut off, empties it, and marks the slot clean, all durably. */
    SlotClaim replay(SlotClaim claim) throws VfsException {
        Replay done = Replay.run(device, claim.slot());
        long epoch = claim.epoch() + 1;
        Journal.writeHeader(
                device,
                new JournalHeader(
                        claim.slot(), done.next().position(), epoch, done.next().sequence()));
        SlotClaim clean = new SlotClaim(
                claim.slot(), SlotClaim.State.CLEAN, epoch, 0, claim.mount(), claim.claimed(), claim.node());
        slots.write(clean);
        LOG.info(
                "journal replayed fs={} slot={} node={} records={} applied={} skipped={}",
                device.name(),
                claim.slot(),
                claim.node(),
                done.records(),
                done.applied(),
                done.skipped());
        return clean;
    }
}
