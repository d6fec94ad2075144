package dev.quoin.bench.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.ForwardingDevice;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** A device as fast as a disk: one request at a time, {@value #MIB_PER_SECOND} MiB a second. */
final class PacedDisk extends ForwardingDevice {

    static final int MIB_PER_SECOND = 400;

    private static final long BYTES_PER_SECOND = (long) MIB_PER_SECOND << 20;

    private final ExecutorService arm;

    // Its thread only. When the request before was due, so that waking up late is made up for.
    private long due = System.nanoTime();

    PacedDisk(BlockDevice under) {
        super(under);
        this.arm = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(under.name()).factory());
    }

    @Override
    protected CompletableFuture<Void> around(int length, Supplier<CompletableFuture<Void>> request) {
        return CompletableFuture.runAsync(
                () -> {
                    long begin = System.nanoTime();
                    due = Math.max(due, begin - 1_000_000) + length * 1_000_000_000L / BYTES_PER_SECOND;
                    request.get().join();
                    for (long left; (left = due - System.nanoTime()) > 0; ) {
                        LockSupport.parkNanos(left);
                    }
                },
                arm);
    }

    @Override
    public void close() {
        arm.close();
        super.close();
    }
}
