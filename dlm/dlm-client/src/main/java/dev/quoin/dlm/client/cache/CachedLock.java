package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.ResourceName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One resource as a node sees it: the node's mode, the threads that use it, those that wait, and what other nodes ask for.
 *
 * <p>While nobody waits and nobody asks, threads get in and out by the {@link Gate} alone. Whoever finds more to do closes it
 * first; from then on every thread that comes queues, and every thread that leaves looks at the queue, so nothing is missed. {@code
 * mutex} guards all but the gate and is never held while something is waited for.
 */
final class CachedLock {

    /** The most threads that wait for one resource; a further one is denied. */
    static final int WAITERS_MAX = 65_536;

    /** A thread in the queue. */
    static final class Waiter {
        final LockMode mode;

        /** Null if the lock has ended and the resource has to be looked up again. */
        final CompletableFuture<@Nullable CacheOutcome> outcome = new CompletableFuture<>();

        Waiter(LockMode mode) {
            this.mode = mode;
        }
    }

    private record Listener(LocalHold hold, Runnable action) {}

    private final NodeLockCache cache;
    private final ResourceName resource;
    private final ReentrantLock mutex = new ReentrantLock();
    private final Gate gate = new Gate();
    private volatile long usedNanos = System.nanoTime();

    /** The node's lock; written under the mutex. */
    private volatile @Nullable Held held;

    private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
    private final List<Listener> listeners = new ArrayList<>();

    /** The modes that others wait for, a bit for each, since the last request of ours that brings a new grant. */
    private int wanted;

    private @Nullable Move move;
    private long grantedNanos;
    private boolean fresh;
    private boolean timed;
    private boolean paused;
    private boolean closing;
    private boolean gone;

    CachedLock(NodeLockCache cache, ResourceName resource) {
        this.cache = cache;
        this.resource = resource;
    }

    ResourceName resource() {
        return resource;
    }

    long usedNanos() {
        return usedNanos;
    }

    /** Whether the node holds something that nobody uses now; a hint. */
    boolean isIdle() {
        long now = gate.word();
        return !HoldWord.isUsed(now) && !HoldWord.isClosed(now);
    }

    // ------------------------------------------------------------ threads

    /** Lets a thread in if the node's mode allows it and nothing else is to be done before; else null. */
    @Nullable LocalHold tryEnter(LockMode mode) {
        if (!gate.tryEnter(mode)) {
            return null;
        }
        Held now = held;
        if (now != null && now.isValidFor(Duration.ZERO)) {
            usedNanos = System.nanoTime();
            return new LocalHold(this, mode, now);
        }
        // The lock is lost, and the news of it is under way.
        leave(mode, false);
        return null;
    }

    /**
     * A thread leaves.
     *
     * @param hasListeners whether some may be listening for holds that have been left
     */
    void leave(LockMode mode, boolean hasListeners) {
        if (!gate.leave(mode) || hasListeners) {
            mutex.lock();
            try {
                listeners.removeIf(listener -> listener.hold.isLeft());
                pump();
            } finally {
                mutex.unlock();
            }
        }
    }

    /** Puts a thread in the queue; null if the lock has ended and has to be looked up again. */
    @Nullable Waiter ask(LockMode mode) {
        usedNanos = System.nanoTime();
        mutex.lock();
        try {
            Held now = held;
            if (now != null && move == null && !now.isValidFor(Duration.ZERO)) {
                end();
            }
            if (gone) {
                return null;
            }
            Waiter waiter = new Waiter(mode);
            if (closing) {
                waiter.outcome.complete(new CacheOutcome.NotHeld(new LockOutcome.Cancelled()));
            } else if (queue.size() >= WAITERS_MAX) {
                waiter.outcome.complete(new CacheOutcome.NotHeld(new LockOutcome.Denied(
                        WAITERS_MAX + " threads of this node wait for " + resource + " already")));
            } else {
                queue.add(waiter);
                pump();
            }
            return waiter;
        } finally {
            mutex.unlock();
        }
    }

