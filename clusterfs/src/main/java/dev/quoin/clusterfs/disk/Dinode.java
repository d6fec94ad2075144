package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of an inode, as they are in its block beside its content.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 8, owner = own block number
 *   64     4  generation
 *   68     2  type, see {@link FileType}
 *   70     2  permission bits, 0 to 07777
 *   72     4  uid
 *   76     4  gid
 *   80     4  links; of a directory 2 + its subdirectories
 *   84     4  layout: 0 the content is the file's bytes, 1 the content is the root {@link TreeNode}
 *   88     8  size in bytes; of a directory the number of its entries
 *   96     8  blocks: this one, tree nodes and data
 *  104     8  time of the last change of content, nanoseconds since 1970
 *  112     8  time of the last change of anything
 *  120     8  time of creation
 *  128     8  time of the last read
 *  136     8  of a directory: block number of the parent's inode; else 0
 *  144     4  of a directory: generation of the parent's inode; else 0
 *  148     4  device number of a device file; else 0
 *  152   104  reserved, zero
 *  256  3840  content: bytes (zero past the size), or the root node of the extent or directory tree
 * </pre>
 *
 * @param size bytes; of a directory the number of its entries
 * @param blocks this one, tree nodes and data
 */
public record Dinode(
        int generation,
        FileType type,
        int permissions,
        int uid,
        int gid,
        int links,
        Layout layout,
        long size,
        long blocks,
        long mtime,
        long ctime,
        long btime,
        long atime,
        @Nullable InodeId parent,
        int device) {

    /** Where the content begins in the block. */
    public static final int CONTENT_AT = 256;

    /** How many bytes of content fit into the block. */
    public static final int CONTENT_SIZE = BlockHeader.BLOCK_SIZE - CONTENT_AT;

    /** The largest permission bits. */
    public static final int PERMISSIONS_MAX = 0xFFF;

    /** The most links. */
    public static final int LINKS_MAX = Integer.MAX_VALUE;

    /** What the content is. The ordinals are on disk. */
    public enum Layout {
        /** The file's bytes. */
        INLINE,
        /** The root node of a tree. */
        TREE
    }

    /** The same with changed content. */
    public Dinode withContent(long newSize, long newBlocks, long now) {
        return new Dinode(
                generation,
                type,
                permissions,
                uid,
                gid,
                links,
                layout,
                newSize,
                newBlocks,
                now,
                now,
                btime,
                atime,
                parent,
                device);
    }

    /** The same with another number of links. */
    public Dinode withLinks(int newLinks, long now) {
        return new Dinode(
                generation,
                type,
                permissions,
                uid,
                gid,
                newLinks,
                layout,
                size,
                blocks,
                mtime,
                now,
                btime,
                atime,
                parent,
                device);
    }

    /** The same with another kind of content. */
    public Dinode withLayout(Layout newLayout) {
        return new Dinode(
                generation,
                type,
                permissions,
                uid,
                gid,
                links,
                newLayout,
                size,
                blocks,
                mtime,
                ctime,
                btime,
                atime,
                parent,
                device);
    }

    /** The same with another parent. */
    public Dinode withParent(@Nullable InodeId newParent, long now) {
        return new Dinode(
                generation,
                type,
                permissions,
                uid,
                gid,
                links,
                layout,
                size,
                blocks,
                mtime,
                now,
                btime,
                atime,
                newParent,
                device);
    }

    /** The same with another owner and permissions. */
    public Dinode withOwner(int newPermissions, int newUid, int newGid, long now) {
        return new Dinode(
                generation,
                type,
                newPermissions,
                newUid,
                newGid,
                links,
                layout,
                size,
                blocks,
                mtime,
                now,
                btime,
                atime,
                parent,
                device);
    }

    /** The same with other times. */
    public Dinode withTimes(long newMtime, long newAtime, long now) {
        return new Dinode(
                generation,
                type,
                permissions,
                uid,
                gid,
                links,
                layout,
                size,
                blocks,
                newMtime,
                now,
                btime,
                newAtime,
                parent,
                device);
    }

    /** The same with other blocks. */
    public Dinode withBlocks(long newBlocks) {
        return new Dinode(
                generation,
                type,
                permissions,
                uid,
                gid,
                links,
                layout,
                size,
                newBlocks,
                mtime,
                ctime,
                btime,
                atime,
                parent,
                device);
    }

    /** Whether this is a directory. */
    public boolean isDirectory() {
        return type == FileType.DIRECTORY;
    }

    /** Writes the attributes; header and content are the caller's. */
    public void encode(byte[] target) {
        Le.putI32(target, 64, generation);
        Le.putU16(target, 68, type.code());
        Le.putU16(target, 70, permissions);
        Le.putI32(target, 72, uid);
        Le.putI32(target, 76, gid);
        Le.putI32(target, 80, links);
        Le.putI32(target, 84, layout.ordinal());
        Le.putI64(target, 88, size);
        Le.putI64(target, 96, blocks);
        Le.putI64(target, 104, mtime);
        Le.putI64(target, 112, ctime);
        Le.putI64(target, 120, btime);
        Le.putI64(target, 128, atime);
        Le.putI64(target, 136, parent == null ? 0 : parent.block());
        Le.putI32(target, 144, parent == null ? 0 : parent.generation());
        Le.putI32(target, 148, device);
    }

    /** Reads and checks the inode at {@code block}; its tree root is checked by {@link TreeNode#parse}. */
    public static Decoded<Dinode> decode(byte[] content, long fsId, long block) {
        if (BlockHeader.decode(content, fsId, block, BlockType.DINODE, block) instanceof Corrupt<BlockHeader> corrupt) {
            return corrupt.retyped();
        }
        return decodeBody(content);
    }

    /** Reads and checks the attributes of a block whose header is known to be sound. */
    public static Decoded<Dinode> decodeBody(byte[] content) {
        FileType type = FileType.ofCode(Le.u16(content, 68));
        if (type == null) {
            return Decoded.corrupt(Reason.BAD_FIELD, "type", Le.u16(content, 68), "a POSIX file type");
        }
        int layoutCode = Le.i32(content, 84);
        if (layoutCode < 0 || layoutCode > 1 || (layoutCode == 0 && type == FileType.DIRECTORY)) {
            return Decoded.corrupt(Reason.BAD_FIELD, "layout", layoutCode, "0 or 1, for a directory 1");
        }
        Layout layout = Layout.values()[layoutCode];
        long size = Le.i64(content, 88);
        if (size < 0 || (layout == Layout.INLINE && size > CONTENT_SIZE)) {
            return Decoded.corrupt(Reason.BAD_FIELD, "size", size, "not negative, inline at most " + CONTENT_SIZE);
        }
        if (Le.u16(content, 70) > PERMISSIONS_MAX) {
            return Decoded.corrupt(Reason.BAD_FIELD, "permissions", Le.u16(content, 70), "at most " + PERMISSIONS_MAX);
        }
        if (Le.i32(content, 80) < 0) {
            return Decoded.corrupt(Reason.BAD_FIELD, "links", Le.i32(content, 80), "not negative");
        }
        long parent = Le.i64(content, 136);
        return new Decoded.Valid<>(new Dinode(
                Le.i32(content, 64),
                type,
                Le.u16(content, 70),
                Le.i32(content, 72),
                Le.i32(content, 76),
                Le.i32(content, 80),
                layout,
                size,
                Le.i64(content, 96),
                Le.i64(content, 104),
                Le.i64(content, 112),
                Le.i64(content, 120),
                Le.i64(content, 128),
                parent == 0 ? null : new InodeId(parent, Le.i32(content, 144)),
                Le.i32(content, 148)));
    }
}
