package dev.quoin.dlm.wire;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.core.Result;
import dev.quoin.dlm.proto.Cancelled;
import dev.quoin.dlm.proto.Change;
import dev.quoin.dlm.proto.Committed;
import dev.quoin.dlm.proto.Conflict;
import dev.quoin.dlm.proto.Deadlocks;
import dev.quoin.dlm.proto.Denied;
import dev.quoin.dlm.proto.Done;
import dev.quoin.dlm.proto.Entries;
import dev.quoin.dlm.proto.Granted;
import dev.quoin.dlm.proto.GrantedMany;
import dev.quoin.dlm.proto.GrantedOrDenied;
import dev.quoin.dlm.proto.Locks;
import dev.quoin.dlm.proto.LockspaceOpened;
import dev.quoin.dlm.proto.Mode;
import dev.quoin.dlm.proto.RangeDeadlock;
import dev.quoin.dlm.proto.RangeDenied;
import dev.quoin.dlm.proto.RangeGranted;
import dev.quoin.dlm.proto.Ranges;
import dev.quoin.dlm.proto.Refused;
import dev.quoin.dlm.proto.Sessions;
import dev.quoin.dlm.proto.TimedOut;
import dev.quoin.dlm.proto.Waits;
import dev.quoin.dlm.proto.Watched;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** Makes messages of results; long lists are cut in parts of about {@link #PART_BYTES}. */
final class Results {

    /** A list goes on in another message beyond this size. */
    static final int PART_BYTES = 512 << 10;

    /** What a listed thing takes besides its name and value. */
    private static final int OVERHEAD = 48;

    private Results() {}

    /** The messages, one unless the result is a long list. */
    static List<dev.quoin.dlm.proto.Result> write(long sequence, Result result) {
        dev.quoin.dlm.proto.Result.Builder one =
                dev.quoin.dlm.proto.Result.newBuilder().setSequence(sequence);
        switch (result) {
            case Result.Granted granted -> one.setGranted(granted(granted));
            case Result.GrantedMany(List<Result> each, int refusedBy) -> one.setGrantedMany(many(each, refusedBy));
            case Result.Denied(String reason) ->
                one.setDenied(Denied.newBuilder().setReason(reason));
            case Result.Deadlock(List<LockWait> cycle) -> one.setDeadlock(Infos.cycle(cycle));
            case Result.RangeGranted(long token) ->
                one.setRangeGranted(RangeGranted.newBuilder().setToken(token));
            case Result.RangeDenied(RangeInfo blocker) ->
                one.setRangeDenied(RangeDenied.newBuilder().setBlocker(Infos.range(blocker)));
            case Result.RangeDeadlock(List<RangeInfo> cycle) ->
                one.setRangeDeadlock(RangeDeadlock.newBuilder()
                        .addAllCycle(cycle.stream().map(Infos::range).toList()));
            case Result.Lockspaces(var lockspaces) -> one.setLockspaces(Infos.lockspaces(lockspaces));
            case Result.Ranges(List<RangeInfo> ranges) -> {
                return parts(
                        one,
                        ranges,
                        range -> 64 + range.node().length() * 3,
                        Infos::range,
                        (to, part) -> to.setRanges(Ranges.newBuilder().addAllRanges(part)));
            }
            case Result.Waits(List<LockWait> waits) -> {
                return parts(
                        one,
                        waits,
                        wait -> Infos.size(wait.waiter()) + Infos.size(wait.blocker()),
                        Infos::wait,
                        (to, part) -> to.setWaits(Waits.newBuilder().addAllWaits(part)));
            }
            case Result.Deadlocks(List<List<LockWait>> cycles) -> {
                return parts(
                        one,
                        cycles,
                        cycle -> cycle.stream()
                                .mapToInt(wait -> Infos.size(wait.waiter()) + Infos.size(wait.blocker()))
                                .sum(),
                        Infos::cycle,
                        (to, part) -> to.setDeadlocks(Deadlocks.newBuilder().addAllCycles(part)));
            }
            case Result.TimedOut() -> one.setTimedOut(TimedOut.getDefaultInstance());
            case Result.Cancelled() -> one.setCancelled(Cancelled.getDefaultInstance());
            case Result.Done() -> one.setDone(Done.getDefaultInstance());
            case Result.Refused(var code, String reason) -> one.setRefused(refused(code, reason));
            case Result.LockspaceOpened(int lockspace) ->
                one.setLockspaceOpened(LockspaceOpened.newBuilder().setLockspace(lockspace));
            case Result.Committed(long revision) ->
                one.setCommitted(Committed.newBuilder().setRevision(revision));
            case Result.Conflict(int guard, String found) ->
                one.setConflict(Conflict.newBuilder().setGuard(guard).setFound(found));
            case Result.Entries(List<Registry.Entry> entries) -> {
                return parts(
                        one,
                        entries,
                        entry -> entry.key().length() * 3 + entry.value().length,
                        Results::entry,
                        (to, part) -> to.setEntries(Entries.newBuilder().addAllEntries(part)));
            }
            case Result.Watched(List<Registry.Change> changes, long next) -> {
                return parts(
                        one,
                        changes,
                        change -> change.key().length() * 3 + length(change),
                        Results::change,
                        (to, part) ->
                                to.setWatched(Watched.newBuilder().setNext(next).addAllChanges(part)));
            }
            case Result.Locks(List<LockInfo> locks) -> {
                return parts(
                        one,
                        locks,
                        Infos::size,
                        Infos::lock,
                        (to, part) -> to.setLocks(Locks.newBuilder().addAllLocks(part)));
            }
            case Result.Sessions(List<SessionInfo> sessions) -> {
                return parts(
                        one,
                        sessions,
                        session -> session.node().length() * 3,
                        Infos::session,
                        (to, part) -> to.setSessions(Sessions.newBuilder().addAllSessions(part)));
            }
        }
        return List.of(one.build());
    }

    private static <T, M> List<dev.quoin.dlm.proto.Result> parts(
            dev.quoin.dlm.proto.Result.Builder template,
            List<T> things,
            ToIntFunction<T> size,
            Function<T, M> message,
            BiConsumer<dev.quoin.dlm.proto.Result.Builder, List<M>> set) {
        List<dev.quoin.dlm.proto.Result> results = new ArrayList<>();
        List<M> part = new ArrayList<>();
        long bytes = 0;
        for (T thing : things) {
            long more = OVERHEAD + (long) size.applyAsInt(thing);
            if (bytes > 0 && bytes + more > PART_BYTES) {
                set.accept(template, part);
                results.add(template.setMore(true).build());
                part.clear();
                bytes = 0;
            }
            part.add(message.apply(thing));
            bytes += more;
        }
        set.accept(template, part);
        results.add(template.setMore(false).build());
        return results;
    }

    static Refused refused(DlmException.Code code, String reason) {
        return Refused.newBuilder().setCode(code.ordinal()).setReason(reason).build();
    }

    private static dev.quoin.dlm.proto.ValueBlock value(ValueBlock value) {
        return dev.quoin.dlm.proto.ValueBlock.newBuilder()
                .setBytes(ByteString.copyFrom(value.bytes()))
                .setInvalid(!value.isValid())
                .build();
    }

    static Mode mode(LockMode mode) {
        return Mode.forNumber(mode.ordinal());
    }

    private static Change entry(Registry.Entry entry) {
        return Change.newBuilder()
                .setKey(entry.key())
                .setValue(ByteString.copyFrom(entry.value()))
                .setRevision(entry.revision())
                .build();
    }

    private static int length(Registry.Change change) {
        byte[] value = change.value();
        return value == null ? 0 : value.length;
    }

    static Change change(Registry.Change change) {
        Change.Builder message = Change.newBuilder().setKey(change.key()).setRevision(change.revision());
        byte[] value = change.value();
        if (value != null) {
            message.setValue(ByteString.copyFrom(value));
        }
        return message.build();
    }

    private static Granted granted(Result.Granted granted) {
        return Granted.newBuilder()
                .setLock(granted.lock())
                .setToken(granted.token())
                .setValue(value(granted.value()))
                .setDemoted(granted.demoted())
                .build();
    }

    private static GrantedMany many(List<Result> each, int refusedBy) {
        GrantedMany.Builder many = GrantedMany.newBuilder();
        for (Result one : each) {
            many.addEach(
                    one instanceof Result.Granted granted
                            ? GrantedOrDenied.newBuilder().setGranted(granted(granted))
                            : GrantedOrDenied.newBuilder()
                                    .setDenied(Denied.newBuilder()
                                            .setReason(
                                                    one instanceof Result.Denied(String reason)
                                                            ? reason
                                                            : one.toString())));
        }
        if (refusedBy >= 0) {
            many.setRefusedBy(refusedBy);
        }
        return many.build();
    }
}
