package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Command;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FileDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Files as devices, of {@value #MIB} MiB each. */
record Members(List<BlockDevice> devices, List<Path> files) implements AutoCloseable {

    static final int MIB = 192;

    private static final Duration FORGET_TIME_MAX = Duration.ofSeconds(30);

    /**
     * Makes them.
     *
     * @param paced whether they are as slow as a {@link PacedDisk}
     */
    static Members create(Path directory, int count, boolean paced) throws BenchException {
        UnaryOperator<BlockDevice> speed = paced ? PacedDisk::new : UnaryOperator.identity();
        List<BlockDevice> devices = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                files.add(directory.resolve("member" + i));
                devices.add(speed.apply(FileDevice.create(files.get(i), (long) MIB << 20)));
            }
            return new Members(devices, files);
        } catch (DeviceException failure) {
            devices.forEach(BlockDevice::close);
            throw new BenchException("cannot make a member: " + failure.getMessage(), failure);
        }
    }

    /** Takes what is not dirty out of the page cache. Blocking. */
    void forget() throws BenchException {
        for (Path file : files) {
            Command.run(FORGET_TIME_MAX, "dd", "if=" + file, "iflag=nocache", "count=0");
        }
    }

    /** Takes the files away too. */
    @Override
    public void close() {
        devices.forEach(BlockDevice::close);
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException left) {
                // It goes with the directory.
            }
        }
    }
}
