package dev.quoin.dlm.server;

import java.util.ArrayDeque;
import java.util.Deque;

/** How much of the log has been applied, and from where on it has to stay. One thread at a time uses it. */
final class LogGrowth {

    /** Places are remembered so many bytes apart. */
    private static final long MARK_BYTES = 1L << 20;

    /**
     * A place in the log.
     *
     * @param bytesBefore of the entries that were applied here before the one of that index
     */
    private record Mark(long index, long bytesBefore) {}

    private final SnapshotPolicy policy;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private long bytes;
    private long last = -1;
    private long bytesAtSnapshot;
    private long entriesSinceSnapshot;

    LogGrowth(SnapshotPolicy policy) {
        this.policy = policy;
    }

    /**
     * An entry was applied.
     *
     * @return whether a snapshot is due
     */
    boolean applied(long index, int entryBytes) {
        Mark newest = marks.peekLast();
        if (newest == null || bytes - newest.bytesBefore() >= MARK_BYTES) {
            marks.addLast(new Mark(index, bytes));
        }
        bytes += entryBytes;
        last = index;
        entriesSinceSnapshot++;
        forget();
        return entriesSinceSnapshot >= policy.entries() || bytes - bytesAtSnapshot >= policy.bytes();
    }

    /** Forgets all marks but the newest one at or before which the log may go. */
    private void forget() {
        while (marks.size() > 1 && isBeyondKept(marks.peekFirst())) {
            Mark oldest = marks.removeFirst();
            if (!isBeyondKept(marks.getFirst())) {
                marks.addFirst(oldest);
                return;
            }
        }
    }

    private boolean isBeyondKept(Mark mark) {
        return bytes - mark.bytesBefore() >= policy.keptBytes();
    }

    /** A snapshot has begun. */
    void snapshotBegun() {
        bytesAtSnapshot = bytes;
        entriesSinceSnapshot = 0;
    }

    /**
     * Up to which entry the log may go if the state is durable as of an entry.
     *
     * @return -1 if it has to stay as it is
     */
    long purgeable(long durable) {
        Mark oldest = marks.peekFirst();
        long byBytes = oldest != null && isBeyondKept(oldest) ? oldest.index() - 1 : -1;
        long byEntries = last - policy.keptEntries();
        return Math.min(durable, Math.max(byBytes, byEntries));
    }
}
