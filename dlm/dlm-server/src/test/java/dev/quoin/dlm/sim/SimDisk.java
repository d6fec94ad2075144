package dev.quoin.dlm.sim;

import dev.quoin.dlm.proto.LogBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a peer has on its disk, and what it thinks it has. A kill takes what was not synced. */
public final class SimDisk {

    /**
     * An entry of the log.
     *
     * @param batch null for the first entry of a leader, which proves that it leads
     */
    record Entry(long term, @Nullable LogBatch batch) {}

    final List<Entry> entries = new ArrayList<>();
    long term;

    @Nullable String vote;

    /** As of there the snapshot is; entries come after it. */
    long base;

    long baseTerm;

    @Nullable Object snapshot;

    /** Up to there all is synced. */
    long synced;

    boolean full;

    long lastIndex() {
        return base + entries.size();
    }

    Entry entry(long index) {
        return entries.get((int) (index - base - 1));
    }

    long termAt(long index) {
        return index == base ? baseTerm : entry(index).term();
    }

    void truncateAfter(long index) {
        while (lastIndex() > index) {
            entries.removeLast();
        }
        synced = Math.min(synced, index);
    }

    /** The process is killed: of what was written and not synced, a part is gone. */
    void crash(World world) {
        long kept = synced + (lastIndex() > synced ? world.random.nextLong(lastIndex() - synced + 1) : 0);
        truncateAfter(world.troubles.weakness() == Troubles.Weakness.FORGETFUL_DISK ? synced : kept);
        full = false;
    }

    /**
     * Puts another peer's snapshot in the place of all up to an index. Entries after it stay if they follow it: they may have been
     * acknowledged (figure 13, receiver 6).
     */
    void install(long index, long indexTerm, Object image) {
        boolean follows = index <= lastIndex() && index >= base && termAt(index) == indexTerm;
        if (follows) {
            compact(index, image);
        } else {
            entries.clear();
            base = index;
            baseTerm = indexTerm;
            synced = index;
            snapshot = image;
        }
    }

    /** Puts a snapshot in the place of all up to an index. */
    void compact(long index, Object image) {
        baseTerm = termAt(index);
        entries.subList(0, (int) (index - base)).clear();
        base = index;
        synced = Math.max(synced, index);
        snapshot = image;
    }
}
