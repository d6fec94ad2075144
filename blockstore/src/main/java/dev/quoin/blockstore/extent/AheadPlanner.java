package dev.quoin.blockstore.extent;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Decides how many extents to map when one is wanted: one for a writer that jumps about, ever more for one that goes on where
 * it was, as an operating system reads ahead.
 *
 * <p>The window of a stream doubles each time it reaches the end of what was mapped for it: 1, 2, 4 ... {@value #WINDOW_MAX}.
 * From {@value #MARK_FROM} on, the extent in the middle of the window is marked; the first write that meets the mark has the next
 * window mapped, so that a steady writer never waits.
 *
 * <p>One for each volume; owned by the pool's worker.
 */
public final class AheadPlanner {

    /** The most extents mapped for one want. */
    public static final int WINDOW_MAX = 32;

    /** The most streams that are remembered for a volume. */
    public static final int STREAMS_MAX = 16;

    /** The smallest window with a mark. */
    static final int MARK_FROM = 4;

    /** The volume extent where each stream will want more, and how many it got last; the oldest stream first. */
    private final Map<Long, Integer> streams = new LinkedHashMap<>();

    /** How many extents to map from {@code index} on, at least one. */
    public int windowAt(long index) {
        Integer last = streams.get(index);
        return last == null ? 1 : Math.min(2 * last, WINDOW_MAX);
    }

    /**
     * Notes what was mapped.
     *
     * @param index the first extent
     * @param count how many, at least one
     */
    public void granted(long index, int count) {
        streams.remove(index);
        streams.put(index + count, count);
        if (streams.size() > STREAMS_MAX) {
            streams.remove(streams.keySet().iterator().next());
        }
    }

    /** Whether extent {@code position}, counted from 0, of a window of {@code count} is the one to mark. */
    public static boolean isMarked(int position, int count) {
        return count >= MARK_FROM && position == count / 2;
    }
}
