package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * A device that waits to take the role of a member that fails.
 *
 * @param uuid under which the members list it, and which it keeps as a member
 * @param zeroed whether its data blocks physically hold zeroes where nothing was written
 */
record Spare(UUID uuid, BlockDevice device, Regions regions, boolean zeroed) {

    /**
     * The spares that the members list and that are there.
     *
     * @param refused is told why a spare is none any more
     */
    static List<Spare> listed(
            Map<BlockDevice, Superblock> found, Superblock best, BiConsumer<BlockDevice, String> refused) {
        List<Spare> spares = new ArrayList<>();
        found.forEach((device, superblock) -> {
            if (!superblock.isSpare()) {
                return;
            }
            Regions regions = superblock.regions();
            if (!best.spares().contains(superblock.member())) {
                refused.accept(device, "is a spare that the members do not list: add it again");
            } else if (device.geometry().size() < regions.memberSize()) {
                refused.accept(device, "is a spare that has become smaller: add it again");
            } else {
                spares.add(new Spare(superblock.member(), device, regions, superblock.zeroed()));
            }
        });
        return spares;
    }
}
