package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;

/**
 * The counters of a resource group.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 6, owner 0
 *   64     4  number of the group
 *   68     4  length of the group in blocks, with its overhead
 *   72     4  free blocks
 *   76     4  inodes
 *   80     4  last inode generation given out in this group
 *   84     4  reserved, zero
 *   88     8  version floor: at least the version of every metadata block that was ever freed in this group
 *   96  4000  reserved, zero
 * </pre>
 *
 * A new metadata block begins with the version floor plus one, so that an image of a former life is always older.
 */
public record GroupHeader(int group, int length, int free, int inodes, int generation, long versionFloor) {

    /** Writes the fields; the {@link BlockHeader} is the caller's. */
    public void encode(byte[] target) {
        Le.putI32(target, 64, group);
        Le.putI32(target, 68, length);
        Le.putI32(target, 72, free);
        Le.putI32(target, 76, inodes);
        Le.putI32(target, 80, generation);
        Le.putI64(target, 88, versionFloor);
    }

    /** Reads the header of {@code group}. */
    public static Decoded<GroupHeader> decode(byte[] content, long fsId, FsLayout layout, int group) {
        if (BlockHeader.decode(content, fsId, layout.groupStart(group), BlockType.GROUP_HEADER, 0)
                instanceof Corrupt<BlockHeader> corrupt) {
            return corrupt.retyped();
        }
        GroupHeader found = new GroupHeader(
                Le.i32(content, 64),
                Le.i32(content, 68),
                Le.i32(content, 72),
                Le.i32(content, 76),
                Le.i32(content, 80),
                Le.i64(content, 88));
        if (found.group != group) {
            return Decoded.corrupt(Reason.BAD_FIELD, "group", found.group, group);
        }
        if (found.length != layout.groupLength(group)) {
            return Decoded.corrupt(Reason.BAD_FIELD, "length", found.length, layout.groupLength(group));
        }
        int usable = found.length - layout.groupOverhead(group);
        if (found.free < 0 || found.inodes < 0 || found.free > usable || found.inodes > usable - found.free) {
            return Decoded.corrupt(
                    Reason.BAD_FIELD, "free+inodes", found.free + "+" + found.inodes, "at most " + usable);
        }
        return new Decoded.Valid<>(found);
    }
}
