package dev.quoin.clusterfs.store;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * A block device seen as blocks of 4,096 bytes of one file system.
 *
 * <p>Nothing is written without a valid lease. A failed write or flush withdraws the mount: what is on the device is then not known, and the
 * journal is. Any thread may use it; all methods block, {@link #write} only while many are under way.
 */
public final class FsDevice {

    private static final int BLOCK = BlockHeader.BLOCK_SIZE;

    /** How many requests are sent to the device at once. */
    private static final int IN_FLIGHT_MAX = 64;

    /** How often a request that the device was too busy for is sent in all. */
    private static final int ATTEMPTS_MAX = 2_000;

    private static final long BUSY_PAUSE_MILLIS = 3;

    private final BlockDevice device;
    private final Superblock superblock;
    private final WriteLease lease;
    private final Withdrawal withdrawal;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong flushed = new AtomicLong();
    private final Semaphore inFlight = new Semaphore(IN_FLIGHT_MAX);

    /** The device stays the caller's to close. */
    public FsDevice(BlockDevice device, Superblock superblock, WriteLease lease, Withdrawal withdrawal) {
        this.device = device;
        this.superblock = superblock;
        this.lease = lease;
        this.withdrawal = withdrawal;
    }

    /** The id of the file system. */
    public long fsId() {
        return superblock.fsId();
    }

    /** Where everything is. */
    public FsLayout layout() {
        return superblock.layout();
    }

    /** The superblock as it was at the mount. */
    public Superblock superblock() {
        return superblock;
    }

    /** The name of the device, for messages. */
    public String name() {
        return device.name();
    }

    /** The withdrawal that a failed write causes. */
    public Withdrawal withdrawal() {
        return withdrawal;
    }

    /** Reads one block: EIO. */
    public byte[] read(long block) throws VfsException {
        byte[] content = new byte[BLOCK];
        read(block, ByteBuffer.wrap(content));
        return content;
    }

    /** Reads consecutive blocks into the remaining bytes of {@code target}: EIO. */
    public void read(long block, ByteBuffer target) throws VfsException {
        for (int attempt = 1; ; attempt++) {
            withdrawal.check();
            inFlight.acquireUninterruptibly();
            try {
                BlockIo.read(device, block * BLOCK, target.duplicate());
                target.position(target.limit());
                return;
            } catch (DeviceException failure) {
                if (failure.code() != DeviceException.Code.BUSY || attempt == ATTEMPTS_MAX) {
                    throw new VfsException(Errno.EIO, "block " + block + " of " + name() + " cannot be read", failure);
                }
            } finally {
                inFlight.release();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(BUSY_PAUSE_MILLIS));
        }
    }

    /**
     * Writes consecutive blocks. The buffer belongs to the device until the future completes. A failure withdraws the mount. Blocks while too
     * many writes are under way.
     *
     * @return never fails with anything but a {@link VfsException}
     */
    public CompletableFuture<Void> write(long block, ByteBuffer source, WriteMode mode) {
        if (!lease.await(withdrawal)) {
            return CompletableFuture.failedFuture(withdrawal.failure());
        }
        inFlight.acquireUninterruptibly();
        return attempt(block, source, mode, 1).handle((done, failure) -> {
            inFlight.release();
            if (failure != null) {
                throw new CompletionException(fail("writing block " + block, failure));
            }
            if (mode == WriteMode.CACHED) {
                written.incrementAndGet();
            }
            return null;
        });
    }

    /** Sends a write, again after a pause if the device is busy and the lease still valid. */
    private CompletableFuture<Void> attempt(long block, ByteBuffer source, WriteMode mode, int attempt) {
        return device.write(block * BLOCK, source.duplicate(), mode).exceptionallyCompose(failure -> {
            DeviceException cause = BlockIo.asDeviceException(device, failure);
            boolean again = cause.code() == DeviceException.Code.BUSY && attempt < ATTEMPTS_MAX;
            if (!again || !lease.isValid().getAsBoolean() || withdrawal.isWithdrawn()) {
                return CompletableFuture.failedFuture(cause);
            }
            Executor later = CompletableFuture.delayedExecutor(BUSY_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            return CompletableFuture.supplyAsync(() -> attempt(block, source, mode, attempt + 1), later)
                    .thenCompose(Function.identity());
        });
    }

    /** Makes all completed writes durable, unless they are already. */
    public void flush() throws VfsException {
        long upTo = written.get();
        if (flushed.get() >= upTo) {
            return;
        }
        if (!lease.await(withdrawal)) {
            throw withdrawal.failure();
        }
        try {
            BlockIo.flush(device);
        } catch (DeviceException failure) {
            throw fail("flushing", failure);
        }
        flushed.accumulateAndGet(upTo, Math::max);
    }

    /** Waits for writes. */
    public static void await(Collection<CompletableFuture<Void>> writes) throws VfsException {
        try {
            CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof VfsException known) {
                throw new VfsException(known.errno(), "a write failed", known);
            }
            throw failure;
        }
    }

    /** What to throw for a block that cannot be trusted. */
    public VfsException corrupt(long block, Decoded.Corrupt<?> finding) {
        return new VfsException(
                Errno.EIO,
                "block " + block + " of " + name() + " cannot be trusted: " + finding + "; unmount and run fsck");
    }

    /** The value, or EIO. */
    public <T> T trust(long block, Decoded<T> decoded) throws VfsException {
        return switch (decoded) {
            case Decoded.Valid<T>(T value) -> value;
            case Decoded.Corrupt<T> finding -> throw corrupt(block, finding);
        };
    }

    private VfsException fail(String what, Throwable failure) {
        DeviceException cause = BlockIo.asDeviceException(device, failure);
        withdrawal.withdraw(what + " failed: " + cause.getMessage());
        return new VfsException(Errno.EIO, what + " of " + name() + " failed", cause);
    }
}
