package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A device that does to the layers above what real disks do: it keeps writes in a volatile cache, loses, tears and
 * reorders them when the power goes, rots, misdirects, fails, hangs, vanishes and comes back stale.
 *
 * <p>The medium is another device. Writes stay in memory until a flush, or for an FUA write until its completion; a
 * {@link PowerSupply} cut leaves of the rest what chance wants, in sectors of 512 bytes.
 *
 * <p><b>Threads.</b> A request is done by the executor, by default on the calling thread before it returns; it waits there for the
 * medium. A test that wants other orders passes an executor that shuffles. The lock of the power supply guards all state.
 */
public final class FaultyDevice implements BlockDevice {

    /** How many requests {@link #trace()} keeps; older ones are dropped. */
    public static final int TRACE_MAX = 100_000;

    /** A zeroing longer than this, in bytes, reaches the medium at once, to spare memory. */
    private static final int CACHED_ZEROES_MAX = 1024 * 1024;

    /** The kind of a request. */
    public enum Kind {
        READ,
        WRITE,
        FLUSH,
        ZERO,
        DISCARD
    }

    /** A request that reached the device, in the order in which they were done. */
    public record Io(Kind kind, long offset, long length, WriteMode mode) {}

    /**
     * How often something happened since the device was made or since {@link #resetCounters()}.
     *
     * @param writes zeroings included
     * @param fua how many of the writes were FUA
     */
    public record Counters(long reads, long writes, long fua, long flushes, long bytesRead, long bytesWritten) {}

    private final BlockDevice medium;
    private final PowerSupply power;
    private final Executor executor;
    private final VolatileCache cache = new VolatileCache();
    private final ArmedFaults faults = new ArmedFaults();
    private final List<Io> trace = new ArrayList<>();
    private final List<Runnable> hung = new ArrayList<>();
    private Counters counters = new Counters(0, 0, 0, 0, 0, 0);
    private boolean hanging;
    private boolean readsNow = true;
    private boolean connected = true;
    private boolean closed;
    private boolean ignoresFlushes;
    private int whole = VolatileCache.SECTOR;
    private long delayMillis;

    /** A faulty device whose requests are done on the calling thread. */
    public FaultyDevice(BlockDevice medium, PowerSupply power) {
        this(medium, power, Runnable::run);
    }

    /** A faulty device whose requests are done by {@code executor}. */
    public FaultyDevice(BlockDevice medium, PowerSupply power, Executor executor) {
        this.medium = medium;
        this.power = power;
        this.executor = executor;
        locked(() -> power.plugIn(this));
    }

    @Override
    public String name() {
        return medium.name();
    }

    @Override
    public Optional<String> serialNumber() {
        return medium.serialNumber();
    }

    @Override
    public Geometry geometry() {
        return medium.geometry();
    }

    @Override
    public void refreshSize() throws DeviceException {
        medium.refreshSize();
    }

    @Override
    public Set<Erasure> erasures() {
        return medium.erasures();
    }

    @Override
    public @Nullable Provisioning provisioning() {
        return medium.provisioning();
    }

    @Override
    public void watch(DeviceListener listener) {
        medium.watch(listener);
    }

