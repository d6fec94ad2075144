package dev.quoin.iscsi.connection;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers of a few sizes, shared by all connections of a target. May be used by any thread.
 *
 * <p>A class holds a power of two and some room for headers, so that blocks and the header before them fit one class. The
 * bytes lent out never pass the limit: who gets nothing answers TASK SET FULL.
 */
public final class BufferPool {

    private static final int HEADROOM = 4096;
    private static final int SMALLEST_SHIFT = 9;
    private static final int LARGEST_SHIFT = 23;

    /** How many bytes of each class stay in the pool when they are given back. */
    private static final int IDLE_BYTES_MAX = 16 << 20;

    /** How many buffers of each class stay in the pool when they are given back. */
    private static final int IDLE_BUFFERS_MAX = 256;

    private static final int CLASSES = LARGEST_SHIFT - SMALLEST_SHIFT + 2;

    private final long lentMax;
    private final AtomicLong lent = new AtomicLong();
    private final SizeClass[] classes = new SizeClass[CLASSES];

    private static final class SizeClass {
        final ConcurrentLinkedQueue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();
        final AtomicInteger count = new AtomicInteger();
        final int idleMax;
        final int size;

        SizeClass(int size) {
            this.size = size;
            this.idleMax = Math.clamp(IDLE_BYTES_MAX / size, 2, IDLE_BUFFERS_MAX);
        }
    }

    /**
     * An empty pool.
     *
     * @param lentMax how many bytes may be lent out at once
     */
    public BufferPool(long lentMax) {
        this.lentMax = lentMax;
        // Class 0 is for single headers; the others have headroom.
        classes[0] = new SizeClass(1 << SMALLEST_SHIFT);
        for (int i = 1; i < CLASSES; i++) {
            classes[i] = new SizeClass((1 << (SMALLEST_SHIFT + i - 1)) + HEADROOM);
        }
    }

    /**
     * Lends a cleared big-endian buffer of at least {@code length} bytes whose content is undefined.
     *
     * @return null if the limit is reached or the length is larger than any class
     */
    public @Nullable ByteBuffer take(long length) {
        SizeClass fit = fit(length);
        if (fit == null) {
            return null;
        }
        if (lent.addAndGet(fit.size) > lentMax) {
            lent.addAndGet(-fit.size);
            return null;
        }
        ByteBuffer buffer = fit.idle.poll();
        if (buffer == null) {
            return ByteBuffer.allocateDirect(fit.size);
        }
        fit.count.decrementAndGet();
        return buffer.clear();
    }

    /** Lends for a response that must not fail: the window bounds how many there are, and they are small. */
    public ByteBuffer takeSmall(int length) {
        ByteBuffer buffer = take(length);
        // An odd capacity is of no class, so give() leaves it to the collector.
        return buffer != null ? buffer : ByteBuffer.allocateDirect(length | 1);
    }

    /** Takes a buffer back; one that is not of the pool is left to the collector. */
    public void give(ByteBuffer buffer) {
        SizeClass fit = fit(buffer.capacity());
        if (fit == null || fit.size != buffer.capacity()) {
            return;
        }
        lent.addAndGet(-fit.size);
        if (fit.count.get() < fit.idleMax) {
            fit.count.incrementAndGet();
            fit.idle.add(buffer);
        }
    }

    /** The bytes lent out now. */
    public long lentBytes() {
        return lent.get();
    }

    private @Nullable SizeClass fit(long length) {
        if (length <= classes[0].size) {
            return classes[0];
        }
        if (length > classes[CLASSES - 1].size) {
            return null;
        }
        long payload = Math.max(1, length - HEADROOM);
        int shift = 64 - Long.numberOfLeadingZeros(payload - 1);
        return classes[Math.max(0, shift - SMALLEST_SHIFT) + 1];
    }
}
