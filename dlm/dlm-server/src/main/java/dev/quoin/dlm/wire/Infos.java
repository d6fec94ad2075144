package dev.quoin.dlm.wire;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.proto.Deadlock;
import dev.quoin.dlm.proto.EndPolicy;
import dev.quoin.dlm.proto.Lockspaces;
import dev.quoin.dlm.proto.OpenLockspace;
import dev.quoin.dlm.proto.RangeKind;
import java.util.List;
import java.util.Map;

/** Makes messages of what observers are told. */
final class Infos {

    /** What a lock takes at most besides names. */
    private static final int LOCK_BYTES = 96;

    private Infos() {}

    /** About how many bytes the message of a lock takes. */
    static int size(LockInfo lock) {
        return LOCK_BYTES
                + lock.lockspace().length() * 3
                + lock.node().length() * 3
                + (1 + lock.parents().size()) * ResourceName.LENGTH_MAX;
    }

    static dev.quoin.dlm.proto.LockInfo lock(LockInfo lock) {
        dev.quoin.dlm.proto.LockInfo.Builder message = dev.quoin.dlm.proto.LockInfo.newBuilder()
                .setLock(lock.id())
                .setLockspace(lock.lockspace())
                .setResource(ByteString.copyFrom(lock.resource().bytes()))
                .setNode(lock.node())
                .setOwner(lock.owner().id())
                .setSinceMillis(lock.since().toEpochMilli())
                .setSessionEnded(lock.state() == LockInfo.State.SESSION_ENDED)
                .setOrphan(lock.state() == LockInfo.State.ORPHAN);
        lock.parents().forEach(parent -> message.addParents(ByteString.copyFrom(parent.bytes())));
        var session = lock.session();
        LockMode granted = lock.granted();
        LockMode wanted = lock.wanted();
        var token = lock.token();
        if (session != null) {
            message.setSession(session.value());
        }
        if (granted != null) {
            message.setGranted(Results.mode(granted));
        }
        if (wanted != null) {
            message.setWanted(Results.mode(wanted));
        }
        if (token != null) {
            message.setToken(token.value());
        }
        return message.build();
    }

    static dev.quoin.dlm.proto.LockWait wait(LockWait wait) {
        return dev.quoin.dlm.proto.LockWait.newBuilder()
                .setWaiter(lock(wait.waiter()))
                .setBlocker(lock(wait.blocker()))
                .build();
    }

    static Deadlock cycle(List<LockWait> cycle) {
        return Deadlock.newBuilder()
                .addAllCycle(cycle.stream().map(Infos::wait).toList())
                .build();
    }

    static dev.quoin.dlm.proto.RangeInfo range(RangeInfo range) {
        return dev.quoin.dlm.proto.RangeInfo.newBuilder()
                .setStart(range.range().start())
                .setEnd(range.range().end())
                .setKind(range.kind() == RangeLocks.Kind.WRITE ? RangeKind.WRITE : RangeKind.READ)
                .setSession(range.session().value())
                .setNode(range.node())
                .setOwner(range.owner().id())
                .setToken(range.token().value())
                .build();
    }

    static Lockspaces lockspaces(Map<String, SessionEndPolicy> lockspaces) {
        Lockspaces.Builder message = Lockspaces.newBuilder();
        lockspaces.forEach((name, policy) -> message.addLockspaces(
                OpenLockspace.newBuilder().setName(name).setPolicy(EndPolicy.forNumber(policy.ordinal()))));
        return message.build();
    }

    static dev.quoin.dlm.proto.SessionInfo session(SessionInfo session) {
        return dev.quoin.dlm.proto.SessionInfo.newBuilder()
                .setSession(session.id().value())
                .setNode(session.node())
                .setEnded(session.state() != SessionInfo.State.ALIVE)
                .setFenced(session.state() == SessionInfo.State.FENCED_NOT_RECOVERED)
                .setLeaseMillis((int) session.lease().toMillis())
                .setSinceMillis(session.since().toEpochMilli())
                .setLocks(session.locks())
                .build();
    }
}
