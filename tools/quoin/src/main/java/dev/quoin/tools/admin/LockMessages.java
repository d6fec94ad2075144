package dev.quoin.tools.admin;

import dev.quoin.admin.proto.LockInfo;
import dev.quoin.admin.proto.LockWait;
import dev.quoin.admin.proto.RangeInfo;
import dev.quoin.admin.proto.SessionInfo;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import java.util.Locale;

/** Makes messages of what the lock manager tells. */
final class LockMessages {

    private LockMessages() {}

    static LockInfo lock(dev.quoin.dlm.api.LockInfo lock) {
        var message = LockInfo.newBuilder()
                .setLock(lock.id())
                .setLockspace(lock.lockspace())
                .addAllParents(
                        lock.parents().stream().map(ResourceName::toString).toList())
                .setResource(lock.resource().toString())
                .setNode(lock.node())
                .setOwner(lock.owner().id())
                .setGranted(lock.granted() == null ? "" : lock.granted().name())
                .setWanted(lock.wanted() == null ? "" : lock.wanted().name())
                .setSince(lock.since().toEpochMilli())
                .setSessionEnded(lock.state() == dev.quoin.dlm.api.LockInfo.State.SESSION_ENDED)
                .setOrphan(lock.state() == dev.quoin.dlm.api.LockInfo.State.ORPHAN);
        if (lock.session() != null) {
            message.setSession(lock.session().value());
        }
        if (lock.token() != null) {
            message.setToken(lock.token().value());
        }
        return message.build();
    }

    static LockWait wait(dev.quoin.dlm.api.LockWait wait) {
        return LockWait.newBuilder()
                .setWaiter(lock(wait.waiter()))
                .setBlocker(lock(wait.blocker()))
                .build();
    }

    static RangeInfo range(RangeLocks.RangeInfo range) {
        return RangeInfo.newBuilder()
                .setStart(range.range().start())
                .setEnd(range.range().end())
                .setKind(range.kind().name().toLowerCase(Locale.ROOT))
                .setSession(range.session().value())
                .setNode(range.node())
                .setOwner(range.owner().id())
                .setToken(range.token().value())
                .build();
    }

    static SessionInfo.Builder session(dev.quoin.dlm.api.SessionInfo session) {
        return SessionInfo.newBuilder()
                .setSession(session.id().value())
                .setNode(session.node())
                .setState(
                        switch (session.state()) {
                            case ALIVE -> "alive";
                            case ENDED_NOT_FENCED -> "ended";
                            case FENCED_NOT_RECOVERED -> "fenced";
                        })
                .setLeaseMillis(session.lease().toMillis())
                .setSince(session.since().toEpochMilli())
                .setLocks(session.locks());
    }
}
