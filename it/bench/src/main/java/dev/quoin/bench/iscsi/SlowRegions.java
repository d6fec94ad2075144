package dev.quoin.bench.iscsi;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.ForwardingDevice;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A device of which some regions take 2 ms to read, as where a disk has to be asked and elsewhere a cache answers. */
final class SlowRegions extends ForwardingDevice {

    private static final long REGION = 1 << 20;

    /** One region of so many is slow: 3.5 in a hundred. */
    private static final long ONE_OF = 28;

    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final boolean inline;
    private final Executor later = CompletableFuture.delayedExecutor(SLOW_NANOS, TimeUnit.NANOSECONDS);

    /**
     * Over a device that answers at once.
     *
     * @param inline whether the thread that asks waits; else it is told that the answer takes time
     */
    SlowRegions(BlockDevice medium, boolean inline) {
        super(medium);
        this.inline = inline;
    }

    private static boolean isSlow(long offset) {
        return offset / REGION % ONE_OF == 0;
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return isSlow(offset)
                ? CompletableFuture.runAsync(() -> {}, later).thenCompose(nothing -> super.read(offset, target))
                : super.read(offset, target);
    }

    @Override
    public boolean tryReadNow(long offset, ByteBuffer target) {
        if (isSlow(offset)) {
            if (!inline) {
                return false;
            }
            LockSupport.parkNanos(SLOW_NANOS);
        }
        return under().tryReadNow(offset, target);
    }

    @Override
    public void close() {
        // The medium belongs to who made it.
    }
}
