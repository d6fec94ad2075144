package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;

/**
 * The first block of a journal: where its live records begin. The blocks 1 to length-1 of the journal are a ring.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 3, owner 0
 *   64     4  slot
 *   68     4  position of the oldest live record, 1 to length-1
 *   72     8  epoch of the live records
 *   80     8  sequence of the record at that position: of the oldest live one, or of the next to be written
 *   88  4008  reserved, zero
 * </pre>
 *
 * Everything before that record is in place and durable. Reading goes on from there as long as each next position holds a sound
 * record of this epoch with the next sequence.
 */
public record JournalHeader(int slot, int position, long epoch, long sequence) {

    /** The sealed block. */
    public byte[] encode(long fsId, FsLayout layout) {
        byte[] out = new byte[BlockHeader.BLOCK_SIZE];
        new BlockHeader(BlockType.JOURNAL_HEADER, fsId, layout.journalStart(slot), 0, sequence, slot).encode(out);
        Le.putI32(out, 64, slot);
        Le.putI32(out, 68, position);
        Le.putI64(out, 72, epoch);
        Le.putI64(out, 80, sequence);
        BlockHeader.seal(out);
        return out;
    }

    /** Reads the journal header of {@code slot}. */
    public static Decoded<JournalHeader> decode(byte[] content, long fsId, FsLayout layout, int slot) {
        if (BlockHeader.decode(content, fsId, layout.journalStart(slot), BlockType.JOURNAL_HEADER, 0)
                instanceof Corrupt<BlockHeader> corrupt) {
            return corrupt.retyped();
        }
        if (Le.i32(content, 64) != slot) {
            return Decoded.corrupt(Reason.BAD_FIELD, "slot", Le.i32(content, 64), slot);
        }
        int position = Le.i32(content, 68);
        if (position < 1 || position >= layout.journalBlocks()) {
            return Decoded.corrupt(Reason.BAD_FIELD, "position", position, "1 to " + (layout.journalBlocks() - 1));
        }
        return new Decoded.Valid<>(new JournalHeader(slot, position, Le.i64(content, 72), Le.i64(content, 80)));
    }
}
