package dev.quoin.dlm.client.session;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.LockRequest.Option;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.MultiLockOutcome;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.WantedLock;
import dev.quoin.dlm.proto.Acquire;
import dev.quoin.dlm.proto.AcquireMany;
import dev.quoin.dlm.proto.Adopt;
import dev.quoin.dlm.proto.Granted;
import dev.quoin.dlm.proto.ListLocks;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.Wanted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A lockspace as one session sees it. */
record ClientLockspace(ClientSession session, String name, SessionEndPolicy policy, int number) implements Lockspace {

    @Override
    public LockOutcome acquire(ResourceName resource, LockRequest request) {
        return start(resource, request, LockOwner.ofThread()).await();
    }

    @Override
    public CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request) {
        return start(resource, request, LockOwner.NONE).future();
    }

    private LockPending start(ResourceName resource, LockRequest request, LockOwner defaultOwner) {
        if (request.value() != null || request.options().contains(Option.DEMOTE_ON_DEADLOCK)) {
            throw new IllegalArgumentException(
                    "a value block or DEMOTE_ON_DEADLOCK found on a request for a new lock on " + resource
                            + ", expected only on a conversion");
        }
        HeldLock parent = parent(resource, request);
        LockOwner owner = request.owner() == null ? defaultOwner : request.owner();
        Acquire.Builder acquire = Acquire.newBuilder()
                .setLockspace(number)
                .setResource(ByteString.copyFrom(resource.bytes()))
                .setMode(Replies.mode(request.mode()))
                .setQueue(Replies.queue(request.queue()))
                .setListens(request.onBlocking() != null)
                .setOwner(owner.id())
                .setPersistent(request.options().contains(Option.PERSISTENT))
                .setParent(parent == null ? 0 : parent.id());
        LockPending pending = new LockPending(
                session,
                Operation.newBuilder().setAcquire(acquire),
                true,
                granted -> held(resource, request.mode(), parent, request.onBlocking(), granted),
                () -> {});
        pending.begin(request.timeout());
        return pending;
    }

    private @Nullable HeldLock parent(ResourceName resource, LockRequest request) {
        if (request.parent() == null) {
            return null;
        }
        if (request.parent() instanceof HeldLock held
                && held.lockspace().equals(name)
                && session.equals(held.session())) {
            return held;
        }
        throw new IllegalArgumentException("parent " + request.parent() + " found for a lock on " + resource
                + ", a lock of the same session in lockspace " + name + " expected");
    }

    /** Under the session's lock. */
    private HeldLock held(
            ResourceName resource,
            LockMode mode,
            @Nullable HeldLock parent,
            @Nullable Consumer<LockMode> onBlocking,
            Granted granted) {
        HeldLock held = new HeldLock(session, name, resource, mode, parent, onBlocking, granted);
        session.hold(held);
        return held;
    }

    @Override
    public LockOutcome adopt(ResourceName resource, LockMode mode) {
        return startAdoption(resource, mode).await();
    }

    @Override
    public CompletableFuture<LockOutcome> adoptAsync(ResourceName resource, LockMode mode) {
        return startAdoption(resource, mode).future();
    }

    private LockPending startAdoption(ResourceName resource, LockMode mode) {
        LockPending pending = new LockPending(
                session,
                Operation.newBuilder()
                        .setAdopt(Adopt.newBuilder()
                                .setLockspace(number)
                                .setResource(ByteString.copyFrom(resource.bytes()))
                                .setMode(Replies.mode(mode))),
                true,
                granted -> held(resource, mode, null, null, granted),
                () -> {});
        pending.begin(null);
        return pending;
    }

    @Override
    public MultiLockOutcome acquireAll(List<WantedLock> wanted, @Nullable Duration wait) {
        CompletableFuture<MultiLockOutcome> future = new AcquireAll(this, wanted, wait, LockOwner.ofThread()).start();
        try {
            return future.get();
        } catch (InterruptedException interrupted) {
            future.cancel(false);
            Thread.currentThread().interrupt();
            return new MultiLockOutcome.NoneGranted(0, new LockOutcome.Cancelled());
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public CompletableFuture<MultiLockOutcome> acquireAllAsync(List<WantedLock> wanted, @Nullable Duration wait) {
        return new AcquireAll(this, wanted, wait, LockOwner.NONE).start();
    }

    @Override
    public List<LockOutcome> acquireSome(List<WantedLock> wanted) {
        return many(wanted, false).join().each();
    }

    @Override
    public CompletableFuture<List<LockOutcome>> acquireSomeAsync(List<WantedLock> wanted) {
        return many(wanted, false).thenApplyAsync(ManyPending.Outcomes::each, session.callbacks());
    }

    /** Asks for all in one step; the future never fails. */
    CompletableFuture<ManyPending.Outcomes> many(List<WantedLock> wanted, boolean all) {
        if (wanted.isEmpty() || wanted.size() > WANTED_MAX) {
            throw new IllegalArgumentException(
                    wanted.size() + " locks asked for at once, 1 to " + WANTED_MAX + " expected");
        }
        AcquireMany.Builder many = AcquireMany.newBuilder().setLockspace(number).setAll(all);
        for (WantedLock one : wanted) {
            many.addWanted(Wanted.newBuilder()
                    .setResource(ByteString.copyFrom(one.resource().bytes()))
                    .setMode(Replies.mode(one.mode())));
        }
        ManyPending pending = new ManyPending(
                Operation.newBuilder().setAcquireMany(many),
                wanted.size(),
                (index, granted) ->
                        held(wanted.get(index).resource(), wanted.get(index).mode(), null, null, granted));
        session.start(pending);
        return pending.outcome;
    }

    @Override
    public RangeLocks ranges(ResourceName resource) {
        return new ClientRanges(session, number, resource);
    }

    @Override
    public List<LockInfo> locks(byte[] prefix) throws DlmException {
        List<LockInfo> all = new ArrayList<>();
        Operation.Builder operation = Operation.newBuilder()
                .setListLocks(ListLocks.newBuilder().setLockspace(number).setPrefix(ByteString.copyFrom(prefix)));
        for (Result result : Replies.ask(session, operation)) {
            if (!result.hasLocks()) {
                throw Replies.unexpected(result);
            }
            result.getLocks().getLocksList().forEach(lock -> all.add(Infos.lock(lock)));
        }
        return List.copyOf(all);
    }
}
