package dev.quoin.blockstore;

import dev.quoin.blockstore.extent.VolumeMap;
import dev.quoin.device.AtomicWrites;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceListener;
import dev.quoin.device.DeviceListeners;
import dev.quoin.device.Geometry;
import dev.quoin.device.Provisioning;
import dev.quoin.device.Space;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One opening of a volume.
 *
 * <p>A request is cut at extents. A piece on a mapped extent goes to the array; a read of an unmapped one is zeroes; a write to
 * an unmapped one waits until the pool's worker has committed a mapping, so that an acknowledged write always is in the map.
 *
 * <p>A discard unmaps the extents that it covers whole; the rest of it is passed on, as a discard where the array then reads as
 * zeroes, otherwise as a zeroing. So a volume always reads as zeroes where it was discarded. Write-zeroes are passed on, and
 * cost nothing where nothing is mapped.
 */
final class VolumeDevice implements BlockDevice {

    private static final Logger LOG = LoggerFactory.getLogger(VolumeDevice.class);

    /** How long {@link #close} waits for the requests in flight. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

    private final Volume volume;
    private final PoolLayout layout;
    private final PoolWorker worker;
    private final Ownership ownership;
    private final VolumeProvisioning provisioning;
    private final DeviceListeners listeners = new DeviceListeners();
    private final long extentSize;
    private final Gate gate = new Gate();

    /** As it was when it was last asked for. */
    private volatile Geometry lastGeometry;

    VolumeDevice(
            Volume volume,
            long extentSize,
            PoolLayout layout,
            PoolWorker worker,
            Ownership ownership,
            Function<Volume, Space> space) {
        this.volume = volume;
        this.layout = layout;
        this.worker = worker;
        this.ownership = ownership;
        this.lastGeometry = layout.geometry(volume.size());
        this.extentSize = extentSize;
        this.provisioning = new VolumeProvisioning(volume, extentSize, space);
    }

    @Override
    public String name() {
        return volume.deviceName();
    }

    @Override
    public Geometry geometry() {
        Geometry geometry = lastGeometry;
        long size = volume.size();
        if (geometry.size() != size) {
            geometry = geometry.withSize(size);
            lastGeometry = geometry;
        }
        return geometry;
    }

    @Override
    public Provisioning provisioning() {
        return provisioning;
    }

    @Override
    public void watch(DeviceListener listener) {
        listeners.add(listener);
    }

    @Override
    public void unwatch(DeviceListener listener) {
        listeners.remove(listener);
    }

    void tell(DeviceEvent event) {
        listeners.tell(event);
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        VolumeRequest request = begin(offset, target.remaining());
        if (request.isStarted()) {
            forEachPiece(request, offset, target, (index, within, part) -> readPiece(request, index, within, part));
        }
        return request.done();
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return write(offset, source, (array, at, part) -> array.write(at, part, mode));
    }

    /** How a piece is written on the array of its extent. */
    private interface PieceWrite {
        CompletableFuture<Void> on(BlockDevice array, long offset, ByteBuffer part);
    }

    private CompletableFuture<Void> write(long offset, ByteBuffer source, PieceWrite write) {
        VolumeRequest request = begin(offset, source.remaining());
        if (request.isStarted()) {
            forEachPiece(
                    request,
                    offset,
                    source,
                    (index, within, part) -> writePiece(
                            request,
                            index,
                            extent -> write.on(layout.array(extent), layout.offset(extent) + within, part)));
        }
        return request.done();
    }

    @Override
    public AtomicWrites atomicWrites() {
        return layout.atomicWrites();
    }

