package dev.quoin.raid;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The bands in use. Each has one operation at a time, the others wait in order; no thread waits.
 *
 * <p>Sharded: the bands of a shard share a lock, which is held for a few instructions and never during I/O. An operation that
 * ends on the thread that began it is followed by the next in a loop, so a long queue needs no deep stack.
 */
final class BandTable {

    private static final int SHARDS = 64;

    private record Shard(ReentrantLock lock, Map<Long, Band> bands, AtomicLong wholeWrites) {}

    private final Shard[] shards = new Shard[SHARDS];
    private final int rows;
    private final int slots;

    BandTable(int columns, int rows) {
        this.rows = rows;
        this.slots = columns * rows;
        for (int i = 0; i < SHARDS; i++) {
            shards[i] = new Shard(new ReentrantLock(), new HashMap<>(), new AtomicLong());
        }
    }

    /** Runs the operation when it has the band to itself: now, or when those before it have left. */
    void enter(long number, Band.Operation operation) {
        Shard shard = shard(number);
        Band band;
        shard.lock.lock();
        try {
            band = shard.bands.computeIfAbsent(number, Band::new);
            band.waiting.add(operation);
            if (band.busy) {
                return;
            }
            band.busy = true;
        } finally {
            shard.lock.unlock();
        }
        runWaiting(shard, band);
    }

    /** Ends the operation that has the band. */
    void leave(Band band) {
        Shard shard = shard(band.number);
        shard.lock.lock();
        try {
            if (band.runner == Thread.currentThread()) {
                band.left = true;
                return; // The loop below on this thread goes on.
            }
        } finally {
            shard.lock.unlock();
        }
        runWaiting(shard, band);
    }

    private void runWaiting(Shard shard, Band band) {
        while (true) {
            Band.Operation next;
            int turn;
            shard.lock.lock();
            try {
                next = band.waiting.poll();
                if (next == null) {
                    band.busy = false;
                    band.runner = null;
                    removeIfIdle(shard, band);
                    return;
                }
                turn = ++band.turn;
                band.runner = Thread.currentThread();
                band.left = false;
            } finally {
                shard.lock.unlock();
            }
            next.run(band);
            shard.lock.lock();
            try {
                if (band.turn != turn) {
                    return; // Another thread ended the operation and went on with the next.
                }
                if (!band.left) {
                    band.runner = null;
                    return; // Still under way; whoever ends it goes on.
                }
            } finally {
                shard.lock.unlock();
            }
        }
    }

    /** Takes the operation at the head of the queue if it is one that the caller, who has the band, can do along. */
    Band.@Nullable Operation takeNext(Band band, Predicate<Band.Operation> joins) {
        Shard shard = shard(band.number);
        shard.lock.lock();
        try {
            Band.Operation next = band.waiting.peek();
            return next != null && joins.test(next) ? band.waiting.poll() : null;
        } finally {
            shard.lock.unlock();
        }
    }

    /**
     * Makes the blocks of a record the newest ones. The caller has the band.
     *
     * @param whole whether no read may see a part of it: one that looked at some blocks before and at others after is told so
     */
    void publish(Band band, BandRecord record, boolean whole) {
        Shard shard = shard(band.number);
        shard.lock.lock();
        try {
            if (whole) {
                shard.wholeWrites.incrementAndGet();
            }
            for (int column = 0; column < record.blocks.length; column++) {
                Pending[] ofColumn = record.blocks[column];
                for (int i = 0; ofColumn != null && i < record.span; i++) {
                    if (ofColumn[i] != null) {
                        band.setPending(slot(column, record.low + i), slots, ofColumn[i]);
                    }
                }
            }
        } finally {
            shard.lock.unlock();
        }
    }

    /**
     * How many writes that no read may see a part of were published, in the band and those that share its lock. A read is of one
     * piece if this did not change meanwhile.
     */
    long wholeWrites(long number) {
        return shard(number).wholeWrites.get();
    }

    /** Forgets a record's blocks, which are in place now, where they are still the newest. */
    void retire(BandRecord record) {
        Shard shard = shard(record.band);
        shard.lock.lock();
        try {
            Band band = shard.bands.get(record.band);
            if (band == null) {
                return;
            }
            for (int column = 0; column < record.blocks.length; column++) {
                Pending[] ofColumn = record.blocks[column];
                for (int i = 0; ofColumn != null && i < record.span; i++) {
                    if (ofColumn[i] != null) {
                        band.clearPending(slot(column, record.low + i), ofColumn[i]);
                    }
                }
            }
            removeIfIdle(shard, band);
        } finally {
            shard.lock.unlock();
        }
    }

    /** The cells of {@code count} rows of a column that are not yet in place, by row; null if there are none. */
    @Nullable Pending @Nullable [] pending(long number, int column, int row, int count) {
        Shard shard = shard(number);
        shard.lock.lock();
        try {
            Band band = shard.bands.get(number);
            if (band == null || band.pendingCount == 0) {
                return null;
            }
            Pending[] found = null;
            for (int i = 0; i < count; i++) {
                Pending block = band.pending(slot(column, row + i));
                if (block != null) {
                    if (found == null) {
                        found = new Pending[count];
                    }
                    found[i] = block;
                }
            }
            return found;
        } finally {
            shard.lock.unlock();
        }
    }

    /** Completes when everybody who has a band now, or waits for one, has left it. */
    CompletableFuture<Void> passThrough() {
        List<Long> numbers = new ArrayList<>();
        for (Shard shard : shards) {
            shard.lock.lock();
            try {
                numbers.addAll(shard.bands.keySet());
            } finally {
                shard.lock.unlock();
            }
        }
        List<CompletableFuture<Void>> passed = new ArrayList<>();
        for (long number : numbers) {
            var mine = new CompletableFuture<Void>();
            passed.add(mine);
            enter(number, band -> {
                leave(band);
                mine.complete(null);
            });
        }
        return CompletableFuture.allOf(passed.toArray(CompletableFuture[]::new));
    }

    /** How many bands are in use. */
    int size() {
        int size = 0;
        for (Shard shard : shards) {
            shard.lock.lock();
            try {
                size += shard.bands.size();
            } finally {
                shard.lock.unlock();
            }
        }
        return size;
    }

    private void removeIfIdle(Shard shard, Band band) {
        if (band.isIdle()) {
            shard.bands.remove(band.number);
        }
    }

    private int slot(int column, int row) {
        return column * rows + row;
    }

    private Shard shard(long number) {
        return shards[(int) ((number * 0x9e3779b97f4a7c15L) >>> 58)];
    }
}
