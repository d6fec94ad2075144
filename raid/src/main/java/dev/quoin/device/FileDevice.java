package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A block device in a file, or a disk, a partition or a loop device of Linux, through the page cache.
 *
 * <p><b>Blocks.</b> 512 bytes logical, 4,096 physical; those of the disk. The size is that of the file when it is opened.
 *
 * <p><b>Threads.</b> Requests run on {@value #THREADS} platform threads of this device, named {@code device-io-n}, that end when
 * idle. No caller's thread ever touches the channel, so an interrupt cannot close it. {@link #tryReadNow} asks the kernel
 * with {@code preadv2(RWF_NOWAIT)} on the calling thread, {@link #tryWriteNow} writes into the page cache by {@code pwrite} there, unless
 * the kernel has held up a writer a moment ago. At most {@value #REQUESTS_MAX} requests may be under way; the next is
 * refused at once with {@link Code#BUSY}.
 *
 * <p><b>Durability.</b> A flush is {@code fdatasync}; an FUA write is a write and an {@code fdatasync} that it shares with all
 * other FUA writes and flushes that wait at the time. After a failed {@code fdatasync} nobody knows what the kernel dropped
 * from its cache, so the device is {@link Code#GONE} from then on.
 *
 * <p><b>Errors.</b> A full file system is {@link Code#NO_SPACE}; a read error, or a file that was cut short by somebody, is
 * {@link Code#MEDIUM_ERROR} for the blocks concerned. A write to a file that was cut short would fill the lost part with a hole
 * that reads as zeroes; it is refused with {@link Code#GONE}, for good. So is everything after a flush or an FUA
 * write that found the file cut short, or nothing or another file at its path: what vanished and came back is opened anew.
 *
 * <p><b>Use by one.</b> The file is locked ({@code flock(2)}), exclusively for writing and shared for reading, so that no
 * other process and no other part of this one opens it in a way that conflicts. A disk that is opened for writing is claimed
 * ({@code O_EXCL}), so that nobody mounts it meanwhile; one that is mounted or claimed is {@link Code#BUSY}.
 */
public final class FileDevice implements BlockDevice {

    /** How many requests may be queued or running. */
    public static final int REQUESTS_MAX = 8192;

    /** The logical block size in bytes. */
    public static final int BLOCK_SIZE = 512;

    static final int PHYSICAL_BLOCK_SIZE = 4096;

    private static final int THREADS = 4;
    private static final int IDLE_SECONDS = 10;
    private static final int CLOSE_SECONDS = 30;

    /** The longest write on a caller's thread, in bytes. */
    private static final int WRITE_NOW_MAX = 1 << 20;

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(256 * 1024);
    private static final ThreadFactory FACTORY =
            Thread.ofPlatform().daemon().name("device-io-", 1).factory();
    private static final Logger LOG = LoggerFactory.getLogger(FileDevice.class);

    private final DeviceFile file;
    private final String name;
    private final Path path;
    private final FileChannel channel;
    private final @Nullable NativeFile calls;
    private final boolean writable;
    private final DeviceListeners listeners = new DeviceListeners();
    private final Semaphore permits = new Semaphore(REQUESTS_MAX);
    /** Those who read or write on threads of their own. */
    private final Visitors visitors = new Visitors();

    private final ThreadPoolExecutor threads;
    private final SyncGroup syncs;
    private final Throttled throttled = new Throttled();
    private volatile Geometry geometry;
    private volatile boolean closed;
    private volatile @Nullable DeviceException failed;

    private FileDevice(DeviceFile file, FileChannel channel, @Nullable NativeFile calls, boolean writable, long size) {
        this.file = file;
        this.name = file.name();
        this.path = file.path();
        this.channel = channel;
        this.calls = calls;
        this.writable = writable;
        this.geometry = file.geometry(size, writable ? calls : null);
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), FACTORY);
        threads.allowCoreThreadTimeOut(true);
        this.syncs = new SyncGroup(threads, this::sync);
    }

    /**
     * Makes a sparse file that reads as zeroes, and opens it for writing. Blocking; the file and its name are durable.
     *
     * @param size in bytes, a positive multiple of {@value #BLOCK_SIZE}
     * @throws DeviceException {@link Code#BUSY} if the file exists, {@link Code#OUT_OF_RANGE} for a bad size, or what the file
     *     system fails with
     */
    public static FileDevice create(Path path, long size) throws DeviceException {
        SparseFile.create(DeviceFile.name(path), path, size);
        return open(path, DeviceProvider.Access.READ_WRITE);
    }

    /**
     * Opens an existing file or disk. Blocking.
     *
     * @throws DeviceException {@link Code#GONE} if there is no such file, {@link Code#BUSY} if it is open elsewhere, or a disk that is
     *     mounted, {@link Code#OUT_OF_RANGE} if its size is no positive multiple of {@value #BLOCK_SIZE}
     */
    public static FileDevice open(Path path, DeviceProvider.Access access) throws DeviceException {
        DeviceFile file = DeviceFile.at(path);
        boolean writable = access == DeviceProvider.Access.READ_WRITE;
        boolean claims = writable && file.disk() != null && NativeFile.isAvailable();
        NativeFile calls = NativeFile.open(path, access, claims);
        if (calls != null && !calls.lock(writable)) {
            calls.close();
            throw file.inUse(null);
        }
        FileChannel channel = null;
        try {
            channel = writable
                    ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    : FileChannel.open(path, StandardOpenOption.READ);
            // A disk that opens without a claim only has another's.
            if (calls == null && (claims || channel.tryLock(0, Long.MAX_VALUE, !writable) == null)) {
                throw file.inUse(null);
            }
            SparseFile.checkSize(file.name(), channel.size());
            return new FileDevice(file, channel, calls, writable, channel.size());
        } catch (DeviceException known) {
            abandon(calls, channel);
            throw known;
        } catch (OverlappingFileLockException locked) {
            abandon(calls, channel);
            throw file.inUse(locked);
        } catch (IOException failure) {
            abandon(calls, channel);
            throw FileErrors.classify(file.name(), path, "open", 0, 0, failure);
        }
    }

    /** {@inheritDoc} As the kernel gave it when the device was opened. */
    @Override
    public Optional<String> serialNumber() {
        return file.serialNumber();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Geometry geometry() {
        return geometry;
    }

    /** Takes over the length of a file that was made longer, down to whole blocks. */
    @Override
    public void refreshSize() throws DeviceException {
        checkUsable();
        long length;
        try {
            length = channel.size() / file.blockSize() * file.blockSize();
        } catch (IOException failure) {
            throw FileErrors.classify(name, path, "look at", 0, 0, failure);
        }
        boolean longer;
        synchronized (threads) {
            longer = length > geometry.size();
            geometry = longer ? geometry.withSize(length) : geometry;
        }
        if (longer) {
            listeners.tell(DeviceEvent.RESIZED);
        }
    }

    @Override
    public void watch(DeviceListener listener) {
        listeners.add(listener);
    }

    @Override
    public void unwatch(DeviceListener listener) {
        listeners.remove(listener);
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return submit(offset, target.remaining(), false, done -> {
            readFully(offset, target);
            finish(done);
        });
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return submit(offset, source.remaining(), true, done -> {
            writeFully(offset, source);
            finish(done, mode);
        });
    }

    @Override
    public CompletableFuture<Void> flush() {
        try {
            begin(0, 0, false);
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        var done = new CompletableFuture<Void>();
        syncs.join(released(done));
        return done;
    }

    @Override
    public void flushSoon(long offset, long length) {
        visitors.enter();
        try {
            if (calls != null && !closed) {
                calls.writeBack(offset, length);
            }
        } finally {
            visitors.leave();
        }
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return submit(offset, length, true, done -> {
            checkLength();
            if (!geometry.discardZeroes() || calls == null || !calls.punchHole(offset, length)) {
                for (long at = offset; at < offset + length; ) {
                    int step = (int) Math.min(ZEROES.capacity(), offset + length - at);
                    writeFully(at, ZEROES.duplicate().limit(step));
                    at += step;
                }
            }
            finish(done, mode);
        });
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        if (geometry.discardZeroes()) {
            return writeZeroes(offset, length, WriteMode.CACHED);
        }
        return submit(offset, length, true, this::finish);
    }

    @Override
    public boolean tryReadNow(long offset, ByteBuffer target) {
        if (calls == null || target.isReadOnly()) {
            return false;
        }
        visitors.enter();
        try {
            check(offset, target.remaining(), false);
            return target.hasRemaining() && calls.readNow(offset, target);
        } catch (DeviceException refused) {
            return false; // read() says why.
        } finally {
            visitors.leave();
        }
    }

    @Override
    public boolean tryWriteNow(long offset, ByteBuffer source) {
        int length = source.remaining();
        long began = System.nanoTime();
        if (calls == null || length == 0 || length > WRITE_NOW_MAX || throttled.isSlow(began)) {
            return false;
        }
        visitors.enter();
        try {
            check(offset, length, true);
            boolean written = calls.writeNow(offset, source, geometry.size());
            long now = System.nanoTime();
            throttled.took(now - began, now);
            return written;
        } catch (DeviceException refused) {
            return false; // write() says why.
        } finally {
            visitors.leave();
        }
    }

    @Override
    public void close() {
        synchronized (threads) {
            if (closed) {
                return;
            }
            closed = true;
        }
        if (!awaitIdle()) {
            LOG.warn("device requests still under way after {} s, closed nevertheless; device={}", CLOSE_SECONDS, name);
        }
        threads.shutdown();
        abandon(calls, channel);
    }

    private interface Job {
        void run(CompletableFuture<Void> done) throws IOException;
    }

    private CompletableFuture<Void> submit(long offset, long length, boolean write, Job job) {
        try {
            begin(offset, length, write);
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        var done = new CompletableFuture<Void>();
        if (length == 0) {
            finish(done);
            return done;
        }
        threads.execute(() -> {
            try {
                job.run(done);
            } catch (DeviceException known) {
                fail(done, known);
            } catch (IOException failure) {
                fail(done, FileErrors.classify(name, path, write ? "write" : "read", offset, length, failure));
            } catch (RuntimeException bug) {
                fail(done, new DeviceException(Code.GONE, name, "a defect of the device: " + bug, bug));
            }
        });
        return done;
    }

    /** Checks the range of a request and the state of the device. */
    private void check(long offset, long length, boolean write) throws DeviceException {
        geometry.check(name, offset, length);
        if (write && !writable) {
            throw new DeviceException(Code.READ_ONLY, name, "a write found, opened for reading only");
        }
        checkUsable();
    }

    /** Admits a request: checks it, and the number of requests under way. */
    private void begin(long offset, long length, boolean write) throws DeviceException {
        check(offset, length, write);
        if (!permits.tryAcquire()) {
            throw new DeviceException(
                    Code.BUSY, name, REQUESTS_MAX + " requests are under way, which is the limit: try again");
        }
        try {
            // Again, because close() may have waited for all permits in between.
            checkUsable();
        } catch (DeviceException unusable) {
            permits.release();
            throw unusable;
        }
    }

    private void checkUsable() throws DeviceException {
        DeviceException why = failed;
        if (closed) {
            why = new DeviceException(Code.GONE, name, "the device was closed");
        }
        if (why != null) {
            throw why;
        }
    }

    private void finish(CompletableFuture<Void> done, WriteMode mode) {
        switch (mode) {
            case CACHED -> finish(done);
            case FUA -> syncs.join(released(done));
        }
    }

    // The permit goes back before the completion, so that what is chained to it may send the next request.
    private void finish(CompletableFuture<Void> done) {
        permits.release();
        done.complete(null);
    }

    private void fail(CompletableFuture<Void> done, DeviceException failure) {
        permits.release();
        done.completeExceptionally(failure);
    }

    /** A future whose completion gives the permit back and then completes {@code done}. */
    private CompletableFuture<Void> released(CompletableFuture<Void> done) {
        var synced = new CompletableFuture<Void>();
        synced.whenComplete((nothing, failure) -> {
            permits.release();
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        });
        return synced;
    }

    private void readFully(long offset, ByteBuffer target) throws IOException {
        long at = offset;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) {
                throw new DeviceException(
                        Code.MEDIUM_ERROR,
                        name,
                        "the file ends at " + channel.size() + ", " + geometry.size()
                                + " expected: somebody cut it short; replace the device");
            }
            at += count;
        }
    }

    private void writeFully(long offset, ByteBuffer source) throws IOException {
        checkLength();
        long at = offset;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
    }

    private void checkLength() throws IOException {
        long length = channel.size();
        if (length < geometry.size()) {
            throw gone(file.cutShort(length, geometry.size()));
        }
    }

    private void sync() throws DeviceException {
        DeviceException before = failed;
        if (before != null) {
            throw before;
        }
        if (!writable) {
            return;
        }
        try {
            channel.force(false);
        } catch (IOException failure) {
            throw gone(new DeviceException(
                    Code.GONE,
                    name,
                    "fdatasync failed, so its cache cannot be trusted: " + failure.getMessage(),
                    failure));
        }
        DeviceException vanished = file.whyGone(geometry.size());
        if (vanished != null) {
            throw gone(vanished);
        }
    }

    /** Everything fails with this from now on. */
    private DeviceException gone(DeviceException why) {
        failed = why;
        return why;
    }

    private boolean awaitIdle() {
        boolean interrupted = false;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        try {
            while (true) {
                try {
                    while (!visitors.isEmpty() && System.nanoTime() - end < 0) {
                        TimeUnit.MILLISECONDS.sleep(1);
                    }
                    return permits.tryAcquire(REQUESTS_MAX, end - System.nanoTime(), TimeUnit.NANOSECONDS)
                            && visitors.isEmpty();
                } catch (InterruptedException again) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void abandon(@Nullable NativeFile calls, @Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException failure) {
            LOG.warn("closing a file failed", failure);
        } finally {
            if (calls != null) {
                calls.close();
            }
        }
    }
}
