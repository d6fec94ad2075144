package dev.quoin.clusterfs.journal;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.JournalCommit;
import dev.quoin.clusterfs.disk.JournalDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A record as it goes to the ring, pure.
 *
 * @param images sealed blocks; not copied, leave them alone
 * @param revokes blocks of which no image up to this record may be replayed
 */
record JournalRecord(long sequence, long epoch, List<Image> images, List<Long> revokes) {

    /** One image: a sealed block of 4,096 bytes and where it belongs. */
    record Image(long block, long version, byte[] content) {}

    /** How many blocks such a record takes. */
    static int blocksFor(int images, int revokes) {
        return images + chunksFor(images, revokes) + 1;
    }

    private static int chunksFor(int images, int revokes) {
        int forImages = (images + JournalDescriptor.IMAGES_MAX - 1) / JournalDescriptor.IMAGES_MAX;
        int forRevokes = (revokes + JournalDescriptor.REVOKES_MAX - 1) / JournalDescriptor.REVOKES_MAX;
        return Math.max(1, Math.max(forImages, forRevokes));
    }

    /** How many blocks the record takes. */
    int blocks() {
        return blocksFor(images.size(), revokes.size());
    }

    /** The position that is {@code steps} blocks behind {@code position} in a ring over the blocks 1 to length-1. */
    static int advance(int position, int steps, int length) {
        return 1 + Math.floorMod(position - 1 + steps, length - 1);
    }

    /** All blocks of the record in a row, for the ring position {@code position} of a slot's journal. */
    ByteBuffer encode(long fsId, FsLayout layout, int slot, int position, long now) {
        int blocks = blocks();
        byte[] out = new byte[blocks * BlockHeader.BLOCK_SIZE];
        int at = 0;
        int chunks = chunksFor(images.size(), revokes.size());
        for (int chunk = 0; chunk < chunks; chunk++) {
            List<Image> mine = part(images, chunk, JournalDescriptor.IMAGES_MAX);
            List<JournalDescriptor.Image> listed = new ArrayList<>(mine.size());
            mine.forEach(image -> listed.add(new JournalDescriptor.Image(image.block, image.version)));
            JournalDescriptor descriptor = new JournalDescriptor(
                    sequence, epoch, chunk, listed, part(revokes, chunk, JournalDescriptor.REVOKES_MAX));
            at = put(out, at, descriptor.encode(fsId, address(layout, slot, position, at), slot));
            for (Image image : mine) {
                at = put(out, at, image.content);
            }
        }
        CRC32C crc = new CRC32C();
        crc.update(out, 0, at);
        JournalCommit commit = new JournalCommit(sequence, epoch, blocks, (int) crc.getValue(), now);
        put(out, at, commit.encode(fsId, address(layout, slot, position, at), slot));
        return ByteBuffer.wrap(out);
    }

    private static long address(FsLayout layout, int slot, int position, int at) {
        return layout.journalStart(slot) + advance(position, at / BlockHeader.BLOCK_SIZE, layout.journalBlocks());
    }

    private static int put(byte[] out, int at, byte[] block) {
        System.arraycopy(block, 0, out, at, BlockHeader.BLOCK_SIZE);
        return at + BlockHeader.BLOCK_SIZE;
    }

    private static <T> List<T> part(List<T> all, int chunk, int size) {
        int from = Math.min(all.size(), chunk * size);
        return all.subList(from, Math.min(all.size(), from + size));
    }
}
