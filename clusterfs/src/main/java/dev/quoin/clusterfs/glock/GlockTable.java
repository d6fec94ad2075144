package dev.quoin.clusterfs.glock;

import dev.quoin.clusterfs.store.Withdrawal;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.Lockspace;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All cluster locks of one mount. Any thread may use it. */
public final class GlockTable {

    /** How many locks of new inodes may be in use before they are granted. */
    public static final int IMPLICIT_MAX = 1024;

    private final Lockspace lockspace;
    private final Withdrawal withdrawal;
    private final Demoter demoter;
    private final ScheduledExecutorService timer;
    private final long minHoldNanos;
    private final int glocksMax;
    private final Map<LockName, Glock> glocks = new ConcurrentHashMap<>();
    private final Map<LockName, CompletableFuture<Void>> granting = new ConcurrentHashMap<>();
    private final Semaphore implicit = new Semaphore(IMPLICIT_MAX);

    /**
     * An empty table.
     *
     * @param timer runs short tasks
     * @param minHold how long a grant is kept at least, so that the node gets some work done with it
     * @param glocksMax how many locks to keep before idle ones are released
     */
    public GlockTable(
            Lockspace lockspace,
            Withdrawal withdrawal,
            Settler settler,
            ScheduledExecutorService timer,
            Duration minHold,
            int glocksMax) {
        this.lockspace = lockspace;
        this.withdrawal = withdrawal;
        this.timer = timer;
        this.minHoldNanos = minHold.toNanos();
        this.glocksMax = glocksMax;
        this.demoter = new Demoter(
                covered -> {
                    settler.settle(covered);
                    awaitImplicit();
                },
                withdrawal);
        withdrawal.listen(() -> glocks.values().forEach(Glock::failWaiters));
    }

    Lockspace lockspace() {
        return lockspace;
    }

    Withdrawal withdrawal() {
        return withdrawal;
    }

    Demoter demoter() {
        return demoter;
    }

    long minHoldNanos() {
        return minHoldNanos;
    }

    void later(Runnable task, long millis) {
        try {
            timer.schedule(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            withdrawal.withdraw("the mount was closed");
        }
    }

    /** The lock of that name, made with what it covers if there is none. */
    public Glock glock(LockName name, Supplier<Covered> covered) {
        Glock known = glocks.get(name);
        return known != null ? known : glocks.computeIfAbsent(name, key -> new Glock(this, key, covered.get()));
    }

    /** The lock of that name if there is one. */
    public @Nullable Glock find(LockName name) {
        return glocks.get(name);
    }

    /**
     * Gets PR or EX on a lock, whatever it takes. Blocking.
     *
     * @throws VfsException with EIO after the withdrawal
     */
    public Hold acquire(LockName name, Supplier<Covered> covered, LockMode mode) throws VfsException {
        while (true) {
            withdrawal.check();
            CompletableFuture<Hold> asked = glock(name, covered).ask(mode);
            if (asked == null) {
                Thread.onSpinWait();
                continue;
            }
            try {
                return asked.join();
            } catch (CompletionException failure) {
                if (failure.getCause() instanceof VfsException known) {
                    throw new VfsException(known.errno(), String.valueOf(known.getMessage()), known);
                }
                throw failure;
            }
        }
    }

    /** Gets EX on a lock if the node holds it already and nobody uses it. Does not block. */
    public @Nullable Hold tryExclusive(LockName name) {
        Glock known = glocks.get(name);
        return known == null ? null : known.tryExclusive();
    }

    /** Takes the right to make one lock with {@link #createExclusive}. Blocking; to be called before any lock is held. */
    public void reserveImplicit() throws VfsException {
        implicit.acquireUninterruptibly();
        if (withdrawal.isWithdrawn()) {
            implicit.release();
            throw withdrawal.failure();
        }
    }

    /** Gives back an unused right. */
    public void unreserveImplicit() {
        implicit.release();
    }

    /**
     * Makes the lock of an object that nobody else can know yet. It is in EX at once; the grant follows, and no lock is given up before it has.
     */
    public Glock createExclusive(LockName name, Covered covered) {
        Glock made = new Glock(this, name, covered);
        if (glocks.putIfAbsent(name, made) != null) {
            throw new IllegalStateException("lock " + name + " of a new object exists already");
        }
        CompletableFuture<Void> granted = new CompletableFuture<>();
        granting.put(name, granted);
        made.grantImplicitly(() -> {
            granting.remove(name);
            granted.complete(null);
            implicit.release();
        });
        return made;
    }

    private void awaitImplicit() {
        CompletableFuture.allOf(granting.values().toArray(CompletableFuture[]::new))
                .join();
    }

    void forget(Glock glock) {
        glocks.remove(glock.name(), glock);
    }

    /** All locks, the longest unused first. */
    public List<Glock> byAge() {
        // The times are copied first: they change while others use the locks, and a sort must not see that.
        return glocks.values().stream()
                .map(glock -> Map.entry(glock.usedAt(), glock))
                .sorted(Comparator.comparingLong(Map.Entry::getKey))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** Releases the longest unused locks beyond the limit. Does not wait for them. */
    public void trim() {
        int over = glocks.size() - glocksMax;
        if (over <= 0) {
            return;
        }
        byAge().stream().limit(over + glocksMax / 10).forEach(Glock::releaseIfIdle);
    }

    /** Starts to release a lock if nobody uses it. */
    public void release(LockName name) {
        Glock known = glocks.get(name);
        if (known != null) {
            known.releaseIfIdle();
        }
    }

    /**
     * Gives all locks up; no new ones may be asked for meanwhile. Blocking.
     *
     * @return whether all went before {@code timeout}
     */
    public boolean releaseAll(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (!glocks.isEmpty()) {
            glocks.values().forEach(Glock::releaseIfIdle);
            if (withdrawal.isWithdrawn() || System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return true;
    }
}
