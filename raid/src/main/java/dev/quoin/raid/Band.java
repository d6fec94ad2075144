package dev.quoin.raid;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A band that something happens to: who waits for it, and which of its blocks are not yet in place.
 *
 * <p>Guarded by the lock of its shard in the {@link BandTable}.
 */
final class Band {

    /** Something that has a band to itself. It must call {@link BandTable#leave} once, from any thread. */
    interface Operation {
        void run(Band band);
    }

    final long number;
    final ArrayDeque<Operation> waiting = new ArrayDeque<>();
    boolean busy;
    int turn;

    @Nullable Thread runner;

    boolean left;
    int pendingCount;
    private @Nullable Pending @Nullable [] pending;

    Band(long number) {
        this.number = number;
    }

    @Nullable Pending pending(int slot) {
        return pending == null ? null : pending[slot];
    }

    void setPending(int slot, int slots, Pending newer) {
        Pending[] all = pending;
        if (all == null) {
            all = new Pending[slots];
            pending = all;
        }
        Pending older = all[slot];
        if (older == null) {
            pendingCount++;
        } else {
            older.replaceWith(newer);
        }
        all[slot] = newer;
    }

    /** Forgets a block that is in place now, unless there is a newer one. */
    void clearPending(int slot, Pending inPlace) {
        if (pending != null && pending[slot] == inPlace) {
            pending[slot] = null;
            pendingCount--;
            if (pendingCount == 0) {
                pending = null;
            }
        }
    }

    boolean isIdle() {
        return !busy && waiting.isEmpty() && pendingCount == 0;
    }
}
