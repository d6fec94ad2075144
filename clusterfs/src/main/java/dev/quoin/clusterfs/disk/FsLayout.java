package dev.quoin.clusterfs.disk;

/**
 * Where everything is. All numbers are blocks of 4,096 bytes.
 *
 * <pre>
 * 0          16 unused blocks
 * 16         superblock
 * 17         one claim block for each slot
 * 17+slots   the journals, {@code journalBlocks} each
 * firstGroup resource groups of {@code groupBlocks} each, the last one possibly shorter
 * blocks-1   copy of the superblock
 * </pre>
 *
 * A group begins with its header and its bitmap blocks. Groups 1 and the powers of 3, 5 and 7 then keep a copy of the superblock.
 *
 * @param blocks the size of the file system
 * @param slots how many nodes can mount it at once
 * @param journalBlocks the size of one journal
 * @param groupBlocks the size of one resource group
 */
public record FsLayout(long blocks, int slots, int journalBlocks, int groupBlocks) {

    /** The address of the superblock. */
    public static final long SUPERBLOCK = 16;

    /** The most slots. */
    public static final int SLOTS_MAX = 64;

    /** The smallest journal, in blocks. */
    public static final int JOURNAL_BLOCKS_MIN = 1024;

    /** The smallest resource group, in blocks; a shorter rest at the end is not used. */
    public static final int GROUP_BLOCKS_MIN = 64;

    /** The largest resource group, in blocks (1 GiB). */
    public static final int GROUP_BLOCKS_MAX = 262_144;

    /** The largest file system, in blocks (1 EiB). */
    public static final long BLOCKS_MAX = 1L << 48;

    public FsLayout {
        check(slots >= 1 && slots <= SLOTS_MAX, "slots", slots, "1 to " + SLOTS_MAX);
        check(journalBlocks >= JOURNAL_BLOCKS_MIN, "journal blocks", journalBlocks, "at least " + JOURNAL_BLOCKS_MIN);
        check(
                groupBlocks >= GROUP_BLOCKS_MIN && groupBlocks <= GROUP_BLOCKS_MAX,
                "group blocks",
                groupBlocks,
                GROUP_BLOCKS_MIN + " to " + GROUP_BLOCKS_MAX);
        long least = SUPERBLOCK + 1 + slots + (long) slots * journalBlocks + GROUP_BLOCKS_MIN + 1;
        check(blocks >= least && blocks <= BLOCKS_MAX, "blocks", blocks, least + " to " + BLOCKS_MAX);
    }

    private static void check(boolean holds, String what, long found, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(what + " " + found + " found, " + expected + " expected");
        }
    }

    /** The claim block of a slot. */
    public long claimBlock(int slot) {
        return SUPERBLOCK + 1 + slot;
    }

    /** The first block of a slot's journal. */
    public long journalStart(int slot) {
        return SUPERBLOCK + 1 + slots + (long) slot * journalBlocks;
    }

    /** The first block of the first group. */
    public long firstGroup() {
        return journalStart(slots);
    }

    /** The block with the last copy of the superblock. */
    public long lastCopy() {
        return blocks - 1;
    }

    /** How many groups there are. */
    public int groups() {
        long space = lastCopy() - firstGroup();
        long rest = space % groupBlocks;
        return Math.toIntExact(space / groupBlocks + (rest >= GROUP_BLOCKS_MIN ? 1 : 0));
    }

    /** The header block of a group. */
    public long groupStart(int group) {
        return firstGroup() + (long) group * groupBlocks;
    }

    /** The size of a group with its header and bitmap. */
    public int groupLength(int group) {
        return (int) Math.min(groupBlocks, lastCopy() - groupStart(group));
    }

    /** How many bitmap blocks a group has. */
    public int bitmapBlocks(int group) {
        return (groupLength(group) + GroupBitmap.ENTRIES - 1) / GroupBitmap.ENTRIES;
    }

    /** The bitmap block that holds the state of {@code block}, which must be in a group. */
    public long bitmapBlockOf(long block) {
        int group = groupOf(block);
        return groupStart(group) + 1 + (block - groupStart(group)) / GroupBitmap.ENTRIES;
    }

    /** Where in its bitmap block the state of {@code block} is. */
    public int bitmapIndexOf(long block) {
        return (int) ((block - groupStart(groupOf(block))) % GroupBitmap.ENTRIES);
    }

    /** Whether a group keeps a copy of the superblock. */
    public static boolean hasCopy(int group) {
        return group == 1 || isPower(group, 3) || isPower(group, 5) || isPower(group, 7);
    }

    private static boolean isPower(int value, int base) {
        int rest = value;
        while (rest > 1 && rest % base == 0) {
            rest /= base;
        }
        return value > 1 && rest == 1;
    }

    /** The block with the copy of the superblock in a group that {@link #hasCopy}. */
    public long copyBlock(int group) {
        return groupStart(group) + 1 + bitmapBlocks(group);
    }

    /** How many blocks at the start of a group are never free: header, bitmap, copy of the superblock. */
    public int groupOverhead(int group) {
        return 1 + bitmapBlocks(group) + (hasCopy(group) ? 1 : 0);
    }

    /** The group of a block, -1 if it is in none. */
    public int groupOf(long block) {
        if (block < firstGroup() || block >= lastCopy()) {
            return -1;
        }
        long group = (block - firstGroup()) / groupBlocks;
        return group < groups() ? (int) group : -1;
    }

    /** Whether a block is in a group and is not part of the group's own overhead. */
    public boolean isAllocatable(long block) {
        int group = groupOf(block);
        return group >= 0 && block - groupStart(group) >= groupOverhead(group);
    }
}
