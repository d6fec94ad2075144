package dev.quoin.dlm.client.session;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.proto.ListRanges;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.RangeKind;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.SetRange;
import dev.quoin.dlm.proto.TestRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The byte-range locks of a resource as one session sees them. */
record ClientRanges(ClientSession session, int lockspace, ResourceName resource) implements RangeLocks {

    @Override
    public Outcome lock(LockOwner owner, ByteRange range, Kind kind, @Nullable Duration wait) {
        return start(owner, range, kind(kind), wait).await();
    }

    @Override
    public CompletableFuture<Outcome> lockAsync(LockOwner owner, ByteRange range, Kind kind, @Nullable Duration wait) {
        return start(owner, range, kind(kind), wait).future();
    }

    @Override
    public CompletableFuture<Outcome> unlockAsync(LockOwner owner, ByteRange range) {
        return start(owner, range, RangeKind.UNLOCK, Duration.ZERO).future();
    }

    private RangePending start(LockOwner owner, ByteRange range, RangeKind kind, @Nullable Duration wait) {
        if (owner.equals(LockOwner.NONE)) {
            throw new IllegalArgumentException(
                    "owner NONE found on a range lock of " + resource + ", another expected");
        }
        boolean waits = wait == null || wait.isPositive();
        RangePending pending = new RangePending(
                session,
                Operation.newBuilder()
                        .setSetRange(SetRange.newBuilder()
                                .setLockspace(lockspace)
                                .setResource(ByteString.copyFrom(resource.bytes()))
                                .setOwner(owner.id())
                                .setStart(range.start())
                                .setEnd(range.end())
                                .setKind(kind)
                                .setWait(waits)),
                () -> {
                    if (kind != RangeKind.UNLOCK) {
                        start(owner, range, RangeKind.UNLOCK, Duration.ZERO);
                    }
                });
        pending.begin(waits ? wait : null);
        return pending;
    }

    private static RangeKind kind(Kind kind) {
        return kind == Kind.WRITE ? RangeKind.WRITE : RangeKind.READ;
    }

    @Override
    public Optional<RangeInfo> test(LockOwner owner, ByteRange range, Kind kind) throws DlmException {
        return ask(Operation.newBuilder()
                        .setTestRange(TestRange.newBuilder()
                                .setLockspace(lockspace)
                                .setResource(ByteString.copyFrom(resource.bytes()))
                                .setOwner(owner.id())
                                .setStart(range.start())
                                .setEnd(range.end())
                                .setKind(kind(kind))))
                .stream()
                .findFirst();
    }

    @Override
    public List<RangeInfo> list() throws DlmException {
        return ask(Operation.newBuilder()
                .setListRanges(ListRanges.newBuilder()
                        .setLockspace(lockspace)
                        .setResource(ByteString.copyFrom(resource.bytes()))));
    }

    private List<RangeInfo> ask(Operation.Builder operation) throws DlmException {
        List<RangeInfo> all = new ArrayList<>();
        for (Result result : Replies.ask(session, operation)) {
            if (!result.hasRanges()) {
                throw Replies.unexpected(result);
            }
            result.getRanges().getRangesList().forEach(range -> all.add(Infos.range(range)));
        }
        return List.copyOf(all);
    }
}
