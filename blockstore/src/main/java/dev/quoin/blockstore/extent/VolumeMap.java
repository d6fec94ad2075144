package dev.quoin.blockstore.extent;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Where the extents of a volume lie, and how many requests are using each right now.
 *
 * <p>Any thread may {@link #enter} and {@link #exit}; one thread, the pool's worker, maps and unmaps. An extent is unmapped in
 * two steps: {@link #beginDrain} lets nobody in any more, and when the last request has left, {@link #endDrain} frees it. So no
 * request can reach an extent that has gone to another volume.
 *
 * <p>One 64-bit word for each volume extent; words come in chunks, and a chunk that maps nothing takes no memory:
 *
 * <pre>
 * bits 63-32  pool extent plus one; 0 is unmapped
 * bit     31  mark: the first write that meets it has more extents mapped ahead
 * bit     30  draining
 * bits 29-0   requests in flight
 * </pre>
 */
public final class VolumeMap {

    /** {@link #enter} found no pool extent. Nothing was entered. */
    public static final int UNMAPPED = -1;

    /** {@link #enter} found an extent that is being unmapped: ask again when that has ended. Nothing was entered. */
    public static final int DRAINING = -2;

    /** What {@link #beginDrain} found. */
    public enum Drain {
        /** There is nothing to unmap. */
        NOT_MAPPED,
        /** Another unmapping is under way. */
        ALREADY,
        /** No request was in flight: the extent may be freed. */
        DRAINED,
        /** The {@link #exit} that returns true will be the last. */
        WAITING
    }

    private static final int EXTENT_SHIFT = 32;
    private static final long MARK_BIT = 1L << 31;
    private static final long DRAINING_BIT = 1L << 30;
    private static final long COUNT_MASK = DRAINING_BIT - 1;

    private final int chunkExtents;
    private volatile long extentCount;
    private volatile AtomicReferenceArray<@Nullable AtomicLongArray> chunks;
    private long mappedNow;

    /** {@code mappedNow} for readers on other threads. */
    private volatile long mapped;

    /**
     * A map of nothing.
     *
     * @param extentCount how many extents the volume has
     * @param chunkExtents how many of them a chunk covers
     */
    public VolumeMap(long extentCount, int chunkExtents) {
        this.extentCount = extentCount;
        this.chunkExtents = chunkExtents;
        this.chunks = new AtomicReferenceArray<>(Math.toIntExact(Math.ceilDiv(extentCount, (long) chunkExtents)));
    }

    /** How many extents the volume has. */
    public long extentCount() {
        return extentCount;
    }

    /** How many of them a chunk covers. */
    public int chunkExtents() {
        return chunkExtents;
    }

    /** How many chunks the volume has. */
    public int chunkCount() {
        return chunks.length();
    }

    /** The chunk of a volume extent. */
    public int chunkOf(long index) {
        return (int) (index / chunkExtents);
    }

    /**
     * Makes the map larger; what is added is unmapped. Worker only.
     *
     * <p>Who still has the smaller table in hand sees what was mapped when it took it, as if it had come a moment earlier.
     */
    public void grow(long newExtentCount) {
        if (newExtentCount < extentCount) {
            throw new IllegalArgumentException(
                    newExtentCount + " extents found, at least " + extentCount + " expected");
        }
        AtomicReferenceArray<@Nullable AtomicLongArray> now = chunks;
        AtomicReferenceArray<@Nullable AtomicLongArray> more =
                new AtomicReferenceArray<>(Math.toIntExact(Math.ceilDiv(newExtentCount, (long) chunkExtents)));
        for (int i = 0; i < now.length(); i++) {
            more.set(i, now.get(i));
        }
        chunks = more;
        extentCount = newExtentCount;
    }

    /** How many volume extents are mapped. */
    public long mapped() {
        return mapped;
    }

    /**
     * Looks an extent up and keeps it where it is until {@link #exit}.
     *
     * @return the pool extent, {@link #UNMAPPED} or {@link #DRAINING}
     */
    public int enter(long index) {
        AtomicLongArray chunk = chunks.get(chunkOf(index));
        if (chunk == null) {
            return UNMAPPED;
        }
        int slot = (int) (index % chunkExtents);
        while (true) {
            long word = chunk.get(slot);
            if (word >>> EXTENT_SHIFT == 0) {
                return UNMAPPED;
            }
            if ((word & DRAINING_BIT) != 0) {
                return DRAINING;
            }
            if (chunk.weakCompareAndSetVolatile(slot, word, word + 1)) {
                return (int) (word >>> EXTENT_SHIFT) - 1;
            }
        }
    }

    /**
     * Ends what {@link #enter} began.
     *
     * @return true if the extent is being unmapped and this was the last request on it
     */
    public boolean exit(long index) {
        long word = chunkAt(index).decrementAndGet((int) (index % chunkExtents));
        return (word & (DRAINING_BIT | COUNT_MASK)) == DRAINING_BIT;
    }

    /** Whether the extent carries a mark, which this takes away. True for one caller only. */
    public boolean takeMark(long index) {
        AtomicLongArray chunk = chunks.get(chunkOf(index));
        if (chunk == null) {
            return false;
        }
        int slot = (int) (index % chunkExtents);
        while (true) {
            long word = chunk.get(slot);
            if ((word & MARK_BIT) == 0) {
                return false;
            }
            if (chunk.weakCompareAndSetVolatile(slot, word, word & ~MARK_BIT)) {
                return true;
            }
        }
    }

    /** Whether a pool extent holds this volume extent. */
    public boolean isMapped(long index) {
        AtomicLongArray chunk = chunks.get(chunkOf(index));
        return chunk != null && chunk.get((int) (index % chunkExtents)) >>> EXTENT_SHIFT != 0;
    }

    /** The pool extent that holds this volume extent, or {@link #UNMAPPED}; keeps nobody from unmapping it. */
    public int extentOf(long index) {
        AtomicLongArray chunk = chunks.get(chunkOf(index));
        return chunk == null ? UNMAPPED : (int) (chunk.get((int) (index % chunkExtents)) >>> EXTENT_SHIFT) - 1;
    }

    /** Maps an extent that is not mapped. Worker only. */
    public void map(long index, int extent, boolean mark) {
        AtomicLongArray chunk = chunks.get(chunkOf(index));
        if (chunk == null) {
            chunk = new AtomicLongArray(chunkExtents);
            chunks.set(chunkOf(index), chunk);
        }
        long word = (extent + 1L) << EXTENT_SHIFT | (mark ? MARK_BIT : 0);
        if (!chunk.compareAndSet((int) (index % chunkExtents), 0, word)) {
            throw new IllegalStateException("volume extent " + index + " was mapped twice");
        }
        mappedNow++;
        mapped = mappedNow;
    }

    /** Lets no new request in. Worker only. */
    public Drain beginDrain(long index) {
        if (!isMapped(index)) {
            return Drain.NOT_MAPPED;
        }
        AtomicLongArray chunk = chunkAt(index);
        int slot = (int) (index % chunkExtents);
        while (true) {
            long word = chunk.get(slot);
            if ((word & DRAINING_BIT) != 0) {
                return Drain.ALREADY;
            }
            if (chunk.weakCompareAndSetVolatile(slot, word, word | DRAINING_BIT)) {
                return (word & COUNT_MASK) == 0 ? Drain.DRAINED : Drain.WAITING;
            }
        }
    }

    /**
     * Ends a drain when no request is left, or at any time if the extent stays mapped. Worker only.
     *
     * @param unmap whether the extent is unmapped or opened again
     */
    public void endDrain(long index, boolean unmap) {
        AtomicLongArray chunk = chunkAt(index);
        int slot = (int) (index % chunkExtents);
        if (!unmap) {
            chunk.getAndUpdate(slot, word -> word & ~DRAINING_BIT);
            return;
        }
        long word = chunk.getAndSet(slot, 0);
        if ((word & (DRAINING_BIT | COUNT_MASK)) != DRAINING_BIT) {
            throw new IllegalStateException("volume extent " + index + " was unmapped in use");
        }
        mappedNow--;
        mapped = mappedNow;
    }

    /**
     * How many extents are alike, beginning with one of which it is known.
     *
     * @param index of the known one
     * @param isMapped whether that one was mapped when it was looked at; it may have changed since
     * @param end before which to stop
     */
    public long alikeFrom(long index, boolean isMapped, long end) {
        long at = index + 1;
        while (at < end) {
            if (at % chunkExtents == 0 && chunks.get(chunkOf(at)) == null) {
                if (isMapped) {
                    break;
                }
                at += chunkExtents;
            } else if (isMapped(at) == isMapped) {
                at++;
            } else {
                break;
            }
        }
        return Math.min(at, end) - index;
    }

    /** Whether a chunk maps anything. */
    public boolean hasMapped(int chunkIndex) {
        return hasMapped((long) chunkIndex * chunkExtents, (chunkIndex + 1L) * chunkExtents);
    }

    /** Whether any of the extents {@code from} to {@code to}, exclusive, is mapped; they lie in one chunk. */
    public boolean hasMapped(long from, long to) {
        AtomicLongArray chunk = chunks.get(chunkOf(from));
        if (chunk != null) {
            int first = (int) (from % chunkExtents);
            for (int i = 0; i < to - from; i++) {
                if (chunk.get(first + i) >>> EXTENT_SHIFT != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The entries of a chunk in the form of the registry: 0 unmapped, else the pool extent plus one. In a new array. */
    public int[] entries(int chunkIndex) {
        int[] entries = new int[chunkExtents];
        AtomicLongArray chunk = chunks.get(chunkIndex);
        if (chunk != null) {
            for (int i = 0; i < chunkExtents; i++) {
                entries[i] = (int) (chunk.get(i) >>> EXTENT_SHIFT);
            }
        }
        return entries;
    }

    private AtomicLongArray chunkAt(long index) {
        AtomicLongArray chunk = chunks.get(chunkOf(index));
        if (chunk == null) {
            throw new IllegalStateException("volume extent " + index + " is not mapped");
        }
        return chunk;
    }
}
