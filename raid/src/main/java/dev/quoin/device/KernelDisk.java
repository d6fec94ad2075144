package dev.quoin.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What Linux tells of a disk, a partition or a loop device in {@code /sys/dev/block}
 * (Documentation/ABI/stable/sysfs-block). Immutable.
 *
 * @param logicalBlockSize in bytes, the unit of requests
 * @param physicalBlockSize in bytes, the unit below which the disk reads first
 * @param discards whether it zeroes ranges and gives their space back by a command
 * @param serialNumber that of the whole disk, or its world-wide name
 */
record KernelDisk(int logicalBlockSize, int physicalBlockSize, boolean discards, Optional<String> serialNumber) {

    private static final Path SYS = Path.of("/sys/dev/block");

    /** {@code S_IFMT} and {@code S_IFBLK} of stat(2). */
    private static final int TYPE = 0xf000;

    private static final int BLOCK_SPECIAL = 0x6000;

    /** Looks at what a path names. Blocking; null if it is no disk, or this system cannot tell. */
    static @Nullable KernelDisk at(Path path) {
        try {
            int mode = (int) Files.getAttribute(path, "unix:mode");
            long device = (long) Files.getAttribute(path, "unix:rdev");
            return (mode & TYPE) == BLOCK_SPECIAL ? in(SYS.resolve(number(device))) : null;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
            return null;
        }
    }

    /** What a directory in {@code /sys} says; what it does not say is as a plain disk has it. */
    static KernelDisk in(Path directory) throws IOException {
        Path disk = Files.exists(directory) ? directory.toRealPath() : directory;
        if (Files.exists(disk.resolve("partition"))) {
            disk = disk.getParent();
        }
        Path queue = disk.resolve("queue");
        int logical = (int) number(queue.resolve("logical_block_size"), FileDevice.BLOCK_SIZE);
        long physical = number(queue.resolve("physical_block_size"), FileDevice.PHYSICAL_BLOCK_SIZE);
        boolean discards = number(queue.resolve("discard_max_bytes"), 0) > 0
                && number(queue.resolve("write_zeroes_max_bytes"), 0) > 0;
        Optional<String> serial = Stream.of("device/serial", "serial", "device/wwid", "wwid")
                .map(disk::resolve)
                .flatMap(file -> text(file).stream())
                .findFirst();
        return new KernelDisk(logical, (int) physical, discards, serial);
    }

    /** Major and minor number as makedev(3) packs them. */
    static String number(long device) {
        long major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfffL);
        long minor = (device & 0xff) | ((device >> 12) & 0xffffff00L);
        return major + ":" + minor;
    }

    private static long number(Path file, long otherwise) {
        return text(file)
                .map(text -> {
                    try {
                        return Long.parseLong(text);
                    } catch (NumberFormatException odd) {
                        return otherwise;
                    }
                })
                .orElse(otherwise);
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
        } catch (IOException none) {
            return Optional.empty();
        }
    }
}
