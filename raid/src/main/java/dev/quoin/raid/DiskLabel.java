package dev.quoin.raid;

import dev.quoin.device.BlockDevice;

/** A device as a person finds it: its name, with the serial number that is printed on the disk if that is known. */
final class DiskLabel {

    private DiskLabel() {}

    /** Such as {@code file:/dev/sdb (serial S4EWNX0M123456)}. */
    static String of(BlockDevice device) {
        return device.serialNumber()
                .map(serial -> device.name() + " (serial " + serial + ")")
                .orElse(device.name());
    }
}
