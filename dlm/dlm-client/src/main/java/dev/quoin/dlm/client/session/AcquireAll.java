package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.MultiLockOutcome;
import dev.quoin.dlm.api.WantedLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * All of several locks or none: first all in one step; if that fails and it may wait, one after the other in the order of their
 * names, all given back as soon as one cannot be had. One lock guards its state.
 */
final class AcquireAll {

    private final ClientLockspace space;
    private final List<WantedLock> wanted;
    private final @Nullable Duration wait;
    private final LockOwner owner;
    private final long startedNanos;
    private final List<Integer> order;
    private final Held[] held;
    private final CompletableFuture<MultiLockOutcome> outcome = new CompletableFuture<>();
    private @Nullable CompletableFuture<LockOutcome> current;
    private boolean cancelled;

    AcquireAll(ClientLockspace space, List<WantedLock> wanted, @Nullable Duration wait, LockOwner owner) {
        this.space = space;
        this.wanted = List.copyOf(wanted);
        this.wait = wait;
        this.owner = owner;
        startedNanos = nanos();
        order = IntStream.range(0, wanted.size())
                .boxed()
                .sorted(Comparator.comparing(index -> this.wanted.get(index).resource()))
                .toList();
        held = new Held[wanted.size()];
    }

    private long nanos() {
        return space.session().carrier().nanos();
    }

    CompletableFuture<MultiLockOutcome> start() {
        outcome.whenComplete((value, failure) -> {
            if (failure instanceof CancellationException) {
                cancel();
            }
        });
        space.many(wanted, true).whenComplete((many, impossible) -> {
            if (many.refusedBy() < 0) {
                all(many.each());
            } else if (many.each().get(many.refusedBy()) instanceof LockOutcome.Denied
                    && (wait == null || wait.isPositive())) {
                next(0);
            } else {
                finish(new MultiLockOutcome.NoneGranted(
                        many.refusedBy(), many.each().get(many.refusedBy())));
            }
        });
        return outcome;
    }

    private void all(List<LockOutcome> each) {
        for (int i = 0; i < held.length; i++) {
            if (each.get(i) instanceof LockOutcome.Granted(Held one)) {
                held[i] = one;
            }
        }
        finish(new MultiLockOutcome.AllGranted(List.of(held)));
    }

    private void next(int place) {
        if (place == order.size()) {
            finish(new MultiLockOutcome.AllGranted(List.of(held)));
            return;
        }
        int index = order.get(place);
        Duration left = wait == null ? null : wait.minusNanos(nanos() - startedNanos);
        if (left != null && !left.isPositive()) {
            fail(index, new LockOutcome.TimedOut());
            return;
        }
        LockRequest request = LockRequest.of(wanted.get(index).mode()).owner(owner);
        CompletableFuture<LockOutcome> asked =
                space.acquireAsync(wanted.get(index).resource(), left == null ? request : request.timeout(left));
        boolean stop;
        synchronized (this) {
            current = asked;
            stop = cancelled;
        }
        if (stop) {
            asked.cancel(false);
        }
        asked.whenComplete((one, failure) -> {
            if (failure != null) {
                fail(index, new LockOutcome.Cancelled());
            } else if (one instanceof LockOutcome.Granted(Held granted)) {
                held[index] = granted;
                next(place + 1);
            } else {
                fail(index, one);
            }
        });
    }

    private void fail(int index, LockOutcome why) {
        release();
        finish(new MultiLockOutcome.NoneGranted(index, why));
    }

    private void finish(MultiLockOutcome value) {
        if (!outcome.complete(value)) {
            release();
        }
    }

    private void release() {
        List<Held> all = new ArrayList<>();
        for (int i = 0; i < held.length; i++) {
            Held one = held[i];
            if (one != null) {
                all.add(one);
            }
        }
        all.forEach(Held::close);
    }

    /** Ends it if it still waits. */
    private void cancel() {
        CompletableFuture<LockOutcome> asked;
        synchronized (this) {
            cancelled = true;
            asked = current;
        }
        if (asked != null) {
            asked.cancel(false);
        }
    }
}
