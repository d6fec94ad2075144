package dev.quoin.bench.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** A device as fast as a disk: one request at a time, {@value #MIB_PER_SECOND} MiB a second. */
final class PacedDisk implements BlockDevice {

    static final int MIB_PER_SECOND = 400;

    private static final long BYTES_PER_SECOND = (long) MIB_PER_SECOND << 20;

    private final BlockDevice under;
    private final ExecutorService arm;

    // Its thread only. When the request before was due, so that waking up late is made up for.
    private long due = System.nanoTime();

    PacedDisk(BlockDevice under) {
        this.under = under;
        this.arm = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(under.name()).factory());
    }

    private CompletableFuture<Void> inTurn(long length, Supplier<CompletableFuture<Void>> request) {
        return CompletableFuture.runAsync(
                () -> {
                    long begin = System.nanoTime();
                    due = Math.max(due, begin - 1_000_000) + length * 1_000_000_000 / BYTES_PER_SECOND;
                    request.get().join();
                    for (long left; (left = due - System.nanoTime()) > 0; ) {
                        LockSupport.parkNanos(left);
                    }
                },
                arm);
    }

    @Override
    public String name() {
        return under.name();
    }

    @Override
    public Geometry geometry() {
        return under.geometry();
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return inTurn(target.remaining(), () -> under.read(offset, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return inTurn(source.remaining(), () -> under.write(offset, source, mode));
    }

    @Override
    public CompletableFuture<Void> flush() {
        return inTurn(0, under::flush);
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return inTurn(0, () -> under.writeZeroes(offset, length, mode));
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return inTurn(0, () -> under.discard(offset, length));
    }

    @Override
    public void close() {
        arm.close();
        under.close();
    }
}
