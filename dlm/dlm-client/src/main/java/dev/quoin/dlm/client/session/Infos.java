package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.proto.Deadlock;
import dev.quoin.dlm.proto.RangeKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What observers are told, from messages. */
final class Infos {

    private Infos() {}

    static LockInfo lock(dev.quoin.dlm.proto.LockInfo lock) {
        return new LockInfo(
                lock.getLock(),
                lock.getLockspace(),
                lock.getParentsList().stream()
                        .map(parent -> ResourceName.of(parent.toByteArray()))
                        .toList(),
                ResourceName.of(lock.getResource().toByteArray()),
                lock.getSession() == 0 ? null : new SessionId(lock.getSession()),
                lock.getNode(),
                new LockOwner(lock.getOwner()),
                lock.hasGranted() ? Replies.mode(lock.getGranted()) : null,
                lock.hasWanted() ? Replies.mode(lock.getWanted()) : null,
                lock.getToken() == 0 ? null : new FencingToken(lock.getToken()),
                Instant.ofEpochMilli(lock.getSinceMillis()),
                lock.getOrphan()
                        ? LockInfo.State.ORPHAN
                        : lock.getSessionEnded() ? LockInfo.State.SESSION_ENDED : LockInfo.State.ALIVE);
    }

    static LockWait wait(dev.quoin.dlm.proto.LockWait wait) {
        return new LockWait(lock(wait.getWaiter()), lock(wait.getBlocker()));
    }

    static List<LockWait> cycle(Deadlock deadlock) {
        return deadlock.getCycleList().stream().map(Infos::wait).toList();
    }

    static RangeInfo range(dev.quoin.dlm.proto.RangeInfo range) {
        return new RangeInfo(
                new ByteRange(range.getStart(), range.getEnd()),
                range.getKind() == RangeKind.WRITE ? RangeLocks.Kind.WRITE : RangeLocks.Kind.READ,
                new SessionId(range.getSession()),
                range.getNode(),
                new LockOwner(range.getOwner()),
                new FencingToken(range.getToken()));
    }

    static SessionInfo session(dev.quoin.dlm.proto.SessionInfo session) {
        SessionInfo.State state = SessionInfo.State.ALIVE;
        if (session.getEnded()) {
            state = session.getFenced() ? SessionInfo.State.FENCED_NOT_RECOVERED : SessionInfo.State.ENDED_NOT_FENCED;
        }
        return new SessionInfo(
                new SessionId(session.getSession()),
                session.getNode(),
                state,
                Duration.ofMillis(session.getLeaseMillis()),
                Instant.ofEpochMilli(session.getSinceMillis()),
                session.getLocks());
    }
}
