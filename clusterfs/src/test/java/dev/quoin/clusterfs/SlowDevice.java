package dev.quoin.clusterfs;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Test support: a device with the latency of a network and a RAID, and with as little patience as a real one. */
final class SlowDevice implements BlockDevice {

    private final BlockDevice device;
    private final long micros;
    private final int requestsMax;
    private final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger total = new AtomicInteger();

    SlowDevice(BlockDevice device, long micros, int requestsMax) {
        this.device = device;
        this.micros = micros;
        this.requestsMax = requestsMax;
    }

    private CompletableFuture<Void> later(Supplier<CompletableFuture<Void>> request) {
        total.incrementAndGet();
        if (requests.incrementAndGet() > requestsMax) {
            requests.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new DeviceException(DeviceException.Code.BUSY, device.name(), "too many requests"));
        }
        return CompletableFuture.supplyAsync(request, CompletableFuture.delayedExecutor(micros, TimeUnit.MICROSECONDS))
                .thenCompose(done -> done)
                .whenComplete((done, failure) -> requests.decrementAndGet());
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public Geometry geometry() {
        return device.geometry();
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return later(() -> device.read(offset, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return later(() -> device.write(offset, source, mode));
    }

    @Override
    public CompletableFuture<Void> flush() {
        return later(device::flush);
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return later(() -> device.writeZeroes(offset, length, mode));
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return later(() -> device.discard(offset, length));
    }

    @Override
    public void close() {
        device.close();
    }
}
