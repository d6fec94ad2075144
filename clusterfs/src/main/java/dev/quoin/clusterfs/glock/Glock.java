package dev.quoin.clusterfs.glock;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One cluster lock as this node sees it: the mode granted to the node, and the threads that use it.
 *
 * <p>The node keeps NL, PR or EX. Threads come in one queue, shared under PR or EX, exclusive under EX. When another node asks for the
 * lock, new threads are kept out after a minimum time, the present ones leave, and the {@link Demoter} makes what is covered durable in
 * place and converts down. NL is kept, so that the value block lives on; only trimming releases.
 *
 * <p>PR becomes EX by a conversion that does not wait, else by way of NL: two nodes that both hold PR and wait for EX would block each
 * other for ever.
 *
 * <p>{@code mutex} guards everything and is never held while waiting. Outcomes and notifications arrive on lock client threads.
 */
public final class Glock {

    /** How long to wait before a request is repeated that found no majority. */
    private static final long RETRY_MILLIS = 50;

    private record Waiter(LockMode want, CompletableFuture<Hold> done) {}

    private final GlockTable table;
    private final LockName name;
    private final Covered covered;
    private final ReentrantLock mutex = new ReentrantLock();

    private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
    private @Nullable Held held;
    private LockMode mode = LockMode.NL;
    private int shared;
    private boolean exclusive;
    private boolean busy;
    private boolean granting;
    private @Nullable LockMode demoteTo;
    private boolean releasing;
    private boolean gone;
    private boolean timed;
    private long grantedAt;
    private volatile long usedAt = System.nanoTime();

    Glock(GlockTable table, LockName name, Covered covered) {
        this.table = table;
        this.name = name;
        this.covered = covered;
    }

    /** The name. */
    public LockName name() {
        return name;
    }

    /** What it covers. */
    public Covered covered() {
        return covered;
    }

    /** When it was last used, by {@link System#nanoTime}. */
    long usedAt() {
        return usedAt;
    }

    /** Whether the node holds at least this mode now; a hint unless held by the caller. */
    public boolean covers(LockMode want) {
        mutex.lock();
        try {
            return mode.compareTo(want) >= 0 && demoteTo == null;
        } finally {
            mutex.unlock();
        }
    }

    /** Asks for PR or EX; empty if the object was dropped from the table and must be looked up again. */
    @Nullable CompletableFuture<Hold> ask(LockMode want) {
        usedAt = System.nanoTime();
        mutex.lock();
        try {
            if (gone) {
                return null;
            }
            Waiter waiter = new Waiter(want, new CompletableFuture<>());
            queue.add(waiter);
            pump();
            return waiter.done;
        } finally {
            mutex.unlock();
        }
    }

    /** Gets EX at once if the node holds it and no thread is in the way; else nothing. */
    @Nullable Hold tryExclusive() {
        mutex.lock();
        try {
            boolean free = !gone && !busy && queue.isEmpty() && demoteTo == null && shared == 0 && !exclusive;
            if (!free || mode != LockMode.EX || table.withdrawal().isWithdrawn()) {
                return null;
            }
            usedAt = System.nanoTime();
            exclusive = true;
            return new Hold(this, LockMode.EX);
        } finally {
            mutex.unlock();
        }
    }

    void leave(LockMode was) {
        mutex.lock();
        try {
            if (was == LockMode.EX) {
                exclusive = false;
            } else {
                shared--;
            }
            pump();
        } finally {
            mutex.unlock();
        }
    }

    /** Starts life with EX in use before it is granted: nobody else can know the object yet. */
    void grantImplicitly(Runnable onGrant) {
        mutex.lock();
        try {
            mode = LockMode.EX;
            granting = true;
            grantedAt = System.nanoTime();
        } finally {
            mutex.unlock();
        }
        requestImplicit(onGrant);
    }

