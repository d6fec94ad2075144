package dev.quoin.clusterfs.disk;

/**
 * The content of a bitmap block: two bits for each block of the group.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 7, owner = header block of the group
 *   64  4032  entry i is the bits 2*(i%4) and 2*(i%4)+1 of byte 64+i/4: {@link BlockState}
 * </pre>
 *
 * Bitmap block k of a group holds the blocks k*16128 to k*16128+16127 of the group, the group's own overhead as metadata;
 * entries past the end of the group are metadata too, so that nothing allocates them.
 */
public final class GroupBitmap {

    /** How many blocks one bitmap block describes. */
    public static final int ENTRIES = (BlockHeader.BLOCK_SIZE - BlockHeader.SIZE) * 4;

    private static final BlockState[] STATES = BlockState.values();

    private GroupBitmap() {}

    /** The state of entry {@code index}. */
    public static BlockState get(byte[] block, int index) {
        return STATES[(block[BlockHeader.SIZE + (index >> 2)] >> (2 * (index & 3))) & 3];
    }

    /** Sets the state of entry {@code index}. */
    public static void set(byte[] block, int index, BlockState state) {
        int at = BlockHeader.SIZE + (index >> 2);
        int shift = 2 * (index & 3);
        block[at] = (byte) ((block[at] & ~(3 << shift)) | (state.ordinal() << shift));
    }

    /** The first free entry from {@code from} up to {@code to}, not included; -1 if there is none. */
    public static int nextFree(byte[] block, int from, int to) {
        int index = from;
        while (index < to) {
            if ((index & 31) == 0 && index + 32 <= to && isFull(Le.i64(block, BlockHeader.SIZE + (index >> 2)))) {
                index += 32;
            } else if (get(block, index) == BlockState.FREE) {
                return index;
            } else {
                index++;
            }
        }
        return -1;
    }

    /** How many entries from {@code from} on are free, at most {@code max} and not past {@code to}. */
    public static int freeRun(byte[] block, int from, int to, int max) {
        int end = (int) Math.min(to, (long) from + max);
        int index = from;
        while (index < end) {
            if ((index & 31) == 0 && index + 32 <= end && Le.i64(block, BlockHeader.SIZE + (index >> 2)) == 0) {
                index += 32;
            } else if (get(block, index) == BlockState.FREE) {
                index++;
            } else {
                break;
            }
        }
        return index - from;
    }

    /** Whether none of the 32 entries in the word is free. */
    private static boolean isFull(long word) {
        return ((word | (word >>> 1)) & 0x5555_5555_5555_5555L) == 0x5555_5555_5555_5555L;
    }
}
