package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.Geometry;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** A device that is full of what its user before left, and that does not turn what is discarded into zeroes. */
final class UsedDevice implements BlockDevice {

    private final MemoryDevice medium;

    UsedDevice(String name, long size) {
        this.medium = new MemoryDevice(name, 512, size);
        byte[] left = new byte[Math.toIntExact(size)];
        Arrays.fill(left, (byte) 0x5a);
        medium.write(0, ByteBuffer.wrap(left), WriteMode.CACHED).join();
    }

    @Override
    public String name() {
        return medium.name();
    }

    @Override
    public Geometry geometry() {
        return Geometry.of(512, medium.geometry().size());
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return medium.read(offset, target);
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return medium.write(offset, source, mode);
    }

    @Override
    public CompletableFuture<Void> flush() {
        return medium.flush();
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return medium.writeZeroes(offset, length, mode);
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        medium.close();
    }
}
