package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;

/**
 * Ends a journal record; without it the record does not exist.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 5, owner 0, version = sequence
 *   64     8  sequence of the record
 *   72     8  epoch
 *   80     4  blocks in the record, with this one
 *   84     4  CRC32C of all blocks of the record before this one
 *   88     8  time of the commit, nanoseconds since 1970, for people
 *   96  4000  reserved, zero
 * </pre>
 */
public record JournalCommit(long sequence, long epoch, int blocks, int crc, long committed) {

    /** The sealed block for the address {@code block}. */
    public byte[] encode(long fsId, long block, int slot) {
        byte[] out = new byte[BlockHeader.BLOCK_SIZE];
        new BlockHeader(BlockType.JOURNAL_COMMIT, fsId, block, 0, sequence, slot).encode(out);
        Le.putI64(out, 64, sequence);
        Le.putI64(out, 72, epoch);
        Le.putI32(out, 80, blocks);
        Le.putI32(out, 84, crc);
        Le.putI64(out, 88, committed);
        BlockHeader.seal(out);
        return out;
    }

    /** Reads a commit block from the address {@code block}. */
    public static Decoded<JournalCommit> decode(byte[] content, long fsId, long block) {
        if (BlockHeader.decode(content, fsId, block, BlockType.JOURNAL_COMMIT, 0)
                instanceof Corrupt<BlockHeader> corrupt) {
            return corrupt.retyped();
        }
        return new Decoded.Valid<>(new JournalCommit(
                Le.i64(content, 64),
                Le.i64(content, 72),
                Le.i32(content, 80),
                Le.i32(content, 84),
                Le.i64(content, 88)));
    }
}
