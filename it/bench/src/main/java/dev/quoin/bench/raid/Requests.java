package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a number of requests in flight on devices that take turns, and says how many bytes a second they moved. Written bytes
 * count when they are flushed.
 *
 * @param length of a request in bytes
 * @param depth how many are in flight
 * @param count how many are done in a run
 */
record Requests(boolean write, Order order, int length, int depth, int count) {

    /** Where the next request goes. */
    enum Order {
        SEQUENTIAL,
        /** Two readers, each from a place of its own on. */
        TWO_STREAMS,
        RANDOM
    }

    /**
     * Does them. Blocking.
     *
     * @param devices of one size each; request i goes to the i-th in turn
     * @param bytes how much of each is used
     * @return requests a second
     */
    double perSecond(List<BlockDevice> devices, long bytes) throws BenchException {
        ArrayBlockingQueue<ByteBuffer> buffers = new ArrayBlockingQueue<>(depth);
        Random random = new Random(1);
        for (int i = 0; i < depth; i++) {
            byte[] content = new byte[length];
            random.nextBytes(content);
            buffers.add(ByteBuffer.allocateDirect(length).put(content).flip());
        }
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        long places = bytes / length;
        long began = System.nanoTime();
        try {
            for (int i = 0; i < count && failure.get() == null; i++) {
                ByteBuffer buffer = buffers.take();
                long turn = i / devices.size();
                long place = switch (order) {
                    case SEQUENTIAL -> turn % places;
                    case TWO_STREAMS -> (turn % 2 * (places / 2) + turn / 2 % (places / 2));
                    case RANDOM -> random.nextLong(places);
                };
                send(devices.get(i % devices.size()), place * length, buffer.clear())
                        .whenComplete((nothing, broken) -> {
                            if (broken != null) {
                                failure.compareAndSet(null, broken);
                            }
                            buffers.add(buffer);
                        });
            }
            for (int i = 0; i < depth; i++) {
                buffers.take();
            }
            flush(devices);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        } catch (CompletionException broken) {
            failure.compareAndSet(null, broken.getCause());
        }
        Throwable broken = failure.get();
        if (broken != null) {
            throw new BenchException("a request failed: " + broken.getMessage(), broken);
        }
        return count / ((System.nanoTime() - began) / 1e9);
    }

    private CompletableFuture<Void> send(BlockDevice device, long offset, ByteBuffer buffer) {
        return write ? device.write(offset, buffer, WriteMode.CACHED) : device.read(offset, buffer);
    }

    private void flush(List<BlockDevice> devices) {
        if (write) {
            List<CompletableFuture<Void>> flushes = new ArrayList<>();
            devices.forEach(device -> flushes.add(device.flush()));
            flushes.forEach(CompletableFuture::join);
        }
    }
}
