package dev.quoin.clusterfs.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The pages of one inode that are in memory.
 *
 * <p>Pages are added under a hold of the inode and made dirty under an exclusive one; any thread may write dirty ones out. {@code writing}
 * is held by whoever writes out, across the I/O, so that no block has two writes in flight.
 */
public final class FileData {

    private static final AtomicLong IDS = new AtomicLong();

    private final long id = IDS.incrementAndGet();
    private final PageBudget budget;
    private final Map<Long, Page> pages = new ConcurrentHashMap<>();
    private final Set<Page> dirty = new HashSet<>();
    final ReentrantLock writing = new ReentrantLock();

    /** No pages. */
    public FileData(PageBudget budget) {
        this.budget = budget;
    }

    /** Orders the write locks of several files. */
    long id() {
        return id;
    }

    /** The page of a file block, if it is in memory. */
    public @Nullable Page page(long index) {
        return pages.get(index);
    }

    /** Adds a clean page, unless the block has one already, which is then returned. */
    public Page add(long index, Page page) {
        Page present = pages.putIfAbsent(index, page);
        if (present == null) {
            budget.addCached(1);
            return page;
        }
        return present;
    }

    /** Changes part of a page and marks it dirty. */
    public void write(Page page, int at, byte[] source, int from, int length) {
        page.write(at, source, from, length);
        markDirty(page);
    }

    /** Zeroes a page from {@code at} on and marks it dirty. */
    public void zeroTail(Page page, int at) {
        page.zero(at);
        markDirty(page);
    }

    private void markDirty(Page page) {
        synchronized (dirty) {
            if (page.markDirty()) {
                dirty.add(page);
                budget.addDirty(1);
            }
        }
    }

    /** Whether anything is dirty or being written out. */
    public boolean isDirty() {
        synchronized (dirty) {
            return !dirty.isEmpty() || writing.isLocked();
        }
    }

    /** The dirty pages, which no longer count as such; the caller holds {@code writing} and writes them. */
    List<Page> takeDirty() {
        synchronized (dirty) {
            List<Page> taken = new ArrayList<>(dirty);
            budget.addDirty(-taken.size());
            dirty.clear();
            return taken;
        }
    }

    /** Forgets all pages from {@code index} on, dirty or not, and waits for what is being written. Blocking. */
    public void discard(long index) {
        writing.lock();
        try {
            pages.forEach((at, page) -> {
                if (at >= index && pages.remove(at, page)) {
                    forget(page);
                }
            });
        } finally {
            writing.unlock();
        }
    }

    /**
     * Forgets the clean pages, unless some are being written out: those must stay until the device has them.
     *
     * @return how many went
     */
    public int dropClean() {
        if (!writing.tryLock()) {
            return 0;
        }
        try {
            int before = pages.size();
            pages.values().removeIf(page -> {
                boolean goes = !page.isDirty();
                if (goes) {
                    budget.addCached(-1);
                }
                return goes;
            });
            return before - pages.size();
        } finally {
            writing.unlock();
        }
    }

    /** Forgets everything without waiting; nothing is dirty or being written, because the lock was given up. */
    public void clear() {
        pages.values().removeIf(page -> {
            forget(page);
            return true;
        });
    }

    private void forget(Page page) {
        budget.addCached(-1);
        synchronized (dirty) {
            if (page.markClean() && dirty.remove(page)) {
                budget.addDirty(-1);
            }
        }
    }
}
