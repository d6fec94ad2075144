package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.Devices;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Opens the devices that arrays are made of, and makes those that are files and do not exist. Blocking. */
final class MemberDevices {

    private static final String FILE = "file:";

    /** What is looked at, at each end of a device, to see whether it holds something: superblocks of all kinds lie there. */
    private static final int ENDS = 1 << 20;

    private MemberDevices() {}

    /** The path of a device that is a file; empty for others. */
    static Optional<Path> path(String url) {
        return url.startsWith(FILE) && !url.startsWith(FILE + "//")
                ? Optional.of(Path.of(url.substring(FILE.length())))
                : Optional.empty();
    }

    /** The URL of a file. */
    static String url(Path path) {
        return FILE + path.toAbsolutePath();
    }

    /** Opens a device that exists. */
    static BlockDevice open(String url) throws DeviceException {
        return Devices.open(url, DeviceProvider.Access.READ_WRITE);
    }

    /**
     * Opens a device, or makes the file that it is to be.
     *
     * @param size in bytes; 0 makes no file
     */
    static BlockDevice openOrMake(String url, long size) throws Fault {
        Optional<Path> path = path(url);
        try {
            if (size > 0 && path.isPresent() && !Files.exists(path.get())) {
                Path parent = path.get().toAbsolutePath().getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                return FileDevice.create(path.get(), size);
            }
            return open(url);
        } catch (DeviceException failure) {
            throw Faults.of("device " + url, failure);
        } catch (IOException failure) {
            throw Fault.failed(
                    "device " + url, "cannot be made: " + failure, "see the permissions of its directory", failure);
        }
    }

    /** Whether both ends of a device read as zeroes. */
    static boolean isBlank(BlockDevice device) throws DeviceException {
        long size = device.geometry().size();
        int length = (int) Math.min(ENDS, size);
        return isZero(BlockIo.read(device, 0, length)) && isZero(BlockIo.read(device, size - length, length));
    }

    /** Makes both ends of a device read as zeroes, durably. */
    static void blank(BlockDevice device) throws DeviceException {
        long size = device.geometry().size();
        int length = (int) Math.min(ENDS, size);
        BlockIo.writeZeroes(device, 0, length, WriteMode.FUA);
        BlockIo.writeZeroes(device, size - length, length, WriteMode.FUA);
    }

    private static boolean isZero(ByteBuffer content) {
        while (content.remaining() >= Long.BYTES) {
            if (content.getLong() != 0) {
                return false;
            }
        }
        return true;
    }
}
