package dev.quoin.blockstore.extent;

import java.util.BitSet;

/**
 * Which extents of a pool are in use.
 *
 * <p>Extents from the high-water mark on were never written, so they read as zeroes; those below it may hold what a former user
 * left. The fresh ones are handed out first: they need no zeroing.
 *
 * <p>Owned by one thread; the counts may be read by any.
 */
public final class ExtentSpace {

    /** What {@link #take} gives when nothing is free. */
    public static final int NONE = -1;

    private volatile int total;
    private final BitSet used = new BitSet();
    private int inUse;

    /** {@code inUse} for readers on other threads. */
    private volatile int usedCount;

    private volatile int highWater;
    private int cursor;

    /**
     * A space with nothing in use.
     *
     * @param total how many extents there are
     * @param highWater extents from here on are fresh
     */
    public ExtentSpace(int total, int highWater) {
        if (highWater < 0 || highWater > total) {
            throw new IllegalArgumentException("high-water mark " + highWater + " found, 0 to " + total + " expected");
        }
        this.total = total;
        this.highWater = highWater;
    }

    /**
     * Marks an extent that a map names.
     *
     * @return false if it already is in use, is fresh or does not exist: the map is wrong
     */
    public boolean mark(int extent) {
        if (extent < 0 || extent >= highWater || used.get(extent)) {
            return false;
        }
        use(extent);
        return true;
    }

    /**
     * Takes a free extent. It is fresh if it is not below the {@link #highWater()} of before.
     *
     * @return the extent, or {@link #NONE}
     */
    public int take() {
        if (highWater < total) {
            int extent = highWater;
            highWater = extent + 1;
            use(extent);
            return extent;
        }
        if (inUse == total) {
            return NONE;
        }
        int extent = used.nextClearBit(cursor);
        if (extent >= total) {
            extent = used.nextClearBit(0);
        }
        use(extent);
        cursor = extent + 1;
        return extent;
    }

    /** Gives back an extent that is in use. From now on it counts as holding data. */
    public void release(int extent) {
        if (!used.get(extent)) {
            throw new IllegalStateException("extent " + extent + " was released but is not in use");
        }
        used.clear(extent);
        inUse--;
        usedCount = inUse;
    }

    /** Takes in extents behind the last one. They are fresh. */
    public void grow(int extents) {
        if (extents < total) {
            throw new IllegalArgumentException(extents + " extents found, at least " + total + " expected");
        }
        // What was given back lies below the mark, where fresh ones must not be looked for.
        total = extents;
    }

    /** How many extents there are. */
    public int total() {
        return total;
    }

    /** How many extents are free. */
    public int free() {
        return total - usedCount;
    }

    /** Extents from here on are fresh. */
    public int highWater() {
        return highWater;
    }

    private void use(int extent) {
        used.set(extent);
        inUse++;
        usedCount = inUse;
    }
}
