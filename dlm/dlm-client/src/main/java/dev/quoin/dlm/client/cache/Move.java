package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.ValueBlock;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change of a node's mode, from the owner's part in it to the servers' answer. Runs once, on a virtual thread of its own, and blocks
 * as it must; the lock has no other move meanwhile.
 *
 * <p>A stronger mode is first asked for in place without waiting. If it is refused, the node goes down to what its threads use before it waits,
 * so that two nodes never wait for what the other keeps only in case it needs it. What nobody uses is given back altogether and asked for anew:
 * a conversion would go ahead of all who wait.
 */
final class Move implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Move.class);

    /** How long to wait before something that has failed is tried again. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final CachedLock lock;
    private final NodeLockCache cache;
    private final ResourceName resource;
    private final CachedLock.@Nullable Waiter first;
    private final @Nullable LockMode from;

    /** Of a rise: what threads use meanwhile. Else: the mode to go down to. */
    private final @Nullable LockMode down;

    /** Who waits for an answer that may be long in coming, and may be interrupted; guarded by the lock's mutex, as is the next. */
    private @Nullable Thread waiting;

    private boolean cancelled;

    private Move(CachedLock lock, CachedLock.@Nullable Waiter first, @Nullable LockMode from, @Nullable LockMode down) {
        this.lock = lock;
        this.cache = lock.cache();
        this.resource = lock.resource();
        this.first = first;
        this.from = from;
        this.down = down;
    }

    /** To a mode that covers what the first thread in the queue wants and what threads use now. */
    static Move raise(CachedLock lock, CachedLock.Waiter first, @Nullable LockMode from, @Nullable LockMode used) {
        return new Move(lock, first, from, used);
    }

    /** To a mode that {@code from} covers, or to none. */
    static Move lower(CachedLock lock, @Nullable LockMode from, @Nullable LockMode to) {
        return new Move(lock, null, from, to);
    }

    /** Nobody waits for it any more: ends the wait of a rise. With the lock's mutex held. */
    void cancel() {
        cancelled = true;
        if (waiting != null) {
            waiting.interrupt();
        }
    }

    @Override
    public void run() {
        boolean done = false;
        try {
            done = first == null ? lower(lock.held(), from, down) : rise(first);
        } catch (RuntimeException failure) {
            LOG.error("a lock's mode not changed resource={} from={}", resource, from, failure);
        } finally {
            lock.moved(done ? 0 : RETRY_NANOS);
        }
    }

    // ------------------------------------------------------------ up

    /** Says whether to go on at once. */
    private boolean rise(CachedLock.Waiter waiter) {
        LockMode used = down;
        LockMode want = HoldWord.join(used, waiter.mode);
        Held have = lock.held();
        if (have == null || from == null) {
            return acquire(waiter, want);
        }
        if (from != used && want.convertsDownTo(from)) {
            int asked = lock.takeWanted();
            LockOutcome outcome = have.convert(request(want).noQueue());
            if (!(outcome instanceof LockOutcome.Denied) && !(outcome instanceof LockOutcome.Deadlock)) {
                return converted(waiter, have, from, want, outcome, asked);
            }
            lock.keepWanted(asked);
        }
        if (from != used && !lower(have, from, used)) {
            return false;
        }
        if (used == null) {
            return acquire(waiter, want);
        }
        int asked = lock.takeWanted();
        return converted(waiter, have, used, want, waitFor(() -> have.convert(request(want))), asked);
    }

    private boolean acquire(CachedLock.Waiter waiter, LockMode want) {
        lock.takeWanted();
        LockOutcome outcome =
                waitFor(() -> cache.space().acquire(resource, request(want).onBlocking(lock::blocking)));
        if (!(outcome instanceof LockOutcome.Granted(Held granted))) {
            return failed(waiter, outcome);
        }
        granted(granted, null, want);
        granted.onLost(() -> lock.lost(granted));
        return true;
    }

    private boolean converted(
            CachedLock.Waiter waiter, Held have, LockMode before, LockMode want, LockOutcome outcome, int asked) {
        if (outcome instanceof LockOutcome.Granted) {
            granted(have, before, want);
            return true;
        }
        lock.keepWanted(asked);
        if (outcome instanceof LockOutcome.Indeterminate) {
            abandon(have, before);
        }
        return failed(waiter, outcome);
    }

    private void granted(Held granted, @Nullable LockMode before, LockMode want) {
        boolean wished = false;
        try {
            cache.owner().granted(resource, before, want, granted.value());
            wished = lock.raised(granted, want);
        } finally {
            if (!wished) {
                granted.close();
                lock.lost(granted);
            }
        }
    }

    /** The mode is not known any more: gives the lock up while what is kept under it can still be saved. */
    private void abandon(Held have, LockMode before) {
        ValueBlock value = null;
        try {
            value = cache.owner().beforeGiveUp(resource, before, null);
        } catch (Exception failure) {
            LOG.error("what a lost lock guarded was not saved resource={}", resource, failure);
        }
        have.releaseAsync(before.writesValueBlock() ? value : null);
        lock.lost(have);
    }

    private boolean failed(CachedLock.Waiter waiter, LockOutcome outcome) {
        switch (outcome) {
            case LockOutcome.Granted granted -> throw new IllegalStateException(granted + " is no failure");
            case LockOutcome.Cancelled cancelledWait -> LOG.debug("nobody waits any more resource={}", resource);
            case LockOutcome.Denied denied -> lock.refused(waiter, denied);
            case LockOutcome.Deadlock deadlock -> lock.refused(waiter, deadlock);
            case LockOutcome.TimedOut timedOut -> lock.refused(waiter, timedOut);
            case LockOutcome.NoQuorum noQuorum -> lock.refusedAll(noQuorum);
            case LockOutcome.Indeterminate indeterminate -> lock.refusedAll(indeterminate);
            case LockOutcome.SessionLost lost -> {
                lock.refusedAll(lost);
                Held have = lock.held();
                if (have != null) {
                    lock.lost(have);
                }
            }
        }
        return true;
    }

    /** Waits for an answer; if nobody wants it any more, the request is cancelled. */
    private LockOutcome waitFor(Supplier<LockOutcome> request) {
        lock.lock();
        try {
            if (cancelled) {
                return new LockOutcome.Cancelled();
            }
            waiting = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        try {
            return request.get();
        } finally {
            lock.lock();
            try {
                waiting = null;
                // The interrupt has done its work.
                Thread.interrupted();
            } finally {
                lock.unlock();
            }
        }
    }

    private static LockRequest request(LockMode mode) {
        return LockRequest.of(mode).owner(LockOwner.NONE);
    }

    // ------------------------------------------------------------ down

    /** Says whether the node now has the mode wished for. */
    private boolean lower(@Nullable Held have, @Nullable LockMode before, @Nullable LockMode after) {
        if (have == null || before == null) {
            return true;
        }
        ValueBlock value;
        try {
            value = cache.owner().beforeGiveUp(resource, before, after);
        } catch (Exception failure) {
            LOG.error("a lock is kept, its owner cannot give it up now resource={} mode={}", resource, before, failure);
            return false;
        }
        ValueBlock left = before.writesValueBlock() ? value : null;
        if (after == null) {
            have.releaseAsync(left);
            lock.lowered(null);
            return true;
        }
        int asked = lock.takeWanted();
        LockRequest request = request(after);
        LockOutcome outcome = have.convert(left == null ? request : request.value(left));
        if (outcome instanceof LockOutcome.Granted) {
            lock.lowered(after);
            return true;
        }
        lock.keepWanted(asked);
        if (outcome instanceof LockOutcome.SessionLost || outcome instanceof LockOutcome.Indeterminate) {
            have.close();
            lock.lost(have);
            return true;
        }
        return false;
    }
}
