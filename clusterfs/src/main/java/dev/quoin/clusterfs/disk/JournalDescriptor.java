package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import java.util.ArrayList;
import java.util.List;

/**
 * Begins a chunk of a journal record. A record is one or more chunks and a {@link JournalCommit}; a chunk is a descriptor
 * and the images that it lists, each a whole sealed metadata block.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 4, owner 0, version = sequence
 *   64     8  sequence of the record
 *   72     8  epoch
 *   80     4  number of the chunk in the record, from 0
 *   84     2  images n, at most 200
 *   86     2  revokes r, at most 100
 *   88   16n  per image: its block number (8), its block version (8)
 *  88+16n 8r  per revoke: a block number
 * </pre>
 *
 * A revoke says that no image of that block in this or an earlier record may be replayed: the block was freed, or it is in
 * place and its lock was passed on.
 */
public record JournalDescriptor(long sequence, long epoch, int chunk, List<Image> images, List<Long> revokes) {

    /** The most images in one chunk. */
    public static final int IMAGES_MAX = 200;

    /** The most revokes in one chunk. */
    public static final int REVOKES_MAX = 100;

    /**
     * One image.
     *
     * @param block where it belongs
     * @param version its block version
     */
    public record Image(long block, long version) {}

    public JournalDescriptor {
        images = List.copyOf(images);
        revokes = List.copyOf(revokes);
        if (images.size() > IMAGES_MAX || revokes.size() > REVOKES_MAX) {
            throw new IllegalArgumentException(images.size() + " images and " + revokes.size()
                    + " revokes found, at most " + IMAGES_MAX + " and " + REVOKES_MAX + " expected");
        }
    }

    /** The sealed block for the address {@code block}. */
    public byte[] encode(long fsId, long block, int slot) {
        byte[] out = new byte[BlockHeader.BLOCK_SIZE];
        new BlockHeader(BlockType.JOURNAL_DESCRIPTOR, fsId, block, 0, sequence, slot).encode(out);
        Le.putI64(out, 64, sequence);
        Le.putI64(out, 72, epoch);
        Le.putI32(out, 80, chunk);
        Le.putU16(out, 84, images.size());
        Le.putU16(out, 86, revokes.size());
        int at = 88;
        for (Image image : images) {
            Le.putI64(out, at, image.block);
            Le.putI64(out, at + 8, image.version);
            at += 16;
        }
        for (long revoke : revokes) {
            Le.putI64(out, at, revoke);
            at += 8;
        }
        BlockHeader.seal(out);
        return out;
    }

    /** Reads a descriptor from the address {@code block}. */
    public static Decoded<JournalDescriptor> decode(byte[] content, long fsId, long block) {
        if (BlockHeader.decode(content, fsId, block, BlockType.JOURNAL_DESCRIPTOR, 0)
                instanceof Corrupt<BlockHeader> corrupt) {
            return corrupt.retyped();
        }
        int imageCount = Le.u16(content, 84);
        int revokeCount = Le.u16(content, 86);
        if (imageCount > IMAGES_MAX || revokeCount > REVOKES_MAX) {
            return Decoded.corrupt(
                    Reason.BAD_FIELD,
                    "images+revokes",
                    imageCount + "+" + revokeCount,
                    "at most " + IMAGES_MAX + "+" + REVOKES_MAX);
        }
        List<Image> images = new ArrayList<>(imageCount);
        int at = 88;
        for (int i = 0; i < imageCount; i++, at += 16) {
            images.add(new Image(Le.i64(content, at), Le.i64(content, at + 8)));
        }
        List<Long> revokes = new ArrayList<>(revokeCount);
        for (int i = 0; i < revokeCount; i++, at += 8) {
            revokes.add(Le.i64(content, at));
        }
        return new Decoded.Valid<>(
                new JournalDescriptor(Le.i64(content, 64), Le.i64(content, 72), Le.i32(content, 80), images, revokes));
    }
}
