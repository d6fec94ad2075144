package dev.quoin.clusterfs;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Test support: one node's path to a shared device, which fencing cuts. */
final class GateDevice implements BlockDevice {

    private final BlockDevice device;
    private final String name;
    private volatile boolean cut;

    GateDevice(BlockDevice device, String name) {
        this.device = device;
        this.name = name;
    }

    /** Lets nothing of this node through any more. */
    void cut() {
        cut = true;
    }

    private CompletableFuture<Void> pass(Supplier<CompletableFuture<Void>> request) {
        if (cut) {
            return CompletableFuture.failedFuture(
                    new DeviceException(DeviceException.Code.FENCED, name, "the node was cut off"));
        }
        return request.get();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Geometry geometry() {
        return device.geometry();
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return pass(() -> device.read(offset, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return pass(() -> device.write(offset, source, mode));
    }

    @Override
    public CompletableFuture<Void> flush() {
        return pass(device::flush);
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return pass(() -> device.writeZeroes(offset, length, mode));
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return pass(() -> device.discard(offset, length));
    }

    @Override
    public void close() {
        cut = true;
    }
}
