package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Reason;
import java.util.Arrays;

/**
 * A view of a node of a B+tree inside a block: the root in an inode from byte 256 on, any other node from byte 64 on.
 *
 * <pre>
 * byte  size  field, from the start of the node
 *    0     2  level: 0 leaf, else the values are block numbers of nodes one level lower
 *    2     2  records
 *    4     2  bytes of records
 *    6    10  reserved, zero
 *   16        records in strictly rising order of key, packed:
 *             key (8, not negative), length of the value n (2), value (n)
 * </pre>
 *
 * The key of a child is not greater than any key below it and greater than all keys below earlier children. Unused bytes
 * are zero.
 *
 * <p>Not safe for use by several threads while one changes it.
 */
public final class TreeNode {

    /** The highest level of a root: far more than the largest file needs. */
    public static final int LEVEL_MAX = 8;

    /** The longest value of a record, so that a node always holds several. */
    public static final int VALUE_MAX = 300;

    private static final int RECORDS_AT = 16;
    private static final int RECORD_HEAD = 10;

    private final byte[] block;
    private final int start;
    private int[] offsets = new int[8];
    private int count;
    private int end;

    private TreeNode(byte[] block, int start) {
        this.block = block;
        this.start = start;
    }

    /** Where the node begins in a block of this type. */
    public static int startIn(BlockType type) {
        return type == BlockType.DINODE ? Dinode.CONTENT_AT : BlockHeader.SIZE;
    }

    /** Makes an empty node from {@code start} to the end of the block. */
    public static TreeNode create(byte[] block, int start, int level) {
        Arrays.fill(block, start, BlockHeader.BLOCK_SIZE, (byte) 0);
        Le.putU16(block, start, level);
        TreeNode node = new TreeNode(block, start);
        node.end = start + RECORDS_AT;
        return node;
    }

    /** Checks a node and makes a view of it. */
    public static Decoded<TreeNode> parse(byte[] block, int start) {
        TreeNode node = new TreeNode(block, start);
        int records = Le.u16(block, start + 2);
        int limit = start + RECORDS_AT + Le.u16(block, start + 4);
        if (node.level() > LEVEL_MAX) {
            return Decoded.corrupt(Reason.BAD_FIELD, "level", node.level(), "at most " + LEVEL_MAX);
        }
        if (limit > BlockHeader.BLOCK_SIZE) {
            return Decoded.corrupt(Reason.BAD_FIELD, "bytes of records", Le.u16(block, start + 4), "inside the block");
        }
        int at = start + RECORDS_AT;
        long previous = -1;
        for (int i = 0; i < records; i++) {
            if (limit - at < RECORD_HEAD || limit - at - RECORD_HEAD < Le.u16(block, at + 8)) {
                return Decoded.corrupt(Reason.BAD_FIELD, "record " + i, "an end past " + limit, "inside the node");
            }
            long key = Le.i64(block, at);
            int length = Le.u16(block, at + 8);
            if (key <= previous || length > VALUE_MAX || (node.level() > 0 && length != 8)) {
                return Decoded.corrupt(
                        Reason.BAD_FIELD,
                        "record " + i,
                        "key " + key + ", length " + length,
                        "a key above " + previous);
            }
            previous = key;
            node.append(at);
            at += RECORD_HEAD + length;
        }
        if (at != limit) {
            return Decoded.corrupt(Reason.BAD_FIELD, "bytes of records", limit - start, at - start);
        }
        node.end = at;
        return new Decoded.Valid<>(node);
    }

    private void append(int at) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, count * 2);
        }
        offsets[count++] = at;
    }

    /** 0 for a leaf. */
    public int level() {
        return Le.u16(block, start);
    }

    /** How many records there are. */
    public int count() {
        return count;
    }

    /** The key of record {@code index}. */
    public long key(int index) {
        return Le.i64(block, offsets[index]);
    }

    /** A copy of the value of record {@code index}. */
    public byte[] value(int index) {
        int at = offsets[index];
        return Arrays.copyOfRange(block, at + RECORD_HEAD, at + RECORD_HEAD + Le.u16(block, at + 8));
    }

    /** The child of record {@code index} of an inner node. */
    public long child(int index) {
        return Le.i64(block, offsets[index] + RECORD_HEAD);
    }

    /** The index of the first record whose key is not less than {@code key}; {@link #count} if there is none. */
    public int ceiling(long key) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (key(middle) < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The index of the child to go to for {@code key}: the last whose key is not greater, else the first. */
    public int childFor(long key) {
        int index = ceiling(key);
        return index < count && key(index) == key ? index : Math.max(0, index - 1);
    }

    /** How many more bytes of records fit. */
    public int room() {
        return BlockHeader.BLOCK_SIZE - end;
    }

    /** How many bytes a record with such a value takes. */
    public static int sizeOf(int valueLength) {
        return RECORD_HEAD + valueLength;
    }

    /** How many bytes of records there are. */
    public int used() {
        return end - start - RECORDS_AT;
    }

    /** Inserts a record, for which there must be {@link #room} and no record with this key. */
    public void insert(long key, byte[] value) {
        int index = ceiling(key);
        int size = sizeOf(value.length);
        if (size > room() || value.length > VALUE_MAX || (index < count && key(index) == key)) {
            throw new IllegalStateException("record " + key + " of " + size
                    + " bytes does not fit into a node with room for " + room() + " or is there already");
        }
        int at = index < count ? offsets[index] : end;
        System.arraycopy(block, at, block, at + size, end - at);
        Le.putI64(block, at, key);
        Le.putU16(block, at + 8, value.length);
        System.arraycopy(value, 0, block, at + RECORD_HEAD, value.length);
        append(0);
        for (int i = count - 1; i > index; i--) {
            offsets[i] = offsets[i - 1] + size;
        }
        offsets[index] = at;
        end += size;
        store();
    }

    /** Lowers the key of record {@code index}, which must stay above the key before it. */
    public void setKey(int index, long key) {
        Le.putI64(block, offsets[index], key);
    }

    /** Replaces the value of record {@code index} by one of the same length. */
    public void setValue(int index, byte[] value) {
        int at = offsets[index];
        if (value.length != Le.u16(block, at + 8)) {
            throw new IllegalStateException(
                    "value of " + value.length + " bytes found, " + Le.u16(block, at + 8) + " bytes expected");
        }
        System.arraycopy(value, 0, block, at + RECORD_HEAD, value.length);
    }

    /** Removes record {@code index}. */
    public void remove(int index) {
        int at = offsets[index];
        int size = sizeOf(Le.u16(block, at + 8));
        System.arraycopy(block, at + size, block, at, end - at - size);
        Arrays.fill(block, end - size, end, (byte) 0);
        for (int i = index; i < count - 1; i++) {
            offsets[i] = offsets[i + 1] - size;
        }
        count--;
        end -= size;
        store();
    }

    /** Moves the records from {@code from} on to the end of {@code target}, which must have room and only smaller keys. */
    public void moveTo(TreeNode target, int from) {
        for (int i = from; i < count; i++) {
            target.insert(key(i), value(i));
        }
        int cut = from < count ? offsets[from] : end;
        Arrays.fill(block, cut, end, (byte) 0);
        count = from;
        end = cut;
        store();
    }

    /** The index at which to split so that both halves hold about as many bytes; from 1 to count-1. */
    public int middle() {
        int half = start + RECORDS_AT + used() / 2;
        int index = 1;
        while (index < count - 1 && offsets[index] < half) {
            index++;
        }
        return index;
    }

    private void store() {
        Le.putU16(block, start + 2, count);
        Le.putU16(block, start + 4, used());
    }
}
