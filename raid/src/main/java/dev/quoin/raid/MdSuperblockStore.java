package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** Finds, writes and erases the superblocks of Linux md on a device. Blocking. */
final class MdSuperblockStore {

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private MdSuperblockStore() {}

    /** Whose the device is according to a superblock of md of any version, as words for a message; empty if there is none. */
    static Optional<String> owner(BlockDevice device) {
        return places(device.geometry().size()).stream()
                .flatMap(offset -> owner(device, offset).stream())
                .findFirst();
    }

    private static Optional<String> owner(BlockDevice device, long offset) {
        ByteBuffer bytes;
        try {
            bytes = BlockIo.read(device, offset, MdSuperblock.SIZE);
        } catch (DeviceException unreadable) {
            // What cannot be read cannot say whose the device is.
            return Optional.empty();
        }
        return switch (MdSuperblock.parse(bytes)) {
            case MdSuperblock.Parsed.Absent absent -> Optional.empty();
            case MdSuperblock.Parsed.Unusable unusable ->
                Optional.of("a device with a superblock of Linux md that cannot be used (" + unusable.reason() + ")");
            case MdSuperblock.Parsed.Valid valid -> Optional.of(describe(valid.superblock()));
        };
    }

    private static String describe(MdSuperblock md) {
        String place = md.role() < MdSuperblock.FAILED ? "member " + md.role() : "a spare or failed member";
        // Anybody may have written the name.
        String name = CONTROL.matcher(md.name()).replaceAll("?");
        return place + " of the Linux md array '" + name + "' (" + md.array() + ", level " + md.level() + ", "
                + md.raidDisks() + " members)";
    }

    /** The superblock of version 1.0 that says that the device belongs to the array with this UUID. */
    static Optional<MdSuperblock> of(UUID array, BlockDevice device) throws DeviceException {
        ByteBuffer bytes = BlockIo.read(device, place(device), MdSuperblock.SIZE);
        return MdSuperblock.parse(bytes) instanceof MdSuperblock.Parsed.Valid valid
                        && valid.superblock().array().equals(array)
                ? Optional.of(valid.superblock())
                : Optional.empty();
    }

    /** Writes one durably. */
    static void write(BlockDevice device, MdSuperblock superblock) throws DeviceException {
        BlockIo.write(device, place(device), superblock.encode(), WriteMode.FUA);
    }

    /** Leaves none of version 1.0. */
    static void erase(BlockDevice device, WriteMode mode) throws DeviceException {
        BlockIo.write(device, place(device), ByteBuffer.allocate(MdSuperblock.SIZE), mode);
    }

    static long place(BlockDevice device) {
        return MdSuperblock.place(device.geometry().size());
    }

    /** Versions 1.0, 1.1, 1.2 and 0.90. */
    private static Set<Long> places(long size) {
        Set<Long> places =
                new LinkedHashSet<>(List.of(MdSuperblock.place(size), 0L, 4096L, size / 65_536 * 65_536 - 65_536));
        places.removeIf(offset -> offset < 0 || offset + MdSuperblock.SIZE > size);
        return places;
    }
}
