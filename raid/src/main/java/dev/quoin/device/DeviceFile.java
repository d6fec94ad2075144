package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a path names: a regular file or a disk (a block special file of Linux), and whether it names the same still. Immutable.
 *
 * @param key tells one file from another, as the file system does; null where it cannot
 * @param disk what the kernel says of it, if it is a disk
 */
record DeviceFile(Path path, @Nullable Object key, @Nullable KernelDisk disk) {

    /**
     * Looks at a path. Blocking.
     *
     * @throws DeviceException {@link Code#GONE} if it names neither
     */
    static DeviceFile at(Path path) throws DeviceException {
        String found = "nothing";
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            KernelDisk disk = attributes.isOther() ? KernelDisk.at(path) : null;
            if (attributes.isRegularFile() || disk != null) {
                return new DeviceFile(path, attributes.fileKey(), disk);
            }
            found = "no regular file";
        } catch (NoSuchFileException none) {
            // As said.
        } catch (IOException failure) {
            throw FileErrors.classify(name(path), path, "look at", 0, 0, failure);
        }
        throw new DeviceException(
                Code.GONE,
                name(path),
                found + " found, a regular file or a disk expected: check the path, or create it");
    }

    static String name(Path path) {
        return "file:" + path;
    }

    String name() {
        return name(path);
    }

    /** The unit of addresses, in bytes. */
    int blockSize() {
        return disk == null ? FileDevice.BLOCK_SIZE : disk.logicalBlockSize();
    }

    /**
     * What it is as a device.
     *
     * @param calls to make holes with; null if it is not to be written to
     */
    Geometry geometry(long size, @Nullable NativeFile calls) {
        int physical = FileDevice.PHYSICAL_BLOCK_SIZE;
        if (disk != null) {
            physical = Math.max(physical, disk.physicalBlockSize());
            return new Geometry(blockSize(), size, physical, 0, calls != null && disk.discards());
        }
        // A hole behind the end of the file changes nothing and tells whether the file system makes any.
        boolean punches = calls != null && calls.punchHole(size, physical);
        return new Geometry(blockSize(), size, physical, 0, punches);
    }

    /** The serial number of a disk, if it has one. */
    Optional<String> serialNumber() {
        return Optional.ofNullable(disk).flatMap(KernelDisk::serialNumber);
    }

    /**
     * Says whether the path names something else than it did, which an open file does not notice: what is written to it would be lost
     * with the process. Blocking, for a look at the directory.
     *
     * @param size that a file has at least
     * @return null if it is the same, or if that cannot be told
     */
    @Nullable DeviceException whyGone(long size) {
        BasicFileAttributes now;
        try {
            now = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException none) {
            return gone("no file found at its path, the one that was opened expected: it was removed or renamed; put it"
                    + " back or replace it, then add it again");
        } catch (IOException unknown) {
            return null;
        }
        if (key != null && !key.equals(now.fileKey())) {
            return gone("another file found at its path, the one that was opened expected: add the device again");
        }
        return disk == null && now.size() < size ? cutShort(now.size(), size) : null;
    }

    /** Of a file that somebody else uses. */
    DeviceException inUse(@Nullable Exception cause) {
        String message = disk == null
                ? "locked by another process or another part of this one: stop it first"
                : "mounted, or claimed by another process or another part of this one: unmount it or stop that first";
        return new DeviceException(Code.BUSY, name(), message, cause);
    }

    /** Of a file that is not as long as it was. */
    DeviceException cutShort(long length, long size) {
        return gone(
                "the file ends at " + length + ", " + size + " expected: somebody cut it short; replace the device");
    }

    private DeviceException gone(String message) {
        return new DeviceException(Code.GONE, name(), message);
    }
}