    /** On one extent and so on one array, which does it wholly or not at all; a new extent reads as zeroes before. */
    @Override
    public CompletableFuture<Void> writeAtomic(long offset, ByteBuffer source, WriteMode mode) {
        try {
            layout.atomicWrites().check(name(), offset, source.remaining());
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return write(offset, source, (array, at, part) -> array.writeAtomic(at, part, mode));
    }

    @Override
    public CompletableFuture<Void> flush() {
        VolumeRequest request = begin(0, 0);
        if (request.isStarted()) {
            request.pieceFollows(call(layout::flush));
            request.allStarted();
        }
        return request.done();
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        VolumeRequest request = begin(offset, length);
        if (request.isStarted()) {
            if (length > 0) {
                new RangeWalk(
                                request,
                                extentSize,
                                offset,
                                length,
                                (index, within, part, end) -> zeroPiece(end, index, within, part, mode))
                        .start();
            }
            request.allStarted();
        }
        return request.done();
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        VolumeRequest request = begin(offset, length);
        if (!request.isStarted()) {
            return request.done();
        }
        long end = offset + length;
        long firstWhole = Math.ceilDiv(offset, extentSize);
        long endWhole = end / extentSize;
        if (end % extentSize != 0 && volume.beginTailDiscard(end)) {
            // The last extent is shorter than the others: it counts as whole.
            endWhole++;
            request.done().whenComplete((ok, failure) -> volume.endTailDiscard());
        }
        if (length > 0 && firstWhole < endWhole) {
            request.pieceFollows(worker.unmap(volume, firstWhole, endWhole));
        }
        if (length > 0) {
            discardEdges(request, offset, end, firstWhole, endWhole);
        }
        request.allStarted();
        return request.done();
    }

    @Override
    public boolean tryReadNow(long offset, ByteBuffer target) {
        int start = target.position();
        int limit = target.limit();
        if (!isInside(offset, limit - start) || !gate.enter()) {
            return false;
        }
        boolean done = false;
        try {
            if (ownership.isHeld()) {
                done = true;
                while (done && target.position() < limit) {
                    long at = offset + target.position() - start;
                    long within = at % extentSize;
                    target.limit((int) Math.min(limit, target.position() + extentSize - within));
                    done = tryReadPiece(at / extentSize, within, target);
                    target.limit(limit);
                }
                done = done && ownership.isHeld();
            }
        } finally {
            target.limit(limit);
            if (!done) {
                target.position(start);
            }
            gate.exit();
        }
        return done;
    }

    @Override
    public boolean tryWriteNow(long offset, ByteBuffer source) {
        int start = source.position();
        int length = source.remaining();
        long within = offset % extentSize;
        // Over a border of extents half of it might be written and the rest not.
        if (length == 0 || within + length > extentSize || !isInside(offset, length) || !gate.enter()) {
            return false;
        }
        boolean done = false;
        try {
            long index = offset / extentSize;
            int extent = ownership.isHeld() ? volume.map().enter(index) : VolumeMap.UNMAPPED;
            if (extent >= 0) {
                try {
                    done = layout.array(extent).tryWriteNow(layout.offset(extent) + within, source)
                            && ownership.isHeld();
                } finally {
                    volume.exit(index);
                }
                if (done) {
                    aheadIfMarked(index);
                }
            }
        } finally {
            if (!done) {
                source.position(start);
            }
            gate.exit();
        }
        return done;
    }

    @Override
    public void close() {
        gate.close();
        if (!gate.awaitEmpty(CLOSE_WAIT)) {
            LOG.warn("closed with requests in flight after {} s device=\"{}\"", CLOSE_WAIT.toSeconds(), name());
        }
        volume.closed(this);
    }

    private boolean isInside(long offset, int length) {
        return offset >= 0
                && length <= volume.size() - offset
                && ((offset | length) & (lastGeometry.blockSize() - 1)) == 0;
    }

    /** A request that has started, or that has failed already. */
    private VolumeRequest begin(long offset, long length) {
        if (!gate.enter()) {
            return VolumeRequest.failed(
                    new DeviceException(DeviceException.Code.GONE, name(), "it is closed: open it again"));
        }
        DeviceException refusal = null;
        try {
            geometry().check(name(), offset, length);
            if (!ownership.isHeld()) {
                refusal = ownership.asDeviceException(name());
            }
        } catch (DeviceException outside) {
            refusal = outside;
        }
        if (refusal != null) {
            gate.exit();
            return VolumeRequest.failed(refusal);
        }
        return new VolumeRequest(name(), gate, ownership);
    }

    /** What is done with the part of a buffer that lies on one extent. */
    private interface Piece {
        void start(long index, long within, ByteBuffer part);
    }

    private void forEachPiece(VolumeRequest request, long offset, ByteBuffer buffer, Piece piece) {
        int length = buffer.remaining();
        if (length > 0 && offset % extentSize + length <= extentSize) {
            request.pieceBegins();
            piece.start(offset / extentSize, offset % extentSize, buffer);
        } else {
            int start = buffer.position();
            request.movesAtEnd(buffer);
            for (int from = 0; from < length; ) {
                long within = (offset + from) % extentSize;
                int part = (int) Math.min(extentSize - within, length - from);
                request.pieceBegins();
                piece.start((offset + from) / extentSize, within, buffer.slice(start + from, part));
                from += part;
            }
        }
        request.allStarted();
    }

    /** Discards what a range has of extents that it does not cover whole: at most one at each end. */
    private void discardEdges(VolumeRequest request, long offset, long end, long firstWhole, long endWhole) {
        long first = offset / extentSize;
        long last = (end - 1) / extentSize;
        if (first < firstWhole) {
            request.pieceBegins();
            discardPiece(request, first, offset % extentSize, Math.min(end, (first + 1) * extentSize) - offset);
        }
        if (last >= endWhole && (last > first || first >= firstWhole)) {
            request.pieceBegins();
            discardPiece(request, last, 0, end - last * extentSize);
        }
    }

    private void readPiece(VolumeRequest request, long index, long within, ByteBuffer part) {
        int extent = volume.map().enter(index);
        if (extent >= 0) {
            follow(request, index, () -> layout.array(extent).read(layout.offset(extent) + within, part));
        } else if (extent == VolumeMap.UNMAPPED) {
            zero(part);
            request.pieceEnded(null);
        } else {
            volume.unmappingEnd(index).thenRun(() -> again(request, () -> readPiece(request, index, within, part)));
        }
    }

    /** Writes on one extent, which is mapped first if it is not. */
    private void writePiece(VolumeRequest request, long index, IntFunction<CompletableFuture<Void>> write) {
        int extent = volume.map().enter(index);
        if (extent >= 0) {
            follow(request, index, () -> write.apply(extent));
            aheadIfMarked(index);
        } else if (extent == VolumeMap.UNMAPPED) {
            worker.map(volume, index).whenComplete((ok, failure) -> {
                if (failure == null) {
                    again(request, () -> writePiece(request, index, write));
                } else {
                    request.pieceEnded(failure);
                }
            });
        } else {
            volume.unmappingEnd(index).thenRun(() -> again(request, () -> writePiece(request, index, write)));
        }
    }

    private void zeroPiece(PieceEnd request, long index, long within, long length, WriteMode mode) {
        int extent = volume.map().enter(index);
        if (extent >= 0) {
            follow(
                    request,
                    index,
                    () -> layout.array(extent).writeZeroes(layout.offset(extent) + within, length, mode));
        } else if (extent == VolumeMap.UNMAPPED) {
            request.pieceEnded(null);
        } else {
            volume.unmappingEnd(index)
                    .thenRun(() -> again(request, () -> zeroPiece(request, index, within, length, mode)));
        }
    }

    private void discardPiece(PieceEnd request, long index, long within, long length) {
        int extent = volume.map().enter(index);
        if (extent >= 0) {
            BlockDevice array = layout.array(extent);
            long offset = layout.offset(extent) + within;
            follow(
                    request,
                    index,
                    () -> array.geometry().discardZeroes()
                            ? array.discard(offset, length)
                            : array.writeZeroes(offset, length, WriteMode.CACHED));
        } else if (extent == VolumeMap.UNMAPPED) {
            request.pieceEnded(null);
        } else {
            volume.unmappingEnd(index)
                    .thenRun(() -> again(request, () -> discardPiece(request, index, within, length)));
        }
    }

    /** Goes on with a piece that had to wait, if the pool is still ours. */
    private void again(PieceEnd request, Runnable piece) {
        if (ownership.isHeld()) {
            piece.run();
        } else {
            request.pieceEnded(ownership.asDeviceException(name()));
        }
    }

    private void follow(PieceEnd request, long index, Supplier<CompletableFuture<Void>> io) {
        call(io).whenComplete((ok, failure) -> {
            volume.exit(index);
            request.pieceEnded(failure);
        });
    }

    /** A call that throws is a bug of the array; the request must end all the same. */
    private static CompletableFuture<Void> call(Supplier<CompletableFuture<Void>> io) {
        try {
            return io.get();
        } catch (RuntimeException bug) {
            return CompletableFuture.failedFuture(bug);
        }
    }

    private boolean tryReadPiece(long index, long within, ByteBuffer part) {
        int extent = volume.map().enter(index);
        if (extent >= 0) {
            try {
                return layout.array(extent).tryReadNow(layout.offset(extent) + within, part);
            } finally {
                volume.exit(index);
            }
        }
        if (extent == VolumeMap.UNMAPPED) {
            zero(part);
            return true;
        }
        return false;
    }

    private void aheadIfMarked(long index) {
        if (volume.map().takeMark(index)) {
            worker.mapAhead(volume, index);
        }
    }

    private static void zero(ByteBuffer part) {
        while (part.remaining() >= Long.BYTES) {
            part.putLong(0);
        }
        while (part.hasRemaining()) {
            part.put((byte) 0);
        }
    }
}
