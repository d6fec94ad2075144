package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FileDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Files as devices, of {@value #MIB} MiB each. */
record Members(List<BlockDevice> devices) implements AutoCloseable {

    static final int MIB = 192;

    /**
     * Makes them.
     *
     * @param paced whether they are as slow as a {@link PacedDisk}
     */
    static Members create(Path directory, int count, boolean paced) throws BenchException {
        UnaryOperator<BlockDevice> speed = paced ? PacedDisk::new : UnaryOperator.identity();
        List<BlockDevice> devices = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                devices.add(speed.apply(FileDevice.create(directory.resolve("member" + i), (long) MIB << 20)));
            }
            return new Members(devices);
        } catch (DeviceException failure) {
            devices.forEach(BlockDevice::close);
            throw new BenchException("cannot make a member: " + failure.getMessage(), failure);
        }
    }

    @Override
    public void close() {
        devices.forEach(BlockDevice::close);
    }
}
