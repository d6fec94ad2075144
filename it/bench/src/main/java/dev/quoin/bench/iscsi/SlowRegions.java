package dev.quoin.bench.iscsi;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A device of which some regions take 2 ms to read, as where a disk has to be asked and elsewhere a cache answers. */
final class SlowRegions implements BlockDevice {

    private static final long REGION = 1 << 20;

    /** One region of so many is slow: 3.5 in a hundred. */
    private static final long ONE_OF = 28;

    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final BlockDevice medium;
    private final boolean inline;
    private final Executor later = CompletableFuture.delayedExecutor(SLOW_NANOS, TimeUnit.NANOSECONDS);

    /**
     * Over a device that answers at once.
     *
     * @param inline whether the thread that asks waits; else it is told that the answer takes time
     */
    SlowRegions(BlockDevice medium, boolean inline) {
        this.medium = medium;
        this.inline = inline;
    }

    private static boolean isSlow(long offset) {
        return offset / REGION % ONE_OF == 0;
    }

    @Override
    public String name() {
        return medium.name();
    }

    @Override
    public Geometry geometry() {
        return medium.geometry();
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return isSlow(offset)
                ? CompletableFuture.runAsync(() -> {}, later).thenCompose(nothing -> medium.read(offset, target))
                : medium.read(offset, target);
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return medium.write(offset, source, mode);
    }

    @Override
    public CompletableFuture<Void> flush() {
        return medium.flush();
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return medium.writeZeroes(offset, length, mode);
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return medium.discard(offset, length);
    }

    @Override
    public boolean tryReadNow(long offset, ByteBuffer target) {
        if (isSlow(offset)) {
            if (!inline) {
                return false;
            }
            LockSupport.parkNanos(SLOW_NANOS);
        }
        return medium.tryReadNow(offset, target);
    }

    @Override
    public void close() {
        // The medium belongs to who made it.
    }
}
