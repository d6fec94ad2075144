package dev.quoin.dlm.wire;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.api.WantedLock;
import dev.quoin.dlm.core.Operation;
import dev.quoin.dlm.proto.Acquire;
import dev.quoin.dlm.proto.AcquireMany;
import dev.quoin.dlm.proto.Adopt;
import dev.quoin.dlm.proto.Change;
import dev.quoin.dlm.proto.Commit;
import dev.quoin.dlm.proto.Convert;
import dev.quoin.dlm.proto.EndPolicy;
import dev.quoin.dlm.proto.Guard;
import dev.quoin.dlm.proto.Mode;
import dev.quoin.dlm.proto.OpenLockspace;
import dev.quoin.dlm.proto.Queue;
import dev.quoin.dlm.proto.Release;
import dev.quoin.dlm.proto.Wanted;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the core's operations of messages; what is wrong with a message becomes {@link Operation.Malformed}. */
final class Operations {

    private static final LockMode[] MODES = LockMode.values();
    private static final SessionEndPolicy[] POLICIES = SessionEndPolicy.values();
    private static final LockRequest.Queue[] QUEUES = LockRequest.Queue.values();

    private static final int REASON_LENGTH_MAX = 500;

    private Operations() {}

    static Operation read(dev.quoin.dlm.proto.Operation message) {
        return switch (message.getKindCase()) {
            case ACQUIRE -> acquire(message.getAcquire());
            case CONVERT -> convert(message.getConvert());
            case RELEASE -> release(message.getRelease());
            case CANCEL ->
                new Operation.Cancel(
                        message.getCancel().getTarget(), message.getCancel().getTimedOut());
            case COMMIT -> commit(message.getCommit());
            case OPEN_LOCKSPACE -> openLockspace(message.getOpenLockspace());
            case ADOPT -> adopt(message.getAdopt());
            case ACQUIRE_MANY -> acquireMany(message.getAcquireMany());
            case BREAK_LOCK ->
                new Operation.BreakLock(
                        message.getBreakLock().getLock(), message.getBreakLock().getToken());
            case SET_RANGE -> RangeOperations.set(message.getSetRange());
            case TEST_RANGE -> RangeOperations.test(message.getTestRange());
            case LIST_RANGES -> RangeOperations.list(message.getListRanges());
            case LIST_LOCKSPACES -> new Operation.ListLockspaces();
            case LIST_WAITS -> new Operation.ListWaits(message.getListWaits().getLockspace());
            case FIND_DEADLOCKS -> new Operation.FindDeadlocks();
            case DECLARE_RECOVERED ->
                new Operation.DeclareRecovered(
                        message.getDeclareRecovered().getEnded(),
                        message.getDeclareRecovered().getLockspace());
            case GET -> new Operation.Get(message.getGet().getKey());
            case RANGE -> new Operation.Range(message.getRange().getPrefix());
            case WATCH ->
                new Operation.Watch(
                        message.getWatch().getPrefix(), message.getWatch().getFrom());
            case LIST_LOCKS ->
                new Operation.ListLocks(
                        message.getListLocks().getLockspace(),
                        message.getListLocks().getPrefix().toByteArray());
            case LIST_SESSIONS -> new Operation.ListSessions();
            case DECLARE_FENCED ->
                new Operation.DeclareFenced(message.getDeclareFenced().getEnded());
            case END_SESSION -> new Operation.EndSession();
            case NOT_ALLOWED -> notAllowed(message.getNotAllowed().getReason());
            case KIND_NOT_SET ->
                new Operation.Malformed("an operation without a kind found: the client may be newer than the server");
        };
    }

    /** The leader writes it, and is brief; a client that writes it itself is cut short, for the answer is kept. */
    private static Operation notAllowed(String reason) {
        return new Operation.NotAllowed(reason.substring(0, Math.min(reason.length(), REASON_LENGTH_MAX)));
    }

    private static Operation openLockspace(OpenLockspace open) {
        if (open.getPolicy() == EndPolicy.UNRECOGNIZED) {
            return new Operation.Malformed("policy " + open.getPolicyValue() + " found, 0 to " + (POLICIES.length - 1)
                    + " expected: the client may be newer than the server");
        }
        return new Operation.OpenLockspace(
                open.getName(), POLICIES[open.getPolicy().getNumber()]);
    }

    private static Operation adopt(Adopt adopt) {
        Operation.Malformed wrong = wrongName(adopt.getResource());
        if (wrong != null) {
            return wrong;
        }
        if (adopt.getMode() == Mode.UNRECOGNIZED) {
            return unknown(adopt.getModeValue(), 0);
        }
        return new Operation.Adopt(
                adopt.getLockspace(),
                ResourceName.of(adopt.getResource().toByteArray()),
                MODES[adopt.getMode().getNumber()],
                adopt.getListens());
    }

    private static Operation acquireMany(AcquireMany many) {
        List<WantedLock> wanted = new ArrayList<>(many.getWantedCount());
        for (Wanted one : many.getWantedList()) {
            Operation.Malformed wrong = wrongName(one.getResource());
            if (wrong != null) {
                return wrong;
            }
            if (one.getMode() == Mode.UNRECOGNIZED) {
                return unknown(one.getModeValue(), 0);
            }
            wanted.add(new WantedLock(
                    ResourceName.of(one.getResource().toByteArray()),
                    MODES[one.getMode().getNumber()]));
        }
        return new Operation.AcquireMany(many.getLockspace(), List.copyOf(wanted), many.getAll());
    }

