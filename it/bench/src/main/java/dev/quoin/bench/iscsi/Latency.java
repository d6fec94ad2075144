package dev.quoin.bench.iscsi;

import dev.quoin.bench.BenchException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How long reads take, by our own initiator: programs of others say only how many they get done.
 *
 * <p>A number of chains run at once, in each of which the end of a read sends the next one. All of it happens on the device's one
 * thread, so that what is measured is the server and not how this process hands requests from thread to thread.
 */
final class Latency {

    private static final int READS_MAX = 4_000_000;

    /** How long reads may take to end after the last was sent. */
    private static final Duration SLACK = Duration.ofSeconds(30);

    private final BlockDevice device;
    private final int length;
    private final int places;
    private final long end;
    private final CountDownLatch running;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    // Device's thread only, then, after the latch, the caller's.
    private final SplittableRandom random = new SplittableRandom(3);
    private final long[] nanos = new long[READS_MAX];
    private int done;

    private Latency(BlockDevice device, int length, int depth, Duration time) {
        this.device = device;
        this.length = length;
        this.places = (int) (device.geometry().size() / length);
        this.running = new CountDownLatch(depth);
        this.end = System.nanoTime() + time.toNanos();
    }

    /** The time that 99 of 100 random reads stay below, in microseconds, with {@code depth} in flight. Blocking. */
    static double p99Micros(String url, int length, int depth, Duration time) throws BenchException {
        try (IscsiDevice device = IscsiDevice.open(
                IscsiUrl.parse(url),
                InitiatorConfig.of("iqn.2026-11.dev.quoin:bench-initiator"),
                DeviceProvider.Access.READ_ONLY)) {
            Latency latency = new Latency(device, length, depth, time);
            // The first read starts all chains, on the device's thread.
            ByteBuffer[] buffers = new ByteBuffer[depth];
            Arrays.setAll(buffers, i -> ByteBuffer.allocateDirect(length));
            device.read(0, buffers[0].duplicate()).thenRun(() -> {
                for (ByteBuffer buffer : buffers) {
                    latency.next(buffer);
                }
            });
            return latency.await(url, time.plus(SLACK));
        } catch (DeviceException broken) {
            throw new BenchException("reading " + url + ": " + broken.getMessage(), broken);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        }
    }

    private void next(ByteBuffer buffer) {
        long began = System.nanoTime();
        device.read((long) random.nextInt(places) * length, buffer.clear()).whenComplete((read, broken) -> {
            long now = System.nanoTime();
            if (broken != null) {
                failure.compareAndSet(null, broken);
            } else if (done < READS_MAX) {
                nanos[done++] = now - began;
            }
            if (broken == null && now - end < 0) {
                next(buffer);
            } else {
                running.countDown();
            }
        });
    }

    private double await(String url, Duration most) throws BenchException, InterruptedException {
        boolean ended = running.await(most.toMillis(), TimeUnit.MILLISECONDS);
        Throwable broken = failure.get();
        if (broken != null) {
            throw new BenchException("reading " + url + ": " + broken.getMessage(), broken);
        }
        if (!ended || done == 0) {
            throw new BenchException("reading " + url + ": " + running.getCount() + " reads without an answer");
        }
        Arrays.sort(nanos, 0, done);
        return nanos[(int) (done * 0.99)] / 1e3;
    }
}
