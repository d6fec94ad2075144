package dev.quoin.device;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A device that hands its requests to another one. What goes beside {@link #around}, such as {@link BlockDevice#tryReadNow}, is not
 * handed on: it stays as for a device that cannot do it, unless a subclass says otherwise.
 */
public abstract class ForwardingDevice implements BlockDevice {

    private final BlockDevice under;

    /** Over another device, which is closed with this one. */
    protected ForwardingDevice(BlockDevice under) {
        this.under = under;
    }

    /** The device below. */
    protected final BlockDevice under() {
        return under;
    }

    /**
     * Does a request of the device below, or something in its place. Called for each.
     *
     * @param length of what is transferred, in bytes; 0 for what transfers nothing
     */
    protected CompletableFuture<Void> around(int length, Supplier<CompletableFuture<Void>> request) {
        return request.get();
    }

    @Override
    public String name() {
        return under.name();
    }

    @Override
    public void flushSoon(long offset, long length) {
        under.flushSoon(offset, length);
    }

    @Override
    public Optional<String> serialNumber() {
        return under.serialNumber();
    }

    @Override
    public Geometry geometry() {
        return under.geometry();
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return around(target.remaining(), () -> under.read(offset, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return around(source.remaining(), () -> under.write(offset, source, mode));
    }

    @Override
    public CompletableFuture<Void> flush() {
        return around(0, under::flush);
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return around(0, () -> under.writeZeroes(offset, length, mode));
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return around(0, () -> under.discard(offset, length));
    }

    @Override
    public void close() {
        under.close();
    }
}
