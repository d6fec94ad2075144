package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes files that read as zeroes and take no space yet. */
final class SparseFile {

    private SparseFile() {}

    /**
     * Makes one. Blocking; the file and its name are durable.
     *
     * @param device for messages
     */
    static void create(String device, Path path, long size) throws DeviceException {
        checkSize(device, size);
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
            channel.write(ByteBuffer.allocate(1), size - 1);
            channel.force(true);
            syncDirectory(path);
        } catch (FileAlreadyExistsException exists) {
            throw new DeviceException(
                    Code.BUSY, device, "a file found, none expected: open it, or remove it first", exists);
        } catch (IOException failure) {
            throw FileErrors.classify(device, path, "create", 0, size, failure);
        }
    }

    /** Refuses a size that a {@link FileDevice} cannot have. */
    static void checkSize(String device, long size) throws DeviceException {
        if (size <= 0 || size % FileDevice.BLOCK_SIZE != 0) {
            throw new DeviceException(
                    Code.OUT_OF_RANGE,
                    device,
                    "size " + size + " found, a positive multiple of " + FileDevice.BLOCK_SIZE + " expected");
        }
    }

    private static void syncDirectory(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }
}
