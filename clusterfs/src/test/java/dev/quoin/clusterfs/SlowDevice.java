package dev.quoin.clusterfs;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.ForwardingDevice;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Test support: a device with the latency of a network and a RAID, and with as little patience as a real one. */
final class SlowDevice extends ForwardingDevice {

    private final long micros;
    private final int requestsMax;
    private final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger total = new AtomicInteger();

    SlowDevice(BlockDevice device, long micros, int requestsMax) {
        super(device);
        this.micros = micros;
        this.requestsMax = requestsMax;
    }

    @Override
    protected CompletableFuture<Void> around(int length, Supplier<CompletableFuture<Void>> request) {
        total.incrementAndGet();
        if (requests.incrementAndGet() > requestsMax) {
            requests.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new DeviceException(DeviceException.Code.BUSY, name(), "too many requests"));
        }
        return CompletableFuture.supplyAsync(request, CompletableFuture.delayedExecutor(micros, TimeUnit.MICROSECONDS))
                .thenCompose(done -> done)
                .whenComplete((done, failure) -> requests.decrementAndGet());
    }
}
