package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One write or zeroing of a user, divided among bands. Completes when the last of them has. */
final class WriteRequest {

    /** How many bytes of a zeroing are under way at once. */
    static final long ZEROES_STEP = 64L * 1024 * 1024;

    final boolean durable;

    /** Whether no read may see a part of it. */
    final boolean atomic;

    private final ArrayCore core;
    private final @Nullable ByteBuffer source;
    private final CompletableFuture<Void> future = new CompletableFuture<>();
    private final AtomicInteger remaining = new AtomicInteger();
    private volatile @Nullable DeviceException failure;

    private WriteRequest(ArrayCore core, @Nullable ByteBuffer source, WriteMode mode, boolean atomic) {
        this.atomic = atomic;
        this.core = core;
        this.source = source;
        this.durable = mode == WriteMode.FUA;
    }

    static CompletableFuture<Void> write(ArrayCore core, long offset, ByteBuffer source, WriteMode mode) {
        return new WriteRequest(core, source, mode, false).start(offset, source.remaining());
    }

    /** A write that lies in one chunk and one band, which makes it one piece: it is refused or recorded as a whole. */
    static CompletableFuture<Void> writeAtomic(ArrayCore core, long offset, ByteBuffer source, WriteMode mode) {
        return new WriteRequest(core, source, mode, true).start(offset, source.remaining());
    }

    /** Zeroes in steps, since a range may be as large as the array. */
    static CompletableFuture<Void> zero(ArrayCore core, long offset, long length, WriteMode mode) {
        long at = offset;
        long left = length;
        while (true) {
            long step = Math.min(left, ZEROES_STEP);
            CompletableFuture<Void> request = new WriteRequest(core, null, mode, false).start(at, step);
            long next = at + step;
            long rest = left - step;
            if (rest == 0) {
                return request;
            }
            // A step that is done already, as over a range that holds nothing, must not cost stack.
            if (!request.isDone() || request.isCompletedExceptionally()) {
                return request.thenCompose(nothing -> zero(core, next, rest, mode));
            }
            at = next;
            left = rest;
        }
    }

    private CompletableFuture<Void> start(long offset, long length) {
        try {
            if (!core.admission.begin(true)) {
                WriteMode mode = durable ? WriteMode.FUA : WriteMode.CACHED;
                return core.admission
                        .successor()
                        .thenCompose(next -> new WriteRequest(next, source, mode, atomic).start(offset, length));
            }
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        if (length == 0) {
            finish();
            return future;
        }
        core.admission.reserve(source == null ? 0 : length, () -> divide(offset, length));
        return future;
    }

    private void divide(long offset, long length) {
        Map<Long, BandWrite> writes = new LinkedHashMap<>();
        long block = offset >> Addressing.BLOCK_SHIFT;
        long end = (offset + length) >> Addressing.BLOCK_SHIFT;
        int position = source == null ? 0 : source.position();
        while (block < end) {
            Addressing.Extent extent = core.extent(block, end - block);
            int bytes = extent.blocks() * Addressing.BLOCK;
            ByteBuffer slice = source == null ? null : source.slice(position, bytes);
            writes.computeIfAbsent(extent.band(), band -> new BandWrite(core))
                    .add(new BandWrite.Piece(extent.index(), extent.row(), extent.blocks(), slice, this));
            block += extent.blocks();
            position += bytes;
        }
        int pieces = 0;
        for (BandWrite write : writes.values()) {
            pieces += write.pieces();
        }
        remaining.set(pieces);
        List<Map.Entry<Long, BandWrite>> all = new ArrayList<>(writes.entrySet());
        for (Map.Entry<Long, BandWrite> write : all) {
            core.bands.enter(write.getKey(), write.getValue());
        }
    }

    /** Called once for each piece. */
    void pieceDone(@Nullable DeviceException why) {
        if (why != null) {
            failure = why;
        }
        if (remaining.decrementAndGet() == 0) {
            finish();
        }
    }

    private void finish() {
        core.admission.end();
        DeviceException why = failure;
        if (why != null) {
            future.completeExceptionally(why);
            return;
        }
        if (source != null) {
            source.position(source.limit());
        }
        future.complete(null);
    }
}
