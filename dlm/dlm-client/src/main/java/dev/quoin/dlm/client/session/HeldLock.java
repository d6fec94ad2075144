package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.LockRequest.Option;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.proto.Blocking;
import dev.quoin.dlm.proto.Convert;
import dev.quoin.dlm.proto.Granted;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Release;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A lock from its first grant to its release. */
final class HeldLock implements Held {

    private record Grant(LockMode mode, FencingToken token, ValueBlock value, boolean demoted) {}

    private final ClientSession session;
    private final String lockspace;
    private final ResourceName resource;
    private final long lock;
    private final @Nullable HeldLock parent;
    private final @Nullable Consumer<LockMode> onBlocking;
    private volatile Grant grant;

    /** The modes told of since the last grant, a bit for each; guarded by the session's lock. */
    private int told;

    private final AtomicBoolean converting = new AtomicBoolean();
    private final AtomicReference<@Nullable CompletableFuture<Void>> released = new AtomicReference<>();
    private final LostSignal lost;
    private final Set<HeldLock> children = ConcurrentHashMap.newKeySet();

    HeldLock(
            ClientSession session,
            String lockspace,
            ResourceName resource,
            LockMode mode,
            @Nullable HeldLock parent,
            @Nullable Consumer<LockMode> onBlocking,
            Granted granted) {
        this.session = session;
        this.lockspace = lockspace;
        this.resource = resource;
        this.lock = granted.getLock();
        this.parent = parent;
        this.onBlocking = onBlocking;
        this.lost = new LostSignal(session.callbacks());
        grant = grant(mode, granted);
        if (parent != null) {
            parent.children.add(this);
            if (parent.released.get() != null) {
                // It was released with all its sub-locks while this one was under way.
                released.set(CompletableFuture.completedFuture(null));
            }
        }
    }

    private static Grant grant(LockMode mode, Granted granted) {
        return new Grant(
                mode, new FencingToken(granted.getToken()), Replies.value(granted.getValue()), granted.getDemoted());
    }

    private HeldLock regrant(LockMode mode, Granted granted) {
        grant = grant(mode, granted);
        told = 0;
        return this;
    }

    /** What to run for a notification, null if it is of no interest. Under the session's lock. */
    @Nullable Runnable blocked(Blocking blocking) {
        int bit = 1 << blocking.getWanted().getNumber();
        Consumer<LockMode> listener = onBlocking;
        if (listener == null || blocking.getToken() != grant.token.value() || (told & bit) != 0) {
            return null;
        }
        told |= bit;
        LockMode wanted = Replies.mode(blocking.getWanted());
        return () -> {
            if (released.get() == null) {
                listener.accept(wanted);
            }
        };
    }

    /** The lock is gone: with its session, or taken from it. */
    void lose() {
        lost.raise();
        if (parent != null) {
            parent.children.remove(this);
        }
    }

    ClientSession session() {
        return session;
    }

    @Override
    public long id() {
        return lock;
    }

    @Override
    public String lockspace() {
        return lockspace;
    }

    @Override
    public ResourceName resource() {
        return resource;
    }

    @Override
    public LockMode mode() {
        return grant.mode;
    }

    @Override
    public FencingToken token() {
        return grant.token;
    }

    @Override
    public ValueBlock value() {
        return grant.value;
    }

    @Override
    public boolean wasDemoted() {
        return grant.demoted;
    }

    @Override
    public void onLost(Runnable listener) {
        lost.listen(listener);
    }

    @Override
    public boolean isValidFor(Duration time) {
        return released.get() == null && !lost.isRaised() && session.isValidFor(time);
    }

    @Override
    public LockOutcome convert(LockRequest request) {
        return start(request, LockOwner.ofThread()).await();
    }

    @Override
    public CompletableFuture<LockOutcome> convertAsync(LockRequest request) {
        return start(request, LockOwner.NONE).future();
    }

    private LockPending start(LockRequest request, LockOwner defaultOwner) {
        LockMode held = grant.mode;
        ValueBlock value = request.value();
        if (value != null && !(held.writesValueBlock() && held.convertsDownTo(request.mode()))) {
            throw new IllegalArgumentException("a value block found on a conversion from " + held + " to "
                    + request.mode() + " of " + this + ", expected only on one down from PW or EX");
        }
        if (request.parent() != null || request.options().contains(Option.PERSISTENT)) {
            throw new IllegalArgumentException(
                    "a parent or PERSISTENT found on a conversion of " + this + ", expected only on a new lock");
        }
        if (released.get() != null) {
            throw new IllegalStateException(this + " is released");
        }
        if (!converting.compareAndSet(false, true)) {
            throw new IllegalStateException("a conversion of " + this + " is under way");
        }
        LockOwner owner = request.owner() == null ? defaultOwner : request.owner();
        Convert.Builder convert = Convert.newBuilder()
                .setLock(lock)
                .setMode(Replies.mode(request.mode()))
                .setQueue(Replies.queue(request.queue()))
                .setOwner(owner.id())
                .setDemote(request.options().contains(Option.DEMOTE_ON_DEADLOCK));
        if (value != null) {
            convert.setValue(Replies.value(value));
        }
        LockPending pending = new LockPending(
                session,
                Operation.newBuilder().setConvert(convert),
                false,
                granted -> regrant(request.mode(), granted),
                () -> converting.set(false));
        pending.begin(request.timeout());
        return pending;
    }

    @Override
    public CompletableFuture<Void> releaseAsync(@Nullable ValueBlock value) {
        CompletableFuture<Void> earlier = released.get();
        if (earlier == null && !children.isEmpty()) {
            return CompletableFuture.failedFuture(new DlmException(
                    DlmException.Code.INVALID_REQUEST,
                    this + " has " + children.size() + " sub-locks: release them first, or all together"));
        }
        return release(value);
    }

    @Override
    public CompletableFuture<Void> releaseAllAsync(@Nullable ValueBlock value) {
        return release(value);
    }

    private CompletableFuture<Void> release(@Nullable ValueBlock value) {
        if (value != null && !grant.mode.writesValueBlock()) {
            throw new IllegalArgumentException("a value block found on the release of " + this + " held in "
                    + grant.mode + ", expected only from a holder of PW or EX");
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        CompletableFuture<Void> earlier = released.compareAndExchange(null, done);
        if (earlier != null) {
            return earlier;
        }
        session.forget(lock);
        List<HeldLock> below = new ArrayList<>();
        collectReleased(below, done);
        below.forEach(child -> session.forget(child.lock));
        if (parent != null) {
            parent.children.remove(this);
        }
        Release.Builder release = Release.newBuilder().setLock(lock).setAll(true);
        if (value != null) {
            release.setValue(Replies.value(value));
        }
        session.start(new Replies.Forward(Operation.newBuilder().setRelease(release), done));
        return done;
    }

    /** The sub-locks go with it. */
    private void collectReleased(List<HeldLock> below, CompletableFuture<Void> done) {
        for (HeldLock child : children) {
            if (child.released.compareAndSet(null, done)) {
                below.add(child);
                child.collectReleased(below, done);
            }
        }
    }

    @Override
    public void close() {
        release(null);
    }

    @Override
    public String toString() {
        return "lock " + lockspace + "/" + resource;
    }
}
