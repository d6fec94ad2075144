package dev.quoin.clusterfs;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.FsLayout;
import java.util.UUID;

/**
 * How to make a file system.
 *
 * @param label for people, at most 64 bytes of UTF-8
 * @param uuid the identity
 * @param slots how many nodes can mount it at once, 1 to 64
 * @param journalBytes the size of each node's journal, 0 to choose by the size of the device
 * @param groupBytes the size of a resource group, 0 to choose
 * @param force overwrites a file system that is there
 */
public record MkfsOptions(String label, UUID uuid, int slots, long journalBytes, long groupBytes, boolean force) {

    private static final long MIB = 1L << 20;

    /** Eight slots, sizes by the device, a random identity, nothing overwritten. */
    public static MkfsOptions of(String label) {
        return new MkfsOptions(label, UUID.randomUUID(), 8, 0, 0, false);
    }

    /** The same, overwriting. */
    public MkfsOptions forced() {
        return new MkfsOptions(label, uuid, slots, journalBytes, groupBytes, true);
    }

    /** The same with these sizes. */
    public MkfsOptions sizes(int newSlots, long newJournalBytes, long newGroupBytes) {
        return new MkfsOptions(label, uuid, newSlots, newJournalBytes, newGroupBytes, force);
    }

    /** The same with this identity. */
    public MkfsOptions uuid(UUID newUuid) {
        return new MkfsOptions(label, newUuid, slots, journalBytes, groupBytes, force);
    }

    /** The layout on a device of {@code size} bytes: a journal takes 4 to 128 MiB, all together an eighth of a large one. */
    FsLayout layout(long size) {
        long journal = journalBytes != 0 ? journalBytes : clamp(size / 8 / slots, 4 * MIB, 128 * MIB);
        long group = groupBytes != 0 ? groupBytes : clamp(size / 16, 4 * MIB, 1024 * MIB);
        int block = BlockHeader.BLOCK_SIZE;
        return new FsLayout(size / block, slots, Math.toIntExact(journal / block), Math.toIntExact(group / block));
    }

    private static long clamp(long value, long least, long most) {
        return Math.clamp(value, least, most);
    }
}
