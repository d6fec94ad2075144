package dev.quoin.bench.iscsi;

import dev.quoin.bench.BenchException;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** How long reads take, by our own initiator: programs of others say only how many they get done. */
final class Latency {

    private static final int REQUESTS_MAX = 4_000_000;

    private Latency() {}

    /** The time that 99 of 100 random reads stay below, in microseconds, with {@code depth} in flight. Blocking. */
    static double p99Micros(String url, int length, int depth, Duration time) throws BenchException {
        long[] nanos = new long[REQUESTS_MAX];
        AtomicInteger done = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        Semaphore free = new Semaphore(depth);
        Random random = new Random(3);
        try (IscsiDevice device = IscsiDevice.open(
                IscsiUrl.parse(url),
                InitiatorConfig.of("iqn.2026-11.dev.quoin:bench-initiator"),
                DeviceProvider.Access.READ_ONLY)) {
            int places = (int) (device.geometry().size() / length);
            ByteBuffer[] buffers = new ByteBuffer[depth];
            Arrays.setAll(buffers, i -> ByteBuffer.allocateDirect(length));
            ArrayBlockingQueue<ByteBuffer> pool = new ArrayBlockingQueue<>(depth, false, Arrays.asList(buffers));
            long end = System.nanoTime() + time.toNanos();
            while (System.nanoTime() - end < 0) {
                free.acquire();
                ByteBuffer buffer = pool.take();
                long began = System.nanoTime();
                device.read((long) random.nextInt(places) * length, buffer.clear())
                        .whenComplete((read, failure) -> {
                            int at = done.getAndIncrement();
                            nanos[Math.min(at, REQUESTS_MAX - 1)] = System.nanoTime() - began;
                            if (failure != null) {
                                failed.incrementAndGet();
                            }
                            pool.add(buffer);
                            free.release();
                        });
            }
            free.acquire(depth);
        } catch (DeviceException failure) {
            throw new BenchException("reading " + url + ": " + failure.getMessage(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        }
        if (failed.get() > 0) {
            throw new BenchException(failed.get() + " of " + done.get() + " reads of " + url + " failed");
        }
        int count = Math.min(done.get(), REQUESTS_MAX);
        Arrays.sort(nanos, 0, count);
        return nanos[(int) (count * 0.99)] / 1e3;
    }
}
