package dev.quoin.raid;

import dev.quoin.device.ForwardingDevice;
import dev.quoin.device.Geometry;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** A device that is full of what its user before left, and that does not turn what is discarded into zeroes. */
final class UsedDevice extends ForwardingDevice {

    UsedDevice(String name, long size) {
        super(new MemoryDevice(name, 512, size));
        byte[] left = new byte[Math.toIntExact(size)];
        Arrays.fill(left, (byte) 0x5a);
        under().write(0, ByteBuffer.wrap(left), WriteMode.CACHED).join();
    }

    @Override
    public Geometry geometry() {
        return Geometry.of(512, under().geometry().size());
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return CompletableFuture.completedFuture(null);
    }
}
