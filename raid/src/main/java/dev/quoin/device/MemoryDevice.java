package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * A block device in the heap, for tests and as a scratch device. Nothing is durable.
 *
 * <p>Every request is done on the calling thread before it returns. Space is taken in pages of {@value #PAGE} bytes when they
 * are first written, and given back when one request zeroes or discards a whole page. Safe for use by many threads; requests that
 * overlap are atomic page by page.
 */
public final class MemoryDevice implements BlockDevice {

    /** The longest atomic write, in bytes. */
    public static final int ATOMIC_MAX = 1 << 20;

    /** The length in which space is taken, in bytes. */
    public static final int PAGE = 64 * 1024;

    /** What came of taking a page. */
    private enum Taking {
        NONE_LEFT,
        TAKEN,
        /** Taken, and now there is little left. */
        NOW_LOW
    }

    /** How many pages there may be. Guarded by its monitor. */
    private static final class Pages {
        private final long max;
        private final long low;
        private long used;
        private boolean told;

        Pages(long max, long low) {
            this.max = max;
            this.low = low;
        }

        synchronized Taking take() {
            if (used == max) {
                return Taking.NONE_LEFT;
            }
            used++;
            boolean news = !told && max - used <= low;
            told |= news;
            return news ? Taking.NOW_LOW : Taking.TAKEN;
        }

        synchronized void giveBack() {
            used--;
            told &= max - used <= low;
        }

        synchronized Space space() {
            return new Space(used * PAGE, (max - used) * PAGE, low * PAGE);
        }
    }

    private final class Known implements Provisioning {
        @Override
        public long unit() {
            return PAGE;
        }

        @Override
        public Run run(long offset, long length) {
            AtomicReferenceArray<byte @Nullable []> now = pages;
            int first = (int) (offset / PAGE);
            long end = offset + length;
            boolean mapped = now.get(first) != null;
            int next = first + 1;
            while ((long) next * PAGE < end && next < now.length() && (now.get(next) != null) == mapped) {
                next++;
            }
            return new Run(mapped ? State.MAPPED : State.DEALLOCATED, Math.min(end, (long) next * PAGE) - offset);
        }

        @Override
        public Optional<Space> space() {
            return limited ? Optional.of(taken.space()) : Optional.empty();
        }
    }

    private interface Copy {
        void run() throws DeviceException;
    }

    private final String name;
    private final Pages taken;
    private final boolean limited;
    private final Provisioning known = new Known();
    private final DeviceListeners listeners = new DeviceListeners();

    /** Held shared by each request, alone by what changes the size. */
    private final StampedLock lock = new StampedLock();

    private volatile Geometry geometry;
    private volatile AtomicReferenceArray<byte @Nullable []> pages;
    private volatile boolean closed;

    /**
     * A device that reads as zeroes.
     *
     * @param name for messages
     * @param blockSize in bytes, a power of two from 512 to 65,536
     * @param size in bytes, a positive multiple of {@code blockSize}
     */
    public MemoryDevice(String name, int blockSize, long size) {
        this(name, blockSize, size, new Pages(Integer.MAX_VALUE, 0), false);
    }

    private MemoryDevice(String name, int blockSize, long size, Pages taken, boolean limited) {
        this.name = name;
        this.geometry = new Geometry(blockSize, size, blockSize, 0, true);
        this.pages = new AtomicReferenceArray<>(pageCount(size));
        this.taken = taken;
        this.limited = limited;
    }

    /**
     * A device that promises more than it has: a write that needs a page when all are taken fails with {@link Code#NO_SPACE}.
     *
     * @param space how many bytes it can take, a multiple of {@link #PAGE}
     * @param low with so many bytes left or less its listeners are told, a multiple of {@link #PAGE}
     */
    public static MemoryDevice thin(String name, int blockSize, long size, long space, long low) {
        if (space % PAGE != 0 || low % PAGE != 0) {
            throw new IllegalArgumentException(
                    "space " + space + " and low " + low + " found, multiples of " + PAGE + " expected");
        }
        return new MemoryDevice(name, blockSize, size, new Pages(space / PAGE, low / PAGE), true);
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
    public Provisioning provisioning() {
        return known;
    }

    @Override
    public void watch(DeviceListener listener) {
        listeners.add(listener);
    }

    @Override
    public void unwatch(DeviceListener listener) {
        listeners.remove(listener);
    }

    /**
     * Makes the device larger; what is added reads as zeroes.
     *
     * @param size in bytes, a multiple of the block size, more than it has
     */
    public void grow(long size) {
        long stamp = lock.writeLock();
        try {
            Geometry now = geometry;
            if (size <= now.size()) {
                throw new IllegalArgumentException(
                        name + ": size " + size + " found, more than " + now.size() + " expected");
            }
            Geometry larger = now.withSize(size);
            AtomicReferenceArray<byte @Nullable []> more = new AtomicReferenceArray<>(pageCount(size));
            for (int i = 0; i < pages.length(); i++) {
                more.set(i, pages.get(i));
            }
            pages = more;
            geometry = larger;
        } finally {
            lock.unlockWrite(stamp);
        }
        listeners.tell(DeviceEvent.RESIZED);
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return done(offset, target.remaining(), () -> copyOut(offset, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        int start = source.position();
        return done(offset, source.remaining(), () -> {
            try {
                copyIn(offset, source);
            } catch (DeviceException full) {
                source.position(start);
                throw full;
            }
        });
    }

    /** Any that is not too long. */
    @Override
    public AtomicWrites atomicWrites() {
        return new AtomicWrites(ATOMIC_MAX, geometry.blockSize());
    }

    @Override
    public CompletableFuture<Void> writeAtomic(long offset, ByteBuffer source, WriteMode mode) {
        int length = source.remaining();
        try {
            atomicWrites().check(name, offset, length);
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        long stamp = lock.writeLock();
        try {
            check(offset, length);
            // All the space first: after that nothing can fail.
            for (long at = offset / PAGE; at * PAGE < offset + length; at++) {
                pageForWriting((int) at);
            }
            copyIn(offset, source);
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        } finally {
            lock.unlockWrite(stamp);
        }
        return CompletableFuture.completedFuture(null);
    }

    /** What is zeroed or discarded is gone; with all the space there is to write every block, what is written over is too. */
    @Override
    public Set<Erasure> erasures() {
        return limited ? Set.of(Erasure.DISCARD) : Set.of(Erasure.DISCARD, Erasure.OVERWRITE);
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

    private CompletableFuture<Void> done(long offset, long length, Copy copy) {
        long stamp = lock.readLock();
        try {
            check(offset, length);
            copy.run();
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        } finally {
            lock.unlockRead(stamp);
        }
        return CompletableFuture.completedFuture(null);
    }

    private void check(long offset, long length) throws DeviceException {
        geometry.check(name, offset, length);
        if (closed) {
            throw new DeviceException(Code.GONE, name, "the device was closed");
        }
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

    private void copyIn(long offset, ByteBuffer source) throws DeviceException {
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
            int index = (int) (at / PAGE);
            int from = (int) (at % PAGE);
            int step = (int) Math.min(PAGE - from, offset + length - at);
            byte[] page = pages.get(index);
            if (page != null) {
                synchronized (page) {
                    Arrays.fill(page, from, from + step, (byte) 0);
                }
                boolean whole = from == 0 && (step == PAGE || at + step == geometry.size());
                if (whole && pages.compareAndSet(index, page, null)) {
                    taken.giveBack();
                }
            }
            at += step;
        }
    }

    private byte[] pageForWriting(int index) throws DeviceException {
        while (true) {
            byte[] page = pages.get(index);
            if (page != null) {
                return page;
            }
            Taking taking = taken.take();
            if (taking == Taking.NONE_LEFT) {
                Space space = taken.space();
                throw new DeviceException(
                        Code.NO_SPACE,
                        name,
                        space.used() + " bytes of space found, all taken: discard data, or use a larger device");
            }
            if (!pages.compareAndSet(index, null, new byte[PAGE])) {
                taken.giveBack();
            } else if (taking == Taking.NOW_LOW) {
                listeners.tell(DeviceEvent.SPACE_LOW);
            }
        }
    }

    private static int pageCount(long size) {
        return Math.toIntExact((size + PAGE - 1) / PAGE);
    }

    private static void zero(ByteBuffer target, int count) {
        target.put(new byte[count]);
    }
}