    private void requestImplicit(Runnable onGrant) {
        table.lockspace()
                .acquireAsync(name.resource(), LockRequest.of(LockMode.EX).onBlocking(this::onBlocking))
                .thenAccept(outcome -> {
                    if (outcome instanceof LockOutcome.Granted(Held granted)) {
                        mutex.lock();
                        try {
                            held = granted;
                            granting = false;
                            pump();
                        } finally {
                            mutex.unlock();
                        }
                        onGrant.run();
                    } else if (isFatal(outcome)) {
                        onGrant.run();
                    } else {
                        table.later(() -> requestImplicit(onGrant), RETRY_MILLIS);
                    }
                });
    }

    /** Gives the lock up altogether once nobody uses it; returns whether that has begun. */
    boolean releaseIfIdle() {
        mutex.lock();
        try {
            if (gone || busy || granting || shared > 0 || exclusive || !queue.isEmpty()) {
                return false;
            }
            releasing = true;
            demoteTo = LockMode.NL;
            pump();
            return true;
        } finally {
            mutex.unlock();
        }
    }

    /** Runs a short action if no thread uses the lock, and keeps threads out meanwhile; returns whether it ran. */
    public boolean ifIdle(Runnable action) {
        mutex.lock();
        try {
            if (shared > 0 || exclusive || busy) {
                return false;
            }
            action.run();
            return true;
        } finally {
            mutex.unlock();
        }
    }

    /** Fails all that wait; called after the withdrawal. */
    void failWaiters() {
        mutex.lock();
        try {
            pump();
        } finally {
            mutex.unlock();
        }
    }

    private void onBlocking(LockMode wanted) {
        LockMode to = wanted == LockMode.PR || wanted == LockMode.CR ? LockMode.PR : LockMode.NL;
        mutex.lock();
        try {
            if (demoteTo == null || to.compareTo(demoteTo) < 0) {
                demoteTo = to;
            }
            pump();
        } finally {
            mutex.unlock();
        }
    }

    /** Does whatever is next. Called with the mutex held, after every change. */
    private void pump() {
        if (table.withdrawal().isWithdrawn()) {
            for (Waiter waiter = queue.poll(); waiter != null; waiter = queue.poll()) {
                waiter.done.completeExceptionally(table.withdrawal().failure());
            }
            return;
        }
        boolean due = isDemotionDue();
        while (!busy && !due && !queue.isEmpty() && admit(queue.element())) {
            queue.remove();
        }
        if (due && !busy && shared == 0 && !exclusive) {
            busy = true;
            table.demoter().submit(this);
        }
    }

    /** Whether the waiter got in. */
    private boolean admit(Waiter waiter) {
        boolean isExclusive = waiter.want == LockMode.EX;
        if (mode.compareTo(waiter.want) < 0) {
            if (shared == 0 && !exclusive) {
                request(waiter.want);
            }
            return false;
        }
        if (exclusive || (isExclusive && shared > 0)) {
            return false;
        }
        if (isExclusive) {
            exclusive = true;
        } else {
            shared++;
        }
        waiter.done.complete(new Hold(this, waiter.want));
        return true;
    }

