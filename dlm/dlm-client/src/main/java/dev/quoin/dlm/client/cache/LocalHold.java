package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.ValueBlock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/**
 * A thread's use of a lock that its node holds, until it is closed or the node's lock is lost. Any thread may use and close it.
 *
 * <p>While it lasts, no thread in the cluster uses the resource in a mode that is not compatible with {@link #mode()}.
 */
public final class LocalHold implements CacheOutcome, AutoCloseable {

    private static final VarHandle LEFT;

    static {
        try {
            LEFT = MethodHandles.lookup().findVarHandle(LocalHold.class, "left", boolean.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final CachedLock lock;
    private final LockMode mode;
    private final Held held;
    private final FencingToken first;

    private volatile boolean listening;
    private volatile boolean left;

    LocalHold(CachedLock lock, LockMode mode, Held held) {
        this.lock = lock;
        this.mode = mode;
        this.held = held;
        first = held.token();
    }

    /** The resource. */
    public ResourceName resource() {
        return held.resource();
    }

    /** The mode that this thread may use. */
    public LockMode mode() {
        return mode;
    }

    /**
     * The token of the node's grant. It may rise while this hold lasts, because other threads of the node ask for a stronger mode or other nodes
     * for one that this hold allows: ask for it when it is to be sent. Once the hold is closed it rises no more.
     */
    public FencingToken token() {
        FencingToken now = held.token();
        return left ? first : now;
    }

    /** The value block as it was at the node's last grant. */
    public ValueBlock value() {
        return held.value();
    }

    /** The node's lock, for guards of registry transactions. It is the cache's: leave its mode alone. */
    public Held nodeLock() {
        return held;
    }

    /** Whether the hold will surely last for {@code time} more, by this machine's monotonic clock, unless it is closed before. */
    public boolean isValidFor(Duration time) {
        return !left && held.isValidFor(time);
    }

    /** Runs {@code listener} once, on a virtual thread, if the node's lock is lost before this hold is closed; at once if it already is. */
    public void onLost(Runnable listener) {
        lock.onLost(this, listener);
    }

    /** Says that there is a listener, and whether it is of any use. */
    boolean listens() {
        listening = true;
        return !left;
    }

    boolean isLeft() {
        return left;
    }

    Held held() {
        return held;
    }

    /** Ends the use; the node keeps the lock. Idempotent, does not block. */
    @Override
    public void close() {
        if (LEFT.compareAndSet(this, false, true)) {
            lock.leave(mode, listening);
        }
    }

    @Override
    public String toString() {
        return mode + " on " + held;
    }
}