    /** Ends a thread's wait, unless it has ended in this very moment. */
    void withdraw(Waiter waiter, LockOutcome why) {
        mutex.lock();
        try {
            boolean first = waiter.equals(queue.peek());
            if (queue.remove(waiter)) {
                if (first && move != null) {
                    move.cancel();
                }
                waiter.outcome.complete(new CacheOutcome.NotHeld(why));
                pump();
            }
        } finally {
            mutex.unlock();
        }
    }

    void onLost(LocalHold hold, Runnable action) {
        mutex.lock();
        try {
            if (!gone && hold.held().equals(held)) {
                if (hold.listens()) {
                    listeners.add(new Listener(hold, action));
                }
                return;
            }
        } finally {
            mutex.unlock();
        }
        if (!hold.isLeft()) {
            cache.start(action);
        }
    }

    // ------------------------------------------------------------ what is asked of the node

    /** Somebody waits for a mode that the node's lock blocks. */
    void blocking(LockMode mode) {
        mutex.lock();
        try {
            wanted |= 1 << mode.ordinal();
            pump();
        } finally {
            mutex.unlock();
        }
    }

    /** Gives the lock up if nobody uses it; says whether that has begun. */
    boolean giveUpIfIdle() {
        mutex.lock();
        try {
            if (gone || move != null || paused || !queue.isEmpty() || held == null) {
                return false;
            }
            gate.close();
            if (HoldWord.isUsed(gate.word())) {
                pump();
                return false;
            }
            begin(Move.lower(this, HoldWord.mode(gate.word()), null));
            return true;
        } finally {
            mutex.unlock();
        }
    }

    /** From now on nobody gets in, and the lock is given up as soon as nobody uses it. */
    void shut() {
        mutex.lock();
        try {
            closing = true;
            failAll(new LockOutcome.Cancelled());
            if (move != null) {
                move.cancel();
            }
            pump();
        } finally {
            mutex.unlock();
        }
    }

    // ------------------------------------------------------------ one step at a time; all with the mutex held

    /** Does whatever is next; called after every change. */
    private void pump() {
        if (gone) {
            return;
        }
        gate.close();
        if (move != null || paused) {
            return;
        }
        boolean due = isDue();
        if (!due || fresh) {
            fresh = false;
            admit();
        }
        if (due) {
            lowerIfUnused();
        } else if (!queue.isEmpty()) {
            raise(queue.element());
        } else if (held == null) {
            end();
        } else {
            gate.open();
        }
    }

    private void admit() {
        for (Waiter waiter = queue.peek(); waiter != null; waiter = queue.peek()) {
            long seen = gate.word();
            if (!HoldWord.covers(seen, waiter.mode) || !HoldWord.hasRoom(seen, waiter.mode)) {
                return;
            }
            // Others only leave meanwhile, which makes more room.
            gate.enter(waiter.mode);
            queue.remove();
            waiter.outcome.complete(new LocalHold(this, waiter.mode, Objects.requireNonNull(held)));
        }
    }

    private boolean isDue() {
        LockMode mode = HoldWord.mode(gate.word());
        if (mode == null) {
            wanted = 0;
            return false;
        }
        if (closing) {
            return true;
        }
        if (HoldWord.isCompatibleWithAll(mode, wanted)) {
            wanted = 0;
            return false;
        }
        long left = grantedNanos + cache.minimumHoldNanos() - System.nanoTime();
        if (left > 0 && !timed) {
            timed = true;
            cache.later(this::onTimer, left);
        }
        return left <= 0;
    }

    private void onTimer() {
        mutex.lock();
        try {
            timed = false;
            pump();
        } finally {
            mutex.unlock();
        }
    }

    /** Gives way as far as those who are in allow; if they do not, whoever leaves next comes here again. */
    private void lowerIfUnused() {
        LockMode mode = Objects.requireNonNull(HoldWord.mode(gate.word()));
        LockMode used = HoldWord.used(gate.word());
        LockMode to = closing ? LockMode.NL : HoldWord.strongestBeside(mode, wanted);
        if (used == null || (!closing && to.convertsDownTo(used))) {
            begin(Move.lower(this, mode, to == LockMode.NL ? used : to));
        }
    }