    private boolean isDemotionDue() {
        if (demoteTo == null || granting || busy) {
            return false;
        }
        if (mode.compareTo(demoteTo) <= 0 && !releasing) {
            demoteTo = null;
            return false;
        }
        long left = releasing ? 0 : grantedAt + table.minHoldNanos() - System.nanoTime();
        if (left > 0) {
            if (!timed) {
                timed = true;
                table.later(this::onTimer, TimeUnit.NANOSECONDS.toMillis(left) + 1);
            }
            return false;
        }
        return true;
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

    /** Asks the cluster for a higher mode. Mutex held, no threads in. */
    private void request(LockMode want) {
        busy = true;
        if (mode == LockMode.NL) {
            // What was asked of an earlier grant has been answered by giving that grant up.
            demoteTo = null;
        }
        Held have = held;
        if (have == null) {
            table.lockspace()
                    .acquireAsync(name.resource(), LockRequest.of(want).onBlocking(this::onBlocking))
                    .thenAccept(outcome -> onOutcome(want, outcome));
        } else if (mode == LockMode.NL) {
            have.convertAsync(LockRequest.of(want)).thenAccept(outcome -> onOutcome(want, outcome));
        } else {
            have.convertAsync(LockRequest.of(want).noQueue()).thenAccept(outcome -> {
                if (outcome instanceof LockOutcome.Denied || outcome instanceof LockOutcome.Deadlock) {
                    stepDown(have);
                } else {
                    onOutcome(want, outcome);
                }
            });
        }
    }

    private void stepDown(Held have) {
        have.convertAsync(LockRequest.of(LockMode.NL)).thenAccept(outcome -> onOutcome(LockMode.NL, outcome));
    }

    private void onOutcome(LockMode want, LockOutcome outcome) {
        mutex.lock();
        try {
            if (outcome instanceof LockOutcome.Granted(Held granted)) {
                boolean again = mode == LockMode.NL && want != LockMode.NL;
                held = granted;
                mode = want;
                grantedAt = System.nanoTime();
                busy = false;
                if (again) {
                    covered.granted(granted.value());
                }
                pump();
            } else if (!isFatal(outcome)) {
                table.later(this::onRetry, RETRY_MILLIS);
            }
        } finally {
            mutex.unlock();
        }
    }

    private void onRetry() {
        mutex.lock();
        try {
            busy = false;
            pump();
        } finally {
            mutex.unlock();
        }
    }

    /** Withdraws if the lock's state cannot be known any more. */
    private boolean isFatal(LockOutcome outcome) {
        return switch (outcome) {
            case LockOutcome.SessionLost(String reason) -> {
                table.withdrawal().withdraw("the lock session was lost: " + reason);
                yield true;
            }
            case LockOutcome.Indeterminate(String reason) -> {
                table.withdrawal().withdraw("the state of lock " + name + " is not known: " + reason);
                yield true;
            }
            case LockOutcome.Granted granted -> false;
            case LockOutcome.Denied denied -> false;
            case LockOutcome.Deadlock deadlock -> false;
            case LockOutcome.TimedOut timedOut -> false;
            case LockOutcome.Cancelled cancelled -> false;
            case LockOutcome.NoQuorum noQuorum -> false;
        };
    }

    /** Whether giving up the present mode needs anything to be made durable. The demoter's, with nobody in. */
    boolean isExclusiveMode() {
        mutex.lock();
        try {
            return mode == LockMode.EX;
        } finally {
            mutex.unlock();
        }
    }

    /** Converts down or releases after all was made durable. The demoter's. */
    void giveUp() {
        Held have;
        LockMode to;
        ValueBlock value;
        boolean release;
        mutex.lock();
        try {
            have = held;
            to = demoteTo == null || releasing ? LockMode.NL : demoteTo;
            value = mode == LockMode.EX ? covered.value() : null;
            release = releasing;
        } finally {
            mutex.unlock();
        }
        if (have == null) {
            onReleased();
        } else if (release) {
            have.releaseAsync(value).whenComplete((done, failure) -> onReleased());
        } else {
            convertDown(have, to, value);
        }
    }

    private void convertDown(Held have, LockMode to, @Nullable ValueBlock value) {
        LockRequest request =
                value == null ? LockRequest.of(to) : LockRequest.of(to).value(value);
        have.convertAsync(request).thenAccept(outcome -> {
            if (outcome instanceof LockOutcome.Granted(Held granted)) {
                mutex.lock();
                try {
                    held = granted;
                    mode = to;
                    busy = false;
                    if (demoteTo != null && mode.compareTo(demoteTo) <= 0 && !releasing) {
                        demoteTo = null;
                    }
                    pump();
                } finally {
                    mutex.unlock();
                }
            } else if (!isFatal(outcome)) {
                table.later(() -> convertDown(have, to, value), RETRY_MILLIS);
            }
        });
    }

    private void onReleased() {
        mutex.lock();
        try {
            held = null;
            mode = LockMode.NL;
            busy = false;
            releasing = false;
            demoteTo = null;
            if (queue.isEmpty()) {
                gone = true;
                table.forget(this);
            } else {
                pump();
            }
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public String toString() {
        return name.toString();
    }
}
