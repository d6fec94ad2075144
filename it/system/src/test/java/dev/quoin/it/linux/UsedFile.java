package dev.quoin.it.linux;

import dev.quoin.device.DeviceException;
import dev.quoin.device.FileDevice;
import dev.quoin.device.ForwardingDevice;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** A disk in a file that is full of what its user before left, and that does not turn what is discarded into zeroes. */
final class UsedFile extends ForwardingDevice {

    UsedFile(Path path, int size, RandomGenerator random) throws DeviceException {
        super(FileDevice.create(path, size));
        byte[] left = new byte[size];
        random.nextBytes(left);
        under().write(0, ByteBuffer.wrap(left), WriteMode.CACHED).join();
    }

    @Override
    public Geometry geometry() {
        return Geometry.of(FileDevice.BLOCK_SIZE, under().geometry().size());
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return CompletableFuture.completedFuture(null);
    }
}
