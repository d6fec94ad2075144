package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads and writes the five places of a member where its superblock lies. */
final class SuperblockStore {

    private SuperblockStore() {}

    /**
     * What a device holds.
     *
     * @param superblock the valid one with the most events, if there is one
     * @param damage what is wrong with the others, or with all; empty on a blank device
     */
    record Found(@Nullable Superblock superblock, List<String> damage) {

        /** Whether nothing of ours was ever there. */
        boolean blank() {
            return superblock == null && damage.isEmpty();
        }
    }

    /** Reads all places. Blocking. A place that cannot be read is damage, not an exception. */
    static Found read(BlockDevice device) {
        List<String> damage = new ArrayList<>();
        Superblock best = null;
        for (long offset : places(device)) {
            try {
                ByteBuffer bytes = BlockIo.read(device, offset, Superblock.SIZE);
                switch (Superblock.parse(bytes)) {
                    case Superblock.Parsed.Valid valid -> {
                        if (best == null || valid.superblock().events() > best.events()) {
                            best = valid.superblock();
                        }
                    }
                    case Superblock.Parsed.Unusable unusable ->
                        damage.add("superblock at " + offset + ": " + unusable.reason());
                    case Superblock.Parsed.Absent absent -> {
                        // A slot that was not written yet, or a blank device.
                    }
                }
            } catch (DeviceException unreadable) {
                damage.add("superblock at " + offset + ": " + unreadable.getMessage());
            }
        }
        return new Found(best, damage);
    }

    /** Writes the slot whose turn it is and the end copy, durably. The slots of the last three writes stay as they are. */
    static CompletableFuture<Void> write(BlockDevice device, Superblock superblock) {
        ByteBuffer bytes = superblock.encode();
        long slot = superblock.events() % Regions.SUPERBLOCK_SLOTS;
        long offset = Regions.SUPERBLOCKS_OFFSET + slot * Superblock.SIZE;
        return device.write(offset, bytes.duplicate(), WriteMode.FUA)
                .thenCompose(
                        first -> device.write(superblock.regions().endCopyOffset(), bytes.duplicate(), WriteMode.FUA));
    }

    /** Where superblocks lie on a device of this size. */
    static List<Long> places(BlockDevice device) {
        long size = device.geometry().size() / Superblock.SIZE * Superblock.SIZE;
        List<Long> places = new ArrayList<>();
        for (int slot = 0; slot < Regions.SUPERBLOCK_SLOTS; slot++) {
            places.add(Regions.SUPERBLOCKS_OFFSET + (long) slot * Superblock.SIZE);
        }
        places.add(size - Superblock.SIZE);
        places.removeIf(offset -> offset < 0 || offset + Superblock.SIZE > size);
        return places;
    }
}
