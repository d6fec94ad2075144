package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A block device in the heap, for tests and as a scratch device. Nothing is durable.
 *
 * <p>Every request is done on the calling thread before it returns. Space is taken in pages of {@value #PAGE} bytes when they
 * are first written. Safe for use by many threads; requests that overlap are atomic page by page.
 */
public final class MemoryDevice implements BlockDevice {

    private static final int PAGE = 64 * 1024;

    private final String name;
    private final Geometry geometry;
    private final AtomicReferenceArray<byte[]> pages;
    private volatile boolean closed;

    /**
     * A device that reads as zeroes.
     *
     * @param name for messages
     * @param blockSize in bytes, a power of two from 512 to 65,536
     * @param size in bytes, a positive multiple of {@code blockSize}
     */
    public MemoryDevice(String name, int blockSize, long size) {
        this.name = name;
        this.geometry = new Geometry(blockSize, size, blockSize, 0, true);
        this.pages = new AtomicReferenceArray<>(Math.toIntExact((size + PAGE - 1) / PAGE));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Geometry geometry() {
        return geometry;
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return done(offset, target.remaining(), () -> copyOut(offset, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return done(offset, source.remaining(), () -> copyIn(offset, source));
    }

    @Override
    public CompletableFuture<Void> flush() {
        return done(0, 0, () -> {});
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return done(offset, length, () -> zero(offset, length));
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return writeZeroes(offset, length, WriteMode.CACHED);
    }

    @Override
    public boolean tryReadNow(long offset, ByteBuffer target) {
        return !read(offset, target).isCompletedExceptionally();
    }

    @Override
    public boolean tryWriteNow(long offset, ByteBuffer source) {
        return !write(offset, source, WriteMode.CACHED).isCompletedExceptionally();
    }

    @Override
    public void close() {
        closed = true;
    }

    private CompletableFuture<Void> done(long offset, long length, Runnable copy) {
        try {
            geometry.check(name, offset, length);
            if (closed) {
                throw new DeviceException(Code.GONE, name, "the device was closed");
            }
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        copy.run();
        return CompletableFuture.completedFuture(null);
    }

    private void copyOut(long offset, ByteBuffer target) {
        for (long at = offset; target.hasRemaining(); ) {
            int from = (int) (at % PAGE);
            int step = Math.min(PAGE - from, target.remaining());
            byte[] page = pages.get((int) (at / PAGE));
            if (page == null) {
                zero(target, step);
            } else {
                synchronized (page) {
                    target.put(page, from, step);
                }
            }
            at += step;
        }
    }

    private void copyIn(long offset, ByteBuffer source) {
        for (long at = offset; source.hasRemaining(); ) {
            int from = (int) (at % PAGE);
            int step = Math.min(PAGE - from, source.remaining());
            byte[] page = pageForWriting((int) (at / PAGE));
            synchronized (page) {
                source.get(page, from, step);
            }
            at += step;
        }
    }

    private void zero(long offset, long length) {
        for (long at = offset; at < offset + length; ) {
            int from = (int) (at % PAGE);
            int step = (int) Math.min(PAGE - from, offset + length - at);
            byte[] page = pages.get((int) (at / PAGE));
            if (page != null) {
                synchronized (page) {
                    Arrays.fill(page, from, from + step, (byte) 0);
                }
            }
            at += step;
        }
    }

    private byte[] pageForWriting(int index) {
        byte[] page = pages.get(index);
        if (page != null) {
            return page;
        }
        pages.compareAndSet(index, null, new byte[PAGE]);
        return pages.get(index);
    }

    private static void zero(ByteBuffer target, int count) {
        target.put(new byte[count]);
    }
}
