package dev.quoin.iscsi.unit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Keeps writes out of ranges in which something is compared and then written (COMPARE AND WRITE, ORWRITE): those are one step for
 * everybody else (SBC-4 5.3). Plain writes do not wait for each other. Whoever came first goes first. Any thread may use it; nothing blocks.
 */
public final class RangeGate {

    /** A stay in a range. */
    public static final class Pass {
        private final long start;
        private final long end;
        private final boolean exclusive;
        private final CompletableFuture<Pass> entered = new CompletableFuture<>();
        private boolean in;
        private @Nullable Pass previous;
        private @Nullable Pass next;

        private Pass(long start, long length, boolean exclusive) {
            this.start = start;
            this.end = start + length;
            this.exclusive = exclusive;
        }

        private boolean standsAgainst(Pass other) {
            return (exclusive || other.exclusive) && start < other.end && other.start < end;
        }
    }

    // All that are in or wait, in the order of their coming.
    private @Nullable Pass first;
    private @Nullable Pass last;
    private int exclusives;
    private int waiting;

    /** A plain write enters at once; null if it would have to wait. */
    public synchronized @Nullable Pass tryEnter(long start, long length) {
        Pass pass = new Pass(start, length, false);
        if (exclusives > 0 && isBlocked(pass, last)) {
            return null;
        }
        append(pass);
        pass.in = true;
        return pass;
    }

    /**
     * Enters, maybe later.
     *
     * @param exclusive whether no other may be in the range
     */
    public synchronized CompletableFuture<Pass> enter(long start, long length, boolean exclusive) {
        Pass pass = new Pass(start, length, exclusive);
        boolean free = (!exclusive && exclusives == 0) || !isBlocked(pass, last);
        append(pass);
        if (exclusive) {
            exclusives++;
        }
        if (free) {
            pass.in = true;
            pass.entered.complete(pass);
        } else {
            waiting++;
        }
        return pass.entered;
    }

    /** Leaves; who waited for that enters, on this thread. */
    public void leave(Pass pass) {
        List<Pass> free = List.of();
        synchronized (this) {
            remove(pass);
            if (pass.exclusive) {
                exclusives--;
            }
            if (waiting > 0) {
                free = freed();
                waiting -= free.size();
            }
        }
        free.forEach(one -> one.entered.complete(one));
    }

    private List<Pass> freed() {
        List<Pass> free = new ArrayList<>();
        for (Pass one = first; one != null; one = one.next) {
            if (!one.in && !isBlocked(one, one.previous)) {
                one.in = true;
                free.add(one);
            }
        }
        return free;
    }

    /** Whether one that came before, from {@code newest} back, stands in the way. */
    private static boolean isBlocked(Pass pass, @Nullable Pass newest) {
        for (Pass before = newest; before != null; before = before.previous) {
            if (before.standsAgainst(pass)) {
                return true;
            }
        }
        return false;
    }

    private void append(Pass pass) {
        pass.previous = last;
        if (last == null) {
            first = pass;
        } else {
            last.next = pass;
        }
        last = pass;
    }

    private void remove(Pass pass) {
        if (pass.previous == null) {
            first = pass.next;
        } else {
            pass.previous.next = pass.next;
        }
        if (pass.next == null) {
            last = pass.previous;
        } else {
            pass.next.previous = pass.previous;
        }
    }
}
