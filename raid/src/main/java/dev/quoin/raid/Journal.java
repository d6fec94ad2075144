package dev.quoin.raid;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of a record: open, written to the rings, durable there, in place, settled.
 *
 * <pre>
 *            append          sync             destage            checkpoint
 *  open ───────────► written ───────► durable ───────► in place ───────────► settled
 *        ack CACHED           ack FUA,                                        ring space
 *                             flush                                           free again
 * </pre>
 *
 * <p>A record that the journal holds the checksums of only ({@link Overwrite}) makes haste on its way: it is acknowledged when it is in
 * place, or, if it is to be durable, when the members are flushed after that; as they are for a flush that comes then.
 *
 * <p>Each step has at most one group under way and takes all that waits, so the cost of a flush is shared by many writes; the
 * four overlap. A flush of the rings is begun when somebody waits for it, when {@link #SYNC_BYTES} wait, or after
 * {@link #LAZY_MILLIS}; blocks are put in place in bulk, {@link #DESTAGE_BYTES} or more, as what is written soon again need
 * not be written twice.
 *
 * <p>State is guarded by {@code lock}. {@link #pump} decides what to begin; one thread pumps at a time, and the I/O that it
 * begins ends on other threads or, with devices that answer at once, on the same one.
 */
final class Journal {

    static final long SYNC_BYTES = 8L * 1024 * 1024;
    static final long DESTAGE_BYTES = 8L * 1024 * 1024;
    static final long LAZY_MILLIS = 500;
    /** How much that is in place already may wait for a flush: it costs no memory but for its checksums. */
    static final long PLACED_BYTES = 256L * 1024 * 1024;

    /** How much may be put over something without a copy before the journal forgets it: a start reads all of it. */
    static final long OVER_BYTES = 1024L * 1024 * 1024;

    private final ArrayCore core;
    private final long generation;
    private final BatchSealer sealer;
    private final JournalWriter writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<BandRecord> open = new ArrayDeque<>();
    private final ArrayDeque<Batch> written = new ArrayDeque<>();
    private final ArrayDeque<Batch> durable = new ArrayDeque<>();
    private final Waiters flushWaiters = new Waiters();
    private final Waiters placeWaiters = new Waiters();
    private final Waiters drainWaiters = new Waiters();
    private final Waiters checkpointWaiters = new Waiters();
    private final Waiters holdWaiters = new Waiters();
    private long writtenBytes;
    private long writtenPlaced;
    private long durableBytes;
    private long durablePlaced;
    private int unflushedRoles;
    private long sealedSequence;
    private long writtenSequence;
    private long syncedSequence;
    private long destagedSequence;
    private long settledSequence;
    /** What the batches up to this one had put over something is in place. */
    private long overPlaced;
    /** And this durably. */
    private long overFlushed;

    private long unsettledOver;
    private long openedRecords;
    private long placedRecords;
    private long urgentTo;
    private boolean writing;
    private boolean syncing;
    private boolean destaging;
    private boolean checkpointing;
    private boolean spaceWanted;
    private boolean timerArmed;
    private boolean pumping;
    private boolean held;

    Journal(ArrayCore core, long generation) {
        this.core = core;
        this.generation = generation;
        this.sealer = new BatchSealer(core);
        this.writer = new JournalWriter(core, generation);
    }

    /** Takes a record in. The order of records of one band is the order of these calls. */
    void append(BandRecord record) {
        lock.lock();
        try {
            open.add(record);
            if (!record.isEmpty()) {
                openedRecords++;
                // A member that comes back asks, with the band, whether it lacks something there.
                core.intent.mark(record.band);
            }
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** Calls back when everything that was acknowledged so far is durable. */
    void flush(Completion completion) {
        locked(() -> flushWaiters.add(writtenSequence, overPlaced, completion));
        pump();
    }

    /** Completes when every record taken in so far is in place. */
    CompletableFuture<Void> drain() {
        return reached(drainWaiters, () -> openedRecords);
    }

    /** Completes when everything that is in place now is settled. */
    CompletableFuture<Void> checkpoint() {
        return reached(checkpointWaiters, () -> destagedSequence);
    }

    /**
     * Lets no more batches in until {@link #release}; completes when all that were let in are settled. One caller at a time. What is
     * written meanwhile waits.
     */
    CompletableFuture<Void> hold() {
        locked(() -> held = true);
        return reached(holdWaiters, () -> 0);
    }

    private CompletableFuture<Void> reached(Waiters waiters, LongSupplier target) {
        var done = new CompletableFuture<Void>();
        locked(() -> waiters.add(target.getAsLong(), failure -> done.complete(null)));
        pump();
        return done;
    }

    private void locked(Runnable access) {
        lock.lock();
        try {
            access.run();
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@link #hold}. */
    void release() {
        locked(() -> held = false);
        pump();
    }

    /** Asks that what waits be put in place soon, because its memory is needed. */
    void hurry() {
        lock.lock();
        try {
            urgentTo = Math.max(urgentTo, sealedSequence + 1);
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** The last batch that replay need not look at. */
    long settledSequence() {
        lock.lock();
        try {
            return settledSequence;
        } finally {
            lock.unlock();
        }
    }

    long generation() {
        return generation;
    }

    /** Begins whatever can be begun. */
    void pump() {
        lock.lock();
        try {
            if (pumping) {
                return; // Who pumps looks again before it stops.
            }
            pumping = true;
        } finally {
            lock.unlock();
        }
        while (true) {
            Runnable step;
            lock.lock();
            try {
                step = core.dead() == null ? next() : abandon();
                if (step == null) {
                    pumping = false;
                    return;
                }
            } finally {
                lock.unlock();
            }
            step.run();
        }
    }

    private @Nullable Runnable next() {
        if (!writing && !held && !open.isEmpty()) {
            Runnable step = sealAndWrite();
            if (step != null) {
                return step;
            }
        }
        if (!syncing && (written.isEmpty() ? flushIsDue() : syncIsDue())) {
            return beginSync();
        }
        if (!destaging && !durable.isEmpty() && destageIsDue()) {
            return beginDestage();
        }
        if (!checkpointing && checkpointIsDue()) {
            return beginCheckpoint();
        }
        Runnable step = due(placeWaiters, destagedSequence);
        step = step != null ? step : due(flushWaiters, syncedSequence);
        step = step != null ? step : due(drainWaiters, placedRecords);
        step = step != null ? step : due(checkpointWaiters, settledSequence);
        step = step != null || writing || settledSequence < sealedSequence ? step : due(holdWaiters, 0);
        if (step == null && !timerArmed && !(written.isEmpty() && durable.isEmpty())) {
            timerArmed = true;
            step = () -> core.delay.after(LAZY_MILLIS, this::timerFired);
        }
        return step;
    }

    private void timerFired() {
        lock.lock();
        try {
            timerArmed = false;
            urgentTo = Math.max(urgentTo, writtenSequence);
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** Takes from the waiters those whose target is reached. Acknowledges once what happened to members is recorded. */
    private @Nullable Runnable due(Waiters waiters, long reached) {
        List<Completion> completions = waiters.take(reached, overFlushed);
        return completions.isEmpty() ? null : () -> acknowledge(completions);
    }

    private void acknowledge(List<Completion> completions) {
        core.membership.whenRecorded(() -> completions.forEach(completion -> completion.done(core.dead())));
    }

    // ---- open to written

    private @Nullable Runnable sealAndWrite() {
        Batch batch = sealer.seal(open, sealedSequence, syncedSequence, overFlushed);
        if (batch == null) {
            spaceWanted = true;
            return null;
        }
        writing = true;
        sealedSequence = batch.sequence;
        for (BandRecord record : batch.records) {
            // Again: the bits may have been forgotten since.
            if (!record.isEmpty()) {
                core.intent.mark(record.band);
            }
        }
        Intent.Page page = core.intent.pageOfNewBits();
        int roles = page != null ? sealer.activeRoles() : batch.participants;
        return () -> writer.write(batch, page).thenRun(() -> batchWritten(batch, roles));
    }

    private void batchWritten(Batch batch, int roles) {
        List<Completion> cached = new ArrayList<>();
        lock.lock();
        try {
            writing = false;
            writtenSequence = batch.sequence;
            // Only now: a flush that began before does not cover this batch.
            unflushedRoles |= roles;
            if (!batch.isEmpty()) {
                written.add(batch);
                writtenBytes += batch.payload;
                writtenPlaced += batch.placed;
                urgentTo = Math.max(urgentTo, batch.over > 0 ? batch.sequence : 0);
            }
            for (BandRecord record : batch.records) {
                for (BandRecord.Ack ack : record.acks) {
                    if (record.over() > 0) {
                        placeWaiters.add(batch.sequence, inPlace(ack));
                    } else if (ack.durable()) {
                        flushWaiters.add(batch.sequence, ack.completion());
                    } else {
                        cached.add(ack.completion());
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        core.counts.journalBatches.increment();
        acknowledge(cached);
        pump();
    }

    /** Whom to tell when what has no copy in the journal is in place; if it is to be durable, after one more flush. */
    private Completion inPlace(BandRecord.Ack ack) {
        return failure -> {
            if (failure == null && ack.durable()) {
                flush(ack.completion());
            } else {
                ack.completion().done(failure);
            }
        };
    }

    // ---- written to durable

    private boolean syncIsDue() {
        return writtenBytes >= SYNC_BYTES
                || writtenPlaced >= PLACED_BYTES
                || urgentTo > syncedSequence
                || spaceWanted
                || held
                || !drainWaiters.isEmpty()
                || flushIsDue()
                || flushWaiters.anyBeyond(syncedSequence);
    }

    /** Whether somebody waits for a flush of what is in place. */
    private boolean flushIsDue() {
        return flushWaiters.anyOverBeyond(overFlushed);
    }

    private Runnable beginSync() {
        syncing = true;
        List<Batch> group = new ArrayList<>(written);
        written.clear();
        writtenBytes = 0;
        writtenPlaced = 0;
        int roles = unflushedRoles;
        unflushedRoles = 0;
        long over = overPlaced;
        return () -> {
            if (core.sabotage == Sabotage.OVERWRITTEN_AT_ONCE) {
                new Destage(core, group).run();
            }
            List<CompletableFuture<?>> flushes = new ArrayList<>();
            if (core.sabotage != Sabotage.NO_JOURNAL_FLUSH && core.sabotage != Sabotage.NO_JOURNAL) {
                for (Member member : core.activeMembers()) {
                    if ((roles & 1 << member.role) != 0) {
                        flushes.add(core.io.flush(member));
                    }
                }
            }
            core.counts.journalSyncs.increment();
            CompletableFuture.allOf(flushes.toArray(CompletableFuture[]::new)).thenRun(() -> synced(group, over));
        };
    }

    private void synced(List<Batch> group, long over) {
        lock.lock();
        try {
            syncing = false;
            overFlushed = Math.max(overFlushed, over);
            for (Batch batch : group) {
                syncedSequence = batch.sequence;
                durable.add(batch);
                durableBytes += batch.payload;
                durablePlaced += batch.placed;
            }
        } finally {
            lock.unlock();
        }
        pump();
    }

    // ---- durable to in place

    private boolean destageIsDue() {
        return durableBytes >= DESTAGE_BYTES
                || durablePlaced >= PLACED_BYTES
                || urgentTo > destagedSequence
                || spaceWanted
                || held
                || !drainWaiters.isEmpty()
                || core.admission.isShort();
    }

    private Runnable beginDestage() {
        destaging = true;
        List<Batch> group = new ArrayList<>(durable);
        durable.clear();
        durableBytes = 0;
        durablePlaced = 0;
        return () -> new Destage(core, group).run().thenRun(() -> destaged(group));
    }

    private void destaged(List<Batch> group) {
        long memory = 0;
        lock.lock();
        try {
            destaging = false;
            destagedSequence = group.getLast().sequence;
            for (Batch batch : group) {
                isInPlace(batch);
                for (BandRecord record : batch.records) {
                    placedRecords += record.isEmpty() ? 0 : 1;
                    memory += record.reserved;
                }
            }
        } finally {
            lock.unlock();
        }
        core.admission.release(memory);
        pump();
    }

    private void isInPlace(Batch batch) {
        if (batch.over > 0 && core.sabotage != Sabotage.NO_FLUSH_OF_OVERWRITTEN) {
            overPlaced = batch.sequence;
            unsettledOver += batch.over;
            unflushedRoles |= batch.participants;
        }
    }

    // ---- in place to settled

    private boolean checkpointIsDue() {
        if (destagedSequence == settledSequence) {
            return false;
        }
        return spaceWanted
                || held
                || !checkpointWaiters.isEmpty()
                || unsettledOver >= OVER_BYTES
                || core.activeMembers().stream().anyMatch(member -> member.ring.used() > member.ring.length() / 2);
    }

    private Runnable beginCheckpoint() {
        checkpointing = true;
        long settled = destagedSequence;
        long over = unsettledOver;
        return () -> new Checkpoint(core)
                .run(generation, settled, member -> tail(member, settled))
                .thenRun(() -> settled(settled, over));
    }

    private long tail(Member member, long settled) {
        lock.lock();
        try {
            return member.ring.tailAfter(settled);
        } finally {
            lock.unlock();
        }
    }

    private void settled(long settled, long over) {
        lock.lock();
        try {
            checkpointing = false;
            spaceWanted = false;
            settledSequence = settled;
            unsettledOver -= over;
            overFlushed = Math.max(overFlushed, Math.min(settled, overPlaced));
            core.intent.forget(settledSequence, sealedSequence);
            for (int role = 0; role < core.roles(); role++) {
                Member member = core.members.get(role);
                if (member != null) {
                    member.ring.release(settled);
                }
            }
        } finally {
            lock.unlock();
        }
        core.counts.checkpoints.increment();
        pump();
    }

    // ---- the array is dead

    /** Tells all who wait. What is under way tells its own when it ends. */
    private @Nullable Runnable abandon() {
        List<Completion> completions = new ArrayList<>();
        for (BandRecord record : open) {
            record.acks.forEach(ack -> completions.add(ack.completion()));
        }
        open.clear();
        for (Waiters waiters : List.of(placeWaiters, flushWaiters, drainWaiters, checkpointWaiters, holdWaiters)) {
            completions.addAll(waiters.take(Long.MAX_VALUE, Long.MAX_VALUE));
        }
        return completions.isEmpty() ? null : () -> completions.forEach(completion -> completion.done(core.dead()));
    }
}
