package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Reason;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A name in a directory: a leaf record of a directory tree, keyed by {@link DirectoryHash#key}.
 *
 * <pre>
 * byte  size  field
 *    0     8  block number of the inode
 *    8     4  generation of the inode
 *   12     1  type of the inode, see {@link FileType}
 *   13     n  name, 1 to 255 bytes, neither zero nor '/'
 * </pre>
 *
 * The names "." and ".." are not stored.
 *
 * @param key hash and collision number, also the position for readdir
 * @param name the bytes; not copied, leave them alone
 */
public record DirectoryEntry(long key, InodeId inode, FileType type, byte[] name) {

    /** The longest name, in bytes. */
    public static final int NAME_MAX = 255;

    private static final int NAME_AT = 13;

    /** The record's value. */
    public byte[] encode() {
        byte[] out = new byte[NAME_AT + name.length];
        Le.putI64(out, 0, inode.block());
        Le.putI32(out, 8, inode.generation());
        out[12] = (byte) type.code();
        System.arraycopy(name, 0, out, NAME_AT, name.length);
        return out;
    }

    /** Whether a record's value carries this name. */
    public static boolean hasName(byte[] value, byte[] name) {
        return value.length == NAME_AT + name.length
                && Arrays.equals(value, NAME_AT, value.length, name, 0, name.length);
    }

    /** Reads a record. */
    public static Decoded<DirectoryEntry> decode(long key, byte[] value) {
        int length = value.length - NAME_AT;
        if (length < 1 || length > NAME_MAX) {
            return Decoded.corrupt(Reason.BAD_FIELD, "name length", length, "1 to " + NAME_MAX);
        }
        byte[] name = Arrays.copyOfRange(value, NAME_AT, value.length);
        String flaw = flawOf(name);
        if (flaw != null) {
            return Decoded.corrupt(Reason.BAD_FIELD, "name", flaw, "a name");
        }
        FileType type = FileType.ofCode(value[12]);
        if (type == null) {
            return Decoded.corrupt(Reason.BAD_FIELD, "type", value[12], "a POSIX file type");
        }
        return new Decoded.Valid<>(
                new DirectoryEntry(key, new InodeId(Le.i64(value, 0), Le.i32(value, 8)), type, name));
    }

    /** Why these bytes cannot be a name, whatever their length; null if they can. */
    public static @Nullable String flawOf(byte[] name) {
        if (name.length == 0) {
            return "empty";
        }
        for (byte b : name) {
            if (b == 0 || b == '/') {
                return b == 0 ? "a zero byte" : "a slash";
            }
        }
        boolean dots = name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
        return dots ? "\".\" or \"..\"" : null;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DirectoryEntry that
                && key == that.key
                && inode.equals(that.inode)
                && type == that.type
                && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(key) * 31 + Arrays.hashCode(name);
    }
}
