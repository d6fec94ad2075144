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
import java.util.concurrent.atomic.AtomicLong;

/**
 * A block device seen as blocks of 4,096 bytes of one file system.
 *
 * <p>Nothing is written without a valid lease. A failed write or flush withdraws the mount: what is on the device is then not known, and the
 * journal is. Any thread may use it; all methods but {@link #write} block.
 */
public final class FsDevice {

    private static final int BLOCK = BlockHeader.BLOCK_SIZE;

    private final BlockDevice device;
    private final Superblock superblock;
    private final WriteLease lease;
    private final Withdrawal withdrawal;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong flushed = new AtomicLong();

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
        withdrawal.check();
        try {
            BlockIo.read(device, block * BLOCK, target);
        } catch (DeviceException failure) {
            throw new VfsException(Errno.EIO, "block " + block + " of " + name() + " cannot be read", failure);
        }
    }

    /**
     * Writes consecutive blocks. The buffer belongs to the device until the future completes. A failure withdraws the mount.
     *
     * @return never fails with anything but a {@link VfsException}
     */
    public CompletableFuture<Void> write(long block, ByteBuffer source, WriteMode mode) {
        if (!lease.await(withdrawal)) {
            return CompletableFuture.failedFuture(withdrawal.failure());
        }
        return device.write(block * BLOCK, source, mode).handle((done, failure) -> {
            if (failure != null) {
                throw new CompletionException(fail("writing block " + block, failure));
            }
            if (mode == WriteMode.CACHED) {
                written.incrementAndGet();
            }
            return null;
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
