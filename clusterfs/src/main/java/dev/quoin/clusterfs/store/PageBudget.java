package dev.quoin.clusterfs.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many file pages all inodes of a mount hold in memory, and how many of them are dirty. Any thread may use it.
 */
public final class PageBudget {

    private final long cachedMax;
    private final long dirtyMax;
    private final AtomicLong cached = new AtomicLong();
    private final AtomicLong dirty = new AtomicLong();

    /** Limits in pages. */
    public PageBudget(long cachedMax, long dirtyMax) {
        this.cachedMax = cachedMax;
        this.dirtyMax = dirtyMax;
    }

    void addCached(long pages) {
        cached.addAndGet(pages);
    }

    void addDirty(long pages) {
        dirty.addAndGet(pages);
    }

    /** Pages in memory. */
    public long cached() {
        return cached.get();
    }

    /** Dirty pages in memory. */
    public long dirty() {
        return dirty.get();
    }

    /** Whether clean pages should go. */
    public boolean isOverCached() {
        return cached.get() > cachedMax;
    }

    /** Whether whoever makes pages dirty should write some out first. */
    public boolean isOverDirty() {
        return dirty.get() > dirtyMax;
    }
}
