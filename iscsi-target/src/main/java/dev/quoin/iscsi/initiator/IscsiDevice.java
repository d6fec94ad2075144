package dev.quoin.iscsi.initiator;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceListener;
import dev.quoin.device.DeviceListeners;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A logical unit of an iSCSI target as a block device, in user space.
 *
 * <p><b>Durability.</b> As the unit says: with its write cache on, a cached write is durable after a flush, which is SYNCHRONIZE
 * CACHE, and an FUA write by itself; with the cache off every write is.
 *
 * <p><b>A broken connection</b> is made anew for as long as {@link InitiatorConfig#recoveryTimeout()} says, with the same
 * initiator port name, so that the target first ends what the old session left behind (RFC 7143 6.3.5). Then every command
 * that was not answered is sent again, in the order of the first time. That is safe: nothing that was submitted after the answer
 * to an earlier command can be overtaken by it, for answered commands are not repeated; and commands in flight at once have no
 * order among each other anyway.
 *
 * <p><b>Lost caches.</b> When the connection is back, cached writes that were answered and not yet flushed are only there if
 * the target is still in the same run. Quoin's targets tell that. If the run is another one, or the target cannot tell, and
 * there are such writes, and the unit has a write cache, the device is {@link Code#GONE}: a later flush must not pretend. The
 * same holds if another unit answers at the address.
 *
 * <p><b>After giving up</b> all requests fail with {@link Code#GONE}, or {@link Code#FENCED} if the target refuses the
 * initiator. The device does not come back; open a new one.
 *
 * <p><b>Growth.</b> When the target tells that the unit has another size, which it does with the next command, the unit is asked, and
 * the new size is offered. A unit that has become smaller is taken for another one.
 *
 * <p><b>Threads.</b> One per device ({@code iscsi-initiator-n}), which also runs completions. Commands are sent by whoever
 * submits them.
 */
public final class IscsiDevice implements BlockDevice {

    private static final int ZEROES_BYTES = 1 << 20;
    private static final ByteBuffer ZEROES =
            ByteBuffer.allocateDirect(ZEROES_BYTES).asReadOnlyBuffer();

    private final String name;
    private final boolean readOnly;
    private final DeviceThread thread;
    private final UnitReservations reservations;
    private final DeviceListeners listeners = new DeviceListeners();
    private final AtomicLong cachedWrites = new AtomicLong();
    private final AtomicLong flushedWrites = new AtomicLong();
    private volatile boolean sameUnsupported;

    private IscsiDevice(IscsiUrl url, InitiatorConfig config, boolean readOnly) throws DeviceException {
        this.name = url.toString();
        this.thread = new DeviceThread(url, config, this::hasUnflushed, listeners);
        thread.open();
        this.reservations = new UnitReservations(name, thread);
        this.readOnly = readOnly || disk().writeProtected();
        thread.start();
    }

    /**
     * Logs in and asks the unit what it is. Blocking, within the connect timeout for each step.
     *
     * @param access a read-only device refuses writes itself
     * @throws DeviceException {@link Code#GONE} if the target cannot be reached or has no such unit, {@link Code#FENCED} if it
     *     refuses the initiator
     */
    public static IscsiDevice open(IscsiUrl url, InitiatorConfig config, DeviceProvider.Access access)
            throws DeviceException {
        return new IscsiDevice(url, config, access == DeviceProvider.Access.READ_ONLY);
    }

    @Override
    public String name() {
        return name;
    }

    /** {@inheritDoc} The unit serial number, as the unit gave it at the last login. */
    @Override
    public Optional<String> serialNumber() {
        return disk().serialNumber();
    }

    @Override
    public Geometry geometry() {
        return disk().geometry();
    }

    @Override
    public void watch(DeviceListener listener) {
        listeners.add(listener);
    }

    @Override
    public void unwatch(DeviceListener listener) {
        listeners.remove(listener);
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        int length = target.remaining();
        DeviceException refused = refusal(offset, length, false);
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        int start = target.position();
        int end = target.limit();
        int blockSize = geometry().blockSize();
        BlockRequest request = request(parts(length, disk().transferBytesMax()), () -> target.position(end));
        return submit(request, length, disk().transferBytesMax(), at -> {
            int size = (int) Math.min(disk().transferBytesMax(), length - at);
            return Command.read(
                    (offset + at) / blockSize, size / blockSize, target.slice(start + (int) at, size), request);
        });
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        int length = source.remaining();
        DeviceException refused = refusal(offset, length, true);
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        int start = source.position();
        int end = source.limit();
        int blockSize = geometry().blockSize();
        boolean fua = mode == WriteMode.FUA && disk().writeCache();
        boolean flushAfter = fua && !disk().fua();
        BlockRequest request = request(parts(length, disk().transferBytesMax()), () -> {
            source.position(end);
            if (!fua || flushAfter) {
                cachedWrites.incrementAndGet();
            }
        });
        CompletableFuture<Void> written = submit(request, length, disk().transferBytesMax(), at -> {
            int size = (int) Math.min(disk().transferBytesMax(), length - at);
            return Command.write(
                    (offset + at) / blockSize,
                    size / blockSize,
                    source.slice(start + (int) at, size),
                    fua && disk().fua(),
                    request);
        });
        return flushAfter ? thenFlush(written) : written;
    }

    @Override
    public CompletableFuture<Void> flush() {
        DeviceException refused = thread.refusal();
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        if (!disk().writeCache()) {
            return CompletableFuture.completedFuture(null);
        }
        long covered = cachedWrites.get();
        BlockRequest request = request(1, () -> flushedWrites.accumulateAndGet(covered, Math::max));
        return submit(request, 1, 1, at -> Command.synchronizeCache(request));
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        DeviceException refused = refusal(offset, length, true);
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        CompletableFuture<Void> zeroed = sameUnsupported
                ? writeZeroBlocks(offset, length)
                : whenUnsupported(writeSame(offset, length), () -> {
                    sameUnsupported = true;
                    return writeZeroBlocks(offset, length);
                });
        return mode == WriteMode.FUA && disk().writeCache() ? thenFlush(zeroed) : zeroed;
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        DeviceException refused = refusal(offset, length, true);
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        if (disk().sameUnmaps()) {
            return writeZeroes(offset, length, WriteMode.CACHED);
        }
        return disk().unmap() && disk().unmapBlocksMax() > 0
                ? whenUnsupported(unmap(offset, length), () -> CompletableFuture.completedFuture(null))
                : CompletableFuture.completedFuture(null);
    }

    /** Persistent reservations of the unit, asked for in the name of this device's initiator port. */
    public UnitReservations reservations() {
        return reservations;
    }

    @Override
    public void close() {
        thread.close();
    }

    private Disk disk() {
        return thread.disk();
    }

    private boolean hasUnflushed() {
        return disk().writeCache() && cachedWrites.get() > flushedWrites.get();
    }

    private @Nullable DeviceException refusal(long offset, long length, boolean write) {
        try {
            geometry().check(name, offset, length);
        } catch (DeviceException outside) {
            return outside;
        }
        if (write && readOnly) {
            return new DeviceException(Code.READ_ONLY, name, "a write found, opened for reading or write-protected");
        }
        return thread.refusal();
    }

    private static int parts(long length, long partLength) {
        return Math.toIntExact(Math.max(1, (length + partLength - 1) / partLength));
    }

    private BlockRequest request(int commands, Runnable succeeded) {
        return new BlockRequest(commands, succeeded, thread::requestEnded);
    }

    /** One command of a request that is cut into parts: the part that starts at {@code at}. */
    private interface Part {
        Command at(long at);
    }

    /** Queues the commands of a request and has them sent. */
    private CompletableFuture<Void> submit(BlockRequest request, long length, int partLength, Part part) {
        thread.requestBegins();
        if (length == 0) {
            request.done();
            return request.future();
        }
        for (long at = 0; at < length; at += partLength) {
            thread.submit(part.at(at), request);
        }
        thread.pump();
        return request.future();
    }

    private CompletableFuture<Void> writeSame(long offset, long length) {
        int blockSize = geometry().blockSize();
        int most = Math.toIntExact(disk().writeSameBytesMax());
        BlockRequest request = request(parts(length, most), cachedWrites::incrementAndGet);
        return submit(
                request,
                length,
                most,
                at -> Command.writeSame(
                        (offset + at) / blockSize,
                        (int) (Math.min(most, length - at) / blockSize),
                        disk().sameUnmaps(),
                        ZEROES.slice(0, blockSize),
                        request));
    }

    private CompletableFuture<Void> writeZeroBlocks(long offset, long length) {
        int blockSize = geometry().blockSize();
        int most = disk().transferBytesMax();
        BlockRequest request = request(parts(length, most), cachedWrites::incrementAndGet);
        return submit(request, length, most, at -> {
            int size = (int) Math.min(most, length - at);
            return Command.write((offset + at) / blockSize, size / blockSize, ZEROES.slice(0, size), false, request);
        });
    }

    /** UNMAP with one range each (SBC-4 5.31). */
    private CompletableFuture<Void> unmap(long offset, long length) {
        int blockSize = geometry().blockSize();
        int most = (int) Math.min(Integer.MAX_VALUE / 2, disk().unmapBlocksMax() * blockSize) / blockSize * blockSize;
        BlockRequest request = request(parts(length, most), () -> {});
        return submit(request, length, most, at -> {
            ByteBuffer list = ByteBuffer.allocate(24)
                    .putShort(0, (short) 22)
                    .putShort(2, (short) 16)
                    .putLong(8, (offset + at) / blockSize)
                    .putInt(16, (int) (Math.min(most, length - at) / blockSize));
            return Command.unmap(list, request);
        });
    }

    private CompletableFuture<Void> thenFlush(CompletableFuture<Void> first) {
        return first.thenCompose(nothing -> flush());
    }

    /** Does something else if the target does not know the command. */
    private static CompletableFuture<Void> whenUnsupported(
            CompletableFuture<Void> first, Supplier<CompletableFuture<Void>> otherwise) {
        return first.exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return cause instanceof DeviceException known && known.code() == Code.UNSUPPORTED
                    ? otherwise.get()
                    : CompletableFuture.failedFuture(cause);
        });
    }
}