    @Override
    public void unwatch(DeviceListener listener) {
        medium.unwatch(listener);
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return submit(new Io(Kind.READ, offset, target.remaining(), WriteMode.CACHED), io -> readNow(io, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return submit(new Io(Kind.WRITE, offset, source.remaining(), mode), io -> {
            // The position moves on success only, as on any other device.
            byte[] bytes = new byte[source.remaining()];
            source.duplicate().get(bytes);
            DeviceException failure = change(io, bytes);
            if (failure == null) {
                source.position(source.limit());
            }
            return failure;
        });
    }

    @Override
    public CompletableFuture<Void> flush() {
        return submit(new Io(Kind.FLUSH, 0, 0, WriteMode.FUA), this::flushNow);
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return submit(new Io(Kind.ZERO, offset, length, mode), this::zeroNow);
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return submit(
                new Io(Kind.DISCARD, offset, length, WriteMode.CACHED),
                io -> geometry().discardZeroes() ? zeroNow(io) : count(io));
    }

    @Override
    public boolean tryReadNow(long offset, ByteBuffer target) {
        Io io = new Io(Kind.READ, offset, target.remaining(), WriteMode.CACHED);
        power.lock().lock();
        try {
            geometry().check(name(), offset, io.length);
            checkUsable();
            return !hanging && delayMillis == 0 && readsNow && readNow(io, target) == null;
        } catch (DeviceException refused) {
            return false; // read() says why.
        } finally {
            power.lock().unlock();
        }
    }

    /** Whether {@link #tryReadNow} may succeed; a test that wants reads to go through the executor says no. */
    public void readsNow(boolean may) {
        locked(() -> readsNow = may);
    }

    /** Arms a fault. */
    public void inject(Fault fault) {
        locked(() -> faults.arm(fault));
    }

    /** Disarms all faults. */
    public void clearFaults() {
        locked(faults::disarm);
    }

    /** Turns one bit of the medium over, and of the cached version if there is one. Counts as no request. */
    public void flipBit(long offset, int bit) throws DeviceException {
        power.lock().lock();
        try {
            long sector = offset - offset % VolatileCache.SECTOR;
            drainToMedium();
            int block = geometry().blockSize();
            long start = sector - sector % block;
            ByteBuffer bytes = BlockIo.read(medium, start, block);
            int index = (int) (offset - start);
            bytes.put(index, (byte) (bytes.get(index) ^ 1 << bit));
            BlockIo.write(medium, start, bytes, WriteMode.CACHED);
        } finally {
            power.lock().unlock();
        }
    }

    /** Whether flushes and FUA are acknowledged without being done, as by a disk that lies. */
    public void ignoreFlushes(boolean ignore) {
        locked(() -> ignoresFlushes = ignore);
    }

    /** How many bytes of a write a power cut does not tear, a multiple of 512; 512 if nothing is said. */
    public void writesWhole(int bytes) {
        locked(() -> whole = bytes);
    }

    /** From now on no request completes, until {@link #resume()}. */
    public void hang() {
        locked(() -> hanging = true);
    }

    /** Does the requests that hang. */
    public void resume() {
        List<Runnable> late = new ArrayList<>();
        locked(() -> {
            hanging = false;
            late.addAll(hung);
            hung.clear();
        });
        late.forEach(executor::execute);
    }

    /** Each request is begun this much later. */
    public void delayMillis(long millis) {
        locked(() -> delayMillis = millis);
    }

    /** Fails all requests with {@link Code#GONE}; what the device holds stays as it is. */
    public void disconnect() {
        locked(() -> connected = false);
    }

    /** Ends {@link #disconnect()}: the device comes back with what it held then, which by now may be stale. */
    public void reconnect() {
        locked(() -> connected = true);
    }

    /** How many requests were done. */
    public Counters counters() {
        power.lock().lock();
        try {
            return counters;
        } finally {
            power.lock().unlock();
        }
    }

    /** Begins to count and to trace anew. */
    public void resetCounters() {
        locked(() -> {
            counters = new Counters(0, 0, 0, 0, 0, 0);
            trace.clear();
        });
    }

    /** The requests done, oldest first. */
    public List<Io> trace() {
        power.lock().lock();
        try {
            return List.copyOf(trace);
        } finally {
            power.lock().unlock();
        }
    }

    /** Ends this device; the medium stays open and holds what was durable and, in an orderly end, the cache too. */
    @Override
    public void close() {
        locked(() -> {
            if (!closed && power.isOn()) {
                try {
                    drainToMedium();
                } catch (DeviceException failure) {
                    throw new IllegalStateException(failure);
                }
            }
            closed = true;
            power.unplug(this);
        });
    }

    /** Leaves on the medium what survived. Called by the power supply with its lock held. */
    void losePower() {
        try {
            store(cache.surviveCut(power.random(), whole));
        } catch (DeviceException failure) {
            throw new IllegalStateException("the medium below a faulty device failed", failure);
        }
    }

    private interface Action {
        // The failure is returned, as it is the outcome of most requests of a test.
        @Nullable DeviceException run(Io io) throws DeviceException;
    }

    private CompletableFuture<Void> submit(Io io, Action action) {
        try {
            geometry().check(name(), io.offset, io.length);
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        var done = new CompletableFuture<Void>();
        schedule(() -> perform(io, action, done));
        return done;
    }

    private void schedule(Runnable request) {
        long millis;
        power.lock().lock();
        try {
            if (hanging) {
                hung.add(request);
                return;
            }
            millis = delayMillis;
        } finally {
            power.lock().unlock();
        }
        if (millis > 0) {
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, executor)
                    .execute(request);
        } else {
            executor.execute(request);
        }
    }

    private void perform(Io io, Action action, CompletableFuture<Void> done) {
        DeviceException failure;
        power.lock().lock();
        try {
            checkUsable();
            failure = action.run(io);
        } catch (DeviceException thrown) {
            failure = thrown;
        } finally {
            power.lock().unlock();
        }
        if (failure == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(failure);
        }
    }

    private void checkUsable() throws DeviceException {
        power.checkOn(name());
        if (closed || !connected) {
            throw new DeviceException(Code.GONE, name(), closed ? "the device was closed" : "disconnected");
        }
    }

    @Nullable private DeviceException readNow(Io io, ByteBuffer target) throws DeviceException {
        count(io);
        if (faults.fires(Fault.Kind.READ_ERROR, io.offset, io.length) != null) {
            return error("injected read error", io);
        }
        byte[] bytes = new byte[target.remaining()];
        BlockIo.read(medium, io.offset, ByteBuffer.wrap(bytes));
        cache.overlay(io.offset, bytes);
        target.put(bytes);
        return null;
    }

    @Nullable private DeviceException change(Io io, byte[] bytes) throws DeviceException {
        count(io);
        if (io.length == 0) {
            return null;
        }
        boolean cut = power.countChange();
        if (faults.fires(Fault.Kind.WRITE_ERROR, io.offset, io.length) != null) {
            if (power.random().nextBoolean()) {
                cache.write(io.offset, bytes);
            }
            return error("injected write error", io);
        }
        Fault misdirected = faults.fires(Fault.Kind.MISDIRECTED_WRITE, io.offset, io.length);
        if (misdirected != null) {
            long place =
                    Math.floorMod(io.offset + misdirected.shift(), geometry().size() - io.length + 1);
            put(new Io(io.kind, place - place % geometry().blockSize(), io.length, io.mode), bytes, cut);
        } else if (faults.fires(Fault.Kind.LOST_WRITE, io.offset, io.length) == null) {
            put(io, bytes, cut);
        }
        if (cut) {
            power.cutNow();
            return new DeviceException(Code.GONE, name(), "power was cut during a write");
        }
        if (io.mode == WriteMode.FUA && faults.fires(Fault.Kind.FLUSH_ERROR, io.offset, io.length) != null) {
            return error("injected flush error", io);
        }
        return null;
    }

    private void put(Io io, byte[] bytes, boolean cut) throws DeviceException {
        faults.overwritten(io.offset, io.length);
        if (io.mode == WriteMode.FUA && !ignoresFlushes && !cut) {
            BlockIo.write(medium, io.offset, ByteBuffer.wrap(bytes), WriteMode.FUA);
            cache.forget(io.offset, io.length);
        } else {
            cache.write(io.offset, bytes);
        }
    }

    @Nullable private DeviceException zeroNow(Io io) throws DeviceException {
        if (io.length <= CACHED_ZEROES_MAX) {
            return change(io, new byte[(int) io.length]);
        }
        count(io);
        boolean cut = power.countChange();
        BlockIo.writeZeroes(medium, io.offset, io.length, io.mode);
        cache.forget(io.offset, io.length);
        if (cut) {
            power.cutNow();
            return new DeviceException(Code.GONE, name(), "power was cut during a zeroing");
        }
        return null;
    }

    @Nullable private DeviceException flushNow(Io io) throws DeviceException {
        count(io);
        if (power.countChange()) {
            power.cutNow();
            return new DeviceException(Code.GONE, name(), "power was cut during a flush");
        }
        if (faults.fires(Fault.Kind.FLUSH_ERROR, io.offset, io.length) != null) {
            return error("injected flush error", io);
        }
        if (!ignoresFlushes) {
            drainToMedium();
        }
        return null;
    }

    private void drainToMedium() throws DeviceException {
        store(cache.drain());
    }

    private void store(List<VolatileCache.Run> runs) throws DeviceException {
        int block = geometry().blockSize();
        for (VolatileCache.Run run : runs) {
            if (run.offset() % block == 0 && run.bytes().length % block == 0) {
                BlockIo.write(medium, run.offset(), ByteBuffer.wrap(run.bytes()), WriteMode.CACHED);
            } else {
                storeTorn(run, block);
            }
        }
    }

    /** Puts sectors into blocks that are larger than sectors, as tearing does. */
    private void storeTorn(VolatileCache.Run run, int block) throws DeviceException {
        long start = run.offset() - run.offset() % block;
        long end = (run.offset() + run.bytes().length + block - 1) / block * block;
        ByteBuffer blocks = BlockIo.read(medium, start, (int) (end - start));
        blocks.put((int) (run.offset() - start), run.bytes());
        BlockIo.write(medium, start, blocks, WriteMode.CACHED);
    }

    @Nullable private DeviceException count(Io io) {
        if (trace.size() == TRACE_MAX) {
            trace.subList(0, TRACE_MAX / 2).clear();
        }
        trace.add(io);
        Counters c = counters;
        counters = switch (io.kind) {
            case READ -> new Counters(c.reads + 1, c.writes, c.fua, c.flushes, c.bytesRead + io.length, c.bytesWritten);
            case WRITE, ZERO ->
                new Counters(
                        c.reads,
                        c.writes + 1,
                        c.fua + (io.mode == WriteMode.FUA ? 1 : 0),
                        c.flushes,
                        c.bytesRead,
                        c.bytesWritten + io.length);
            case FLUSH -> new Counters(c.reads, c.writes, c.fua, c.flushes + 1, c.bytesRead, c.bytesWritten);
            case DISCARD -> c;
        };
        return null;
    }

    private DeviceException error(String what, Io io) {
        return new DeviceException(Code.MEDIUM_ERROR, name(), what + " at " + io.offset + "+" + io.length);
    }

    private void locked(Runnable change) {
        power.lock().lock();
        try {
            change.run();
        } finally {
            power.lock().unlock();
        }
    }
}