    /** Asks for what the first thread in the queue wants, unless others of this node have to leave before. */
    private void raise(Waiter first) {
        long now = gate.word();
        if (!HoldWord.covers(now, first.mode) && HoldWord.hasRoom(now, first.mode)) {
            LockMode used = HoldWord.used(now);
            begin(Move.raise(this, first, HoldWord.mode(now), used));
        }
    }

    private void begin(Move next) {
        move = next;
        cache.start(next);
    }

    private void failAll(LockOutcome why) {
        for (Waiter waiter = queue.poll(); waiter != null; waiter = queue.poll()) {
            waiter.outcome.complete(new CacheOutcome.NotHeld(why));
        }
    }

    /** The lock ends here: whoever waits looks the resource up again, whoever is in is told if the lock was lost under it. */
    private void end() {
        if (gone) {
            return;
        }
        gone = true;
        held = null;
        gate.close();
        gate.setMode(null);
        for (Waiter waiter = queue.poll(); waiter != null; waiter = queue.poll()) {
            waiter.outcome.complete(null);
        }
        listeners.forEach(listener -> cache.start(() -> {
            if (!listener.hold.isLeft()) {
                listener.action.run();
            }
        }));
        listeners.clear();
        cache.forget(this);
    }

    // ------------------------------------------------------------ for the move under way

    NodeLockCache cache() {
        return cache;
    }

    @Nullable Held held() {
        return held;
    }

    void lock() {
        mutex.lock();
    }

    void unlock() {
        mutex.unlock();
    }

    /** Forgets what was asked of the present grant, since a new one is asked for; what is asked of that one will be told anew. */
    int takeWanted() {
        mutex.lock();
        try {
            int taken = wanted;
            wanted = 0;
            return taken;
        } finally {
            mutex.unlock();
        }
    }

    /** The present grant stays, with what was asked of it. */
    void keepWanted(int taken) {
        mutex.lock();
        try {
            wanted |= taken;
        } finally {
            mutex.unlock();
        }
    }

    /** The node has a stronger mode. Says whether the lock still wants it. */
    boolean raised(Held granted, LockMode mode) {
        mutex.lock();
        try {
            if (gone) {
                return false;
            }
            held = granted;
            gate.setMode(mode);
            grantedNanos = System.nanoTime();
            fresh = true;
            return true;
        } finally {
            mutex.unlock();
        }
    }

    /** The node has a weaker mode, or nothing. */
    void lowered(@Nullable LockMode mode) {
        mutex.lock();
        try {
            if (!gone) {
                if (mode == null) {
                    held = null;
                }
                gate.setMode(mode);
            }
        } finally {
            mutex.unlock();
        }
    }

    /** The move has ended; goes on with the next one after a pause in nanoseconds. */
    void moved(long pause) {
        mutex.lock();
        try {
            move = null;
            if (pause > 0 && !gone) {
                paused = true;
                cache.later(this::resume, pause);
            }
            pump();
        } finally {
            mutex.unlock();
        }
    }

    private void resume() {
        mutex.lock();
        try {
            paused = false;
            pump();
        } finally {
            mutex.unlock();
        }
    }

    /** A request for one thread has failed. */
    void refused(Waiter waiter, LockOutcome why) {
        mutex.lock();
        try {
            if (queue.remove(waiter)) {
                waiter.outcome.complete(new CacheOutcome.NotHeld(why));
            }
        } finally {
            mutex.unlock();
        }
    }

    /** No request can be expected to succeed now. */
    void refusedAll(LockOutcome why) {
        mutex.lock();
        try {
            failAll(why);
        } finally {
            mutex.unlock();
        }
    }

    /** The node's lock is lost, with all holds on it. */
    void lost(Held which) {
        mutex.lock();
        try {
            if (which.equals(held)) {
                end();
            }
        } finally {
            mutex.unlock();
        }
    }
}
