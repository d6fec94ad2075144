package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of one file system as a mount would find it: blocks of the device, except those of which a journal holds a
 * newer image.
 */
final class Metadata {

    private final BlockSource source;
    private final Superblock superblock;
    /** Home of a block to the place of its newest image; at most as many as all journals together have blocks. */
    private final Map<Long, Long> images = new HashMap<>();

    Metadata(BlockSource source, Superblock superblock) {
        this.source = source;
        this.superblock = superblock;
    }

    Superblock superblock() {
        return superblock;
    }

    FsLayout layout() {
        return superblock.layout();
    }

    long fsId() {
        return superblock.fsId();
    }

    /** How many groups begin on the device and end there. */
    int groupsOnDevice() {
        long whole = source.blocks() - layout().firstGroup();
        int groups = layout().groups();
        if (whole <= 0) {
            return 0;
        }
        int last = (int) Math.min(groups - 1L, whole / layout().groupBlocks());
        return layout().groupStart(last) + layout().groupLength(last) <= source.blocks() ? last + 1 : last;
    }

    /** Whether the device has the block. */
    boolean isOnDevice(long block) {
        return block >= 0 && block < source.blocks();
    }

    /** From now on {@link #read} of {@code home} gives the block {@code journalBlock}. */
    void overlay(long home, long journalBlock) {
        images.put(home, journalBlock);
    }

    /** Where the newest image of a block is, null if it is in place. */
    @Nullable Long imageOf(long home) {
        return images.get(home);
    }

    int overlaid() {
        return images.size();
    }

    /** Reads a block as replay would leave it. */
    Fetched read(long block) {
        Long image = images.get(block);
        return source.read(image == null ? block : image);
    }

    /** Reads a block as it is on the device. */
    Fetched readInPlace(long block) {
        return source.read(block);
    }

    /** Reads a block as replay would leave it; null, and a finding unless the device just ends before it, if that fails. */
    byte @Nullable [] fetch(long block, String role, Log log) {
        return switch (read(block)) {
            case Fetched.Content(byte[] bytes) -> bytes;
            case Fetched.Beyond() -> null;
            case Fetched.Failed(String why) -> {
                log.add(new Finding.BlockUnreadable(block, role, why));
                yield null;
            }
        };
    }
}
