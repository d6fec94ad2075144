package dev.quoin.tools.reservation;

import dev.quoin.device.DeviceException;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.iscsi.unit.ReservationStore.Member;
import dev.quoin.iscsi.unit.ReservationStore.Membership;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node among those that serve a unit; {@link SharedReservations} tells the rules. Its methods do not block: what waits runs on virtual threads.
 */
final class SharedMembership implements Membership {

    private static final Logger LOG = LoggerFactory.getLogger(SharedMembership.class);

    /** The most changes that may be under way or wait; more are told to try again. */
    static final int CHANGES_MAX = 64;

    private static final Duration JOIN_LIMIT = Duration.ofSeconds(60);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(200);

    private final UnitLocks locks;
    private final UnitEntry entry;
    private final Member member;
    private final CompletableFuture<Void> joined = new CompletableFuture<>();
    private final AtomicInteger changes = new AtomicInteger();

    /** Held while this node goes from one revision to the next. */
    private final ReentrantLock moving = new ReentrantLock();

    /** By what this node acts, and its lock on that. */
    private record Place(UnitEntry.Kept kept, Held held) {}

    private volatile @Nullable Place place;

    /** The last revision of which it is known that all act by it, or by a newer one. */
    private volatile long settled = -1;

    private volatile boolean left;

    SharedMembership(UnitLocks locks, UnitEntry entry, Member member) {
        this.locks = locks;
        this.entry = entry;
        this.member = member;
        start("join", () -> {
            try {
                join();
                joined.complete(null);
            } catch (DlmException | RuntimeException failure) {
                joined.completeExceptionally(
                        failure instanceof CompletionException wrapped ? wrapped.getCause() : failure);
            }
        });
    }

    private void start(String what, Runnable work) {
        Thread.ofVirtual().name("reservations-" + what + "-" + locks.unit()).start(work);
    }

    @Override
    public CompletableFuture<Void> joined() {
        return joined;
    }

    @Override
    public boolean isCurrent() {
        Place now = place;
        return now != null && now.held().isValidFor(Duration.ZERO);
    }

    @Override
    public boolean isSettled() {
        Place now = place;
        return now != null && settled == now.kept().revision() && now.held().isValidFor(Duration.ZERO);
    }

    private void join() throws DlmException {
        Held turn = locks.turn(JOIN_LIMIT);
        try {
            UnitEntry.Kept kept = entry.read();
            boolean alone = locks.isLeft(kept.revision()) && (kept.revision() == 0 || locks.isLeft(kept.replaced()));
            moveTo(kept);
            byte[] instead = alone ? member.afterPowerLoss() : null;
            if (instead != null) {
                moveTo(entry.write(kept, instead, turn));
            }
            if (alone) {
                settled = current().kept().revision();
            } else {
                settleLater();
            }
        } finally {
            turn.close();
        }
    }

    private Place current() throws DlmException {
        Place now = place;
        if (now == null || left) {
            throw new DlmException(
                    DlmException.Code.SESSION_LOST, "the unit " + locks.unit() + " is not served any more");
        }
        return now;
    }

    /** Acts by another revision from now on; when it returns nothing that it forbids is under way here, and the one before is left. */
    private void moveTo(UnitEntry.Kept next) throws DlmException {
        moving.lock();
        try {
            Place before = place;
            if (before != null && before.kept().revision() >= next.revision()) {
                return;
            }
            Held held = locks.actBy(next.revision(), () -> start("follow", this::follow));
            try {
                // Only when nothing older is under way may others hear that the older one is left.
                member.enforce(next.image()).join();
            } catch (CompletionException unreadable) {
                held.close();
                throw unreadable;
            }
            place = new Place(next, held);
            if (before != null) {
                before.held().releaseAsync(null).exceptionally(lost -> null).join();
            }
            if (left) {
                held.close();
            }
        } finally {
            moving.unlock();
        }
    }

    /** Somebody waits until this node leaves its revision: there is a newer one. */
    private void follow() {
        while (!left && locks.isAlive()) {
            try {
                UnitEntry.Kept newest = entry.read();
                if (newest.revision() != current().kept().revision()) {
                    moveTo(newest);
                    settleLater();
                }
                return;
            } catch (DlmException | CompletionException failure) {
                // It goes on by its revision, and whoever waits goes on waiting.
                LOG.warn("reservations cannot be followed, trying again unit={}", locks.unit(), failure);
                LockSupport.parkNanos(RETRY_PAUSE.toNanos());
            }
        }
    }

    private void settleLater() {
        start("settle", () -> {
            try {
                settle();
            } catch (DlmException lost) {
                LOG.debug("it is not known whether all act by the same reservations unit={}", locks.unit(), lost);
            }
        });
    }

    /** Waits until nobody acts by anything older than this node does. */
    private void settle() throws DlmException {
        UnitEntry.Kept now = current().kept();
        if (settled != now.revision()) {
            if (now.revision() != 0) {
                locks.awaitLeft(now.replaced());
            }
            settled = now.revision();
        }
    }

    @Override
    public CompletableFuture<Void> change(Supplier<byte @Nullable []> decide) {
        if (changes.incrementAndGet() > CHANGES_MAX) {
            changes.decrementAndGet();
            return CompletableFuture.failedFuture(new DeviceException(
                    DeviceException.Code.BUSY,
                    locks.unit(),
                    CHANGES_MAX + " changes of reservations found waiting, as many as may be: try again"));
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        start("change", () -> {
            try {
                joined.join();
                changeNow(decide);
                done.complete(null);
            } catch (IOException | RuntimeException failure) {
                done.completeExceptionally(new DeviceException(
                        DeviceException.Code.GONE,
                        locks.unit(),
                        "the reservations may not have been changed: " + failure.getMessage(),
                        failure));
            } finally {
                changes.decrementAndGet();
            }
        });
        return done;
    }

    private void changeNow(Supplier<byte @Nullable []> decide) throws DlmException {
        Held turn = locks.turn(Duration.ZERO);
        try {
            moveTo(entry.read());
            settle();
            UnitEntry.Kept before = current().kept();
            byte[] image = decide.get();
            if (image != null) {
                moveTo(entry.write(before, image, turn));
                settle();
            }
        } finally {
            turn.close();
        }
    }

    @Override
    public void leave() {
        left = true;
        moving.lock();
        try {
            Place last = place;
            if (last != null) {
                last.held().close();
            }
        } finally {
            moving.unlock();
        }
    }
}
