package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One read of a user, divided into extents of one member each.
 *
 * <p>An extent is first read without having its band: what is not yet in place comes from memory, the rest from its member,
 * verified. That may meet a write on its way, or find a block that is lost, or that the member is gone; then the extent
 * is read again by {@link BandRead}, which has the band and so a definite answer.
 */
final class ReadRequest {

    /** What a processor takes at a time of a long read, in blocks: what is at hand is copied and verified without waiting. */
    private static final int PART_BLOCKS = 64;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private final ArrayCore core;
    private final ByteBuffer target;
    private final CompletableFuture<Void> future = new CompletableFuture<>();
    private final AtomicInteger remaining = new AtomicInteger();
    private volatile @Nullable DeviceException failure;

    private ReadRequest(ArrayCore core, ByteBuffer target) {
        this.core = core;
        this.target = target;
    }

    static CompletableFuture<Void> read(ArrayCore core, long offset, ByteBuffer target) {
        try {
            if (!core.admission.begin(false)) {
                return core.admission.successor().thenCompose(next -> read(next, offset, target));
            }
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        ReadRequest request = new ReadRequest(core, target);
        request.start(offset >> Addressing.BLOCK_SHIFT, target.remaining() >> Addressing.BLOCK_SHIFT);
        return request.future;
    }

    private void start(long block, int blocks) {
        int parts = Math.clamp(blocks / PART_BLOCKS, 1, PROCESSORS);
        remaining.set(parts);
        for (int part = parts - 1; part >= 0; part--) {
            int from = (int) ((long) blocks * part / parts);
            int end = (int) ((long) blocks * (part + 1) / parts);
            int position = target.position() + from * Addressing.BLOCK;
            if (part == 0) {
                extents(block, block + end, position);
            } else {
                ForkJoinPool.commonPool().execute(() -> extents(block + from, block + end, position));
            }
        }
    }

    private void extents(long from, long end, int at) {
        long block = from;
        int position = at;
        while (block < end) {
            Addressing.Extent extent = core.extent(block, end - block);
            int bytes = extent.blocks() * Addressing.BLOCK;
            remaining.incrementAndGet();
            try {
                extent(extent, target.slice(position, bytes));
            } catch (RuntimeException defect) {
                // On a thread of the pool nobody else would see it, and the request would never end.
                pieceDone(new DeviceException(Code.GONE, core.deviceName(), "a defect: " + defect, defect));
            }
            block += extent.blocks();
            position += bytes;
        }
        pieceDone(null);
    }

    /** Reads all at once, without waiting for a device; false if that cannot be done, whatever the reason. */
    static boolean tryNow(ArrayCore core, long offset, ByteBuffer target) {
        if (core.dead() != null || core.isClosing()) {
            return false;
        }
        long block = offset >> Addressing.BLOCK_SHIFT;
        long end = block + (target.remaining() >> Addressing.BLOCK_SHIFT);
        int position = target.position();
        while (block < end) {
            Addressing.Extent extent = core.extent(block, end - block);
            int bytes = extent.blocks() * Addressing.BLOCK;
            if (!new ExtentRead(core, extent, target.slice(position, bytes)).tryNow()) {
                return false;
            }
            block += extent.blocks();
            position += bytes;
        }
        target.position(target.limit());
        return true;
    }

    private void extent(Addressing.Extent extent, ByteBuffer slice) {
        ExtentRead read = new ExtentRead(core, extent, slice);
        read.run().thenAccept(good -> {
            if (good) {
                pieceDone(null);
            } else {
                core.bands.enter(extent.band(), new BandRead(core, extent, slice, this::pieceDone));
            }
        });
    }

    private void pieceDone(@Nullable DeviceException why) {
        if (why != null) {
            failure = why;
        }
        if (remaining.decrementAndGet() > 0) {
            return;
        }
        core.admission.end();
        DeviceException failed = failure;
        if (failed != null) {
            future.completeExceptionally(failed);
            return;
        }
        target.position(target.limit());
        future.complete(null);
    }
}
