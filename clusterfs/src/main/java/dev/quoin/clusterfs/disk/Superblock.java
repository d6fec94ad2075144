package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * What describes the file system as a whole. Written by mkfs only; copies differ in their own block number alone.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 1, owner 0
 *   64    16  uuid; the file system id is its first 8 bytes, little-endian
 *   80     8  size in blocks
 *   88     4  bytes in a block, 4096
 *   92     4  slots
 *   96     4  blocks in a journal
 *  100     4  blocks in a resource group
 *  104     8  block number of the root directory's inode
 *  112     4  generation of the root directory's inode
 *  116     4  reserved, zero
 *  120     8  compatible features: unknown bits do not matter
 *  128     8  read-only compatible features: with unknown bits, mount read-only
 *  136     8  incompatible features: with unknown bits, refuse
 *  144     8  time of mkfs, nanoseconds since 1970
 *  152    16  key of the directory hash
 *  168     2  length of the label in bytes
 *  170    64  label, UTF-8, filled up with zeroes
 *  234  3862  reserved, zero
 * </pre>
 *
 * @param rootBlock the block of the root directory's inode
 * @param created nanoseconds since 1970
 * @param hashKey0 low half of the key of the directory hash
 * @param label at most 64 bytes of UTF-8
 */
public record Superblock(
        UUID uuid,
        FsLayout layout,
        long rootBlock,
        int rootGeneration,
        Features features,
        long created,
        long hashKey0,
        long hashKey1,
        String label) {

    /** The longest label, in bytes of UTF-8. */
    public static final int LABEL_MAX = 64;

    /**
     * Three sets of feature bits.
     *
     * @param compatible unknown bits do not matter
     * @param readOnlyCompatible with unknown bits the file system may be read only
     * @param incompatible with unknown bits the file system may not be touched
     */
    public record Features(long compatible, long readOnlyCompatible, long incompatible) {
        /** No feature beyond the first format. */
        public static final Features NONE = new Features(0, 0, 0);
    }

    public Superblock {
        if (label.getBytes(StandardCharsets.UTF_8).length > LABEL_MAX) {
            throw new IllegalArgumentException(
                    "label \"" + label + "\" found, at most " + LABEL_MAX + " bytes of UTF-8 expected");
        }
    }

    /** The id in the header of each block and in the name of each lock. */
    public long fsId() {
        return Long.reverseBytes(uuid.getMostSignificantBits());
    }

    /** The sealed block for the address {@code block}. */
    public byte[] encode(long block) {
        byte[] out = new byte[BlockHeader.BLOCK_SIZE];
        new BlockHeader(BlockType.SUPERBLOCK, fsId(), block, 0, 1, BlockHeader.NO_SLOT).encode(out);
        Le.putUuid(out, 64, uuid);
        Le.putI64(out, 80, layout.blocks());
        Le.putI32(out, 88, BlockHeader.BLOCK_SIZE);
        Le.putI32(out, 92, layout.slots());
        Le.putI32(out, 96, layout.journalBlocks());
        Le.putI32(out, 100, layout.groupBlocks());
        Le.putI64(out, 104, rootBlock);
        Le.putI32(out, 112, rootGeneration);
        Le.putI64(out, 120, features.compatible);
        Le.putI64(out, 128, features.readOnlyCompatible);
        Le.putI64(out, 136, features.incompatible);
        Le.putI64(out, 144, created);
        Le.putI64(out, 152, hashKey0);
        Le.putI64(out, 160, hashKey1);
        byte[] text = label.getBytes(StandardCharsets.UTF_8);
        Le.putU16(out, 168, text.length);
        System.arraycopy(text, 0, out, 170, text.length);
        BlockHeader.seal(out);
        return out;
    }

    /** Whether the bytes look like a superblock, sound or not, of any file system: a reason not to format over them. */
    public static boolean isLikely(byte[] content) {
        return Le.i32(content, 0) == BlockHeader.MAGIC && Le.u16(content, 4) == BlockType.SUPERBLOCK.code();
    }

    /** Reads a superblock or a copy from the address {@code block}. */
    public static Decoded<Superblock> decode(byte[] content, long block) {
        long fsId = Le.i64(content, 64);
        if (BlockHeader.decode(content, fsId, block, BlockType.SUPERBLOCK, 0) instanceof Corrupt<BlockHeader> corrupt) {
            return corrupt.retyped();
        }
        if (Le.i64(content, 136) != 0) {
            return Decoded.corrupt(
                    Reason.UNKNOWN_FORMAT, "incompatible features", BlockHeader.hex(Le.i64(content, 136)), "none");
        }
        if (Le.i32(content, 88) != BlockHeader.BLOCK_SIZE) {
            return Decoded.corrupt(Reason.BAD_FIELD, "block size", Le.u32(content, 88), BlockHeader.BLOCK_SIZE);
        }
        int labelLength = Le.u16(content, 168);
        if (labelLength > LABEL_MAX) {
            return Decoded.corrupt(Reason.BAD_FIELD, "label length", labelLength, "0 to " + LABEL_MAX);
        }
        FsLayout layout;
        try {
            layout = new FsLayout(Le.i64(content, 80), Le.i32(content, 92), Le.i32(content, 96), Le.i32(content, 100));
        } catch (IllegalArgumentException impossible) {
            return new Corrupt<>(Reason.BAD_FIELD, "layout", String.valueOf(impossible.getMessage()));
        }
        long root = Le.i64(content, 104);
        if (!layout.isAllocatable(root)) {
            return Decoded.corrupt(Reason.BAD_FIELD, "root inode", root, "a block inside a resource group");
        }
        return new Decoded.Valid<>(new Superblock(
                Le.uuid(content, 64),
                layout,
                root,
                Le.i32(content, 112),
                new Features(Le.i64(content, 120), Le.i64(content, 128), Le.i64(content, 136)),
                Le.i64(content, 144),
                Le.i64(content, 152),
                Le.i64(content, 160),
                new String(content, 170, labelLength, StandardCharsets.UTF_8)));
    }
}