    /** What is wrong with the name of a resource, or null. */
    static Operation.@Nullable Malformed wrongName(ByteString name) {
        int length = name.size();
        return length == 0 || length > ResourceName.LENGTH_MAX
                ? new Operation.Malformed(
                        "resource name of " + length + " bytes found, 1 to " + ResourceName.LENGTH_MAX + " expected")
                : null;
    }

    private static Operation acquire(Acquire acquire) {
        Operation.Malformed wrong = wrongName(acquire.getResource());
        if (wrong != null) {
            return wrong;
        }
        if (acquire.getMode() == Mode.UNRECOGNIZED || acquire.getQueue() == Queue.UNRECOGNIZED) {
            return unknown(acquire.getModeValue(), acquire.getQueueValue());
        }
        return new Operation.Acquire(
                acquire.getLockspace(),
                ResourceName.of(acquire.getResource().toByteArray()),
                MODES[acquire.getMode().getNumber()],
                QUEUES[acquire.getQueue().getNumber()],
                acquire.getListens(),
                acquire.getOwner(),
                acquire.getPersistent(),
                acquire.getParent());
    }

    private static Operation.Malformed unknown(int mode, int queue) {
        return new Operation.Malformed("mode " + mode + " and queue " + queue + " found, 0 to " + (MODES.length - 1)
                + " and 0 to " + (QUEUES.length - 1) + " expected");
    }

    private static Operation convert(Convert convert) {
        if (convert.getMode() == Mode.UNRECOGNIZED || convert.getQueue() == Queue.UNRECOGNIZED) {
            return unknown(convert.getModeValue(), convert.getQueueValue());
        }
        if (!convert.hasValue()) {
            return new Operation.Convert(
                    convert.getLock(),
                    MODES[convert.getMode().getNumber()],
                    QUEUES[convert.getQueue().getNumber()],
                    null,
                    convert.getOwner(),
                    convert.getDemote());
        }
        if (isTooLong(convert.getValue())) {
            return tooLong(convert.getValue());
        }
        return new Operation.Convert(
                convert.getLock(),
                MODES[convert.getMode().getNumber()],
                QUEUES[convert.getQueue().getNumber()],
                value(convert.getValue()),
                convert.getOwner(),
                convert.getDemote());
    }

    private static Operation release(Release release) {
        if (!release.hasValue()) {
            return new Operation.Release(release.getLock(), null, release.getAll());
        }
        return isTooLong(release.getValue())
                ? tooLong(release.getValue())
                : new Operation.Release(release.getLock(), value(release.getValue()), release.getAll());
    }

    private static boolean isTooLong(dev.quoin.dlm.proto.ValueBlock value) {
        return value.getBytes().size() > ValueBlock.LENGTH_MAX;
    }

    private static Operation.Malformed tooLong(dev.quoin.dlm.proto.ValueBlock value) {
        return new Operation.Malformed("value block of " + value.getBytes().size() + " bytes found, at most "
                + ValueBlock.LENGTH_MAX + " expected");
    }

    private static ValueBlock value(dev.quoin.dlm.proto.ValueBlock value) {
        return ValueBlock.of(value.getBytes().toByteArray());
    }

    private static Operation commit(Commit commit) {
        List<Transaction.Guard> guards = new ArrayList<>();
        for (Guard guard : commit.getGuardsList()) {
            switch (guard.getKindCase()) {
                case REVISION_IS ->
                    guards.add(new Transaction.Guard.RevisionIs(
                            guard.getRevisionIs().getKey(),
                            guard.getRevisionIs().getRevision()));
                case TOKEN_HELD -> {
                    int length = guard.getTokenHeld().getResource().size();
                    long token = guard.getTokenHeld().getToken();
                    if (length == 0 || length > ResourceName.LENGTH_MAX || token <= 0) {
                        return new Operation.Malformed("a guard with a resource name of " + length + " bytes and token "
                                + token + " found, 1 to " + ResourceName.LENGTH_MAX + " and a positive one expected");
                    }
                    guards.add(new Transaction.Guard.TokenHeld(
                            guard.getTokenHeld().getLockspace(),
                            ResourceName.of(guard.getTokenHeld().getResource().toByteArray()),
                            new FencingToken(token),
                            guard.getTokenHeld().getLock()));
                }
                case KIND_NOT_SET -> {
                    // A guard that is not understood must not be taken as one that holds.
                    return new Operation.Malformed("a guard without a kind found: the client may be newer");
                }
            }
        }
        List<Transaction.Operation> operations = new ArrayList<>();
        for (Change change : commit.getChangesList()) {
            operations.add(
                    change.hasValue()
                            ? new Transaction.Operation.Put(
                                    change.getKey(), change.getValue().toByteArray())
                            : new Transaction.Operation.Delete(change.getKey()));
        }
        return new Operation.Commit(new Transaction(guards, operations));
    }
}
