package dev.quoin.it.linux;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FileDevice;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** A disk in a file that is full of what its user before left, and that does not turn what is discarded into zeroes. */
final class UsedFile implements BlockDevice {

    private final FileDevice file;

    UsedFile(Path path, int size, RandomGenerator random) throws DeviceException {
        this.file = FileDevice.create(path, size);
        byte[] left = new byte[size];
        random.nextBytes(left);
        file.write(0, ByteBuffer.wrap(left), WriteMode.CACHED).join();
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public Geometry geometry() {
        return Geometry.of(FileDevice.BLOCK_SIZE, file.geometry().size());
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return file.read(offset, target);
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return file.write(offset, source, mode);
    }

    @Override
    public CompletableFuture<Void> flush() {
        return file.flush();
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return file.writeZeroes(offset, length, mode);
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        file.close();
    }
}
