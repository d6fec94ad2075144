package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Reason;
import java.util.zip.CRC32C;

/**
 * The first 64 bytes of each metadata block.
 *
 * <pre>
 * byte  size  field
 *    0     4  magic 0x31534651 ("QFS1")
 *    4     2  block type, see {@link BlockType}
 *    6     2  format version, now 1
 *    8     8  file system id
 *   16     8  own block number
 *   24     8  owner: the block number of the inode that it belongs to, 0 if to none
 *   32     8  block version: one more with each logged change, never less than any earlier block had at this address
 *   40     4  slot whose node wrote it last, 0xFFFFFFFF for mkfs and fsck
 *   44    16  reserved, zero
 *   60     4  CRC32C of the 4,096 bytes with this field as zero
 * </pre>
 *
 * @param version unsigned; of a journal block, the sequence of its record
 */
public record BlockHeader(BlockType type, long fsId, long block, long owner, long version, int slot) {

    /** The size of each block of the file system, in bytes. */
    public static final int BLOCK_SIZE = 4096;

    /** The size of the header, in bytes; the content begins here. */
    public static final int SIZE = 64;

    /** The slot number of what no mounted node wrote. */
    public static final int NO_SLOT = -1;

    static final int MAGIC = 0x31534651;
    static final int FORMAT_VERSION = 1;
    static final int CRC_AT = 60;
    private static final int VERSION_AT = 32;
    private static final int SLOT_AT = 40;
    private static final byte[] FOUR_ZEROES = new byte[4];

    /** Writes the header without its checksum: {@link #seal} goes last. */
    public void encode(byte[] target) {
        Le.putI32(target, 0, MAGIC);
        Le.putU16(target, 4, type.code());
        Le.putU16(target, 6, FORMAT_VERSION);
        Le.putI64(target, 8, fsId);
        Le.putI64(target, 16, block);
        Le.putI64(target, 24, owner);
        Le.putI64(target, VERSION_AT, version);
        Le.putI32(target, SLOT_AT, slot);
        Le.putI32(target, 44, 0);
        Le.putI64(target, 48, 0);
        Le.putI64(target, 56, 0);
    }

    /** Stores the checksum; nothing of the block may change afterwards. */
    public static void seal(byte[] content) {
        Le.putI32(content, CRC_AT, checksum(content));
    }

    /** The block version of a sound or not yet sealed block. */
    public static long versionOf(byte[] content) {
        return Le.i64(content, VERSION_AT);
    }

    /** Sets the block version and the writing slot; {@link #seal} must follow. */
    public static void stamp(byte[] content, long version, int slot) {
        Le.putI64(content, VERSION_AT, version);
        Le.putI32(content, SLOT_AT, slot);
    }

    /**
     * Checks everything about a block that needs no knowledge of its content.
     *
     * @param content 4,096 bytes
     * @param fsId the file system that it should belong to
     * @param block the address that it was read from
     */
    public static Decoded<BlockHeader> decode(byte[] content, long fsId, long block) {
        if (Le.i32(content, 0) != MAGIC) {
            return Decoded.corrupt(Reason.BAD_MAGIC, "magic", hex(Le.u32(content, 0)), hex(MAGIC));
        }
        int stored = Le.i32(content, CRC_AT);
        int computed = checksum(content);
        if (stored != computed) {
            return Decoded.corrupt(
                    Reason.BAD_CHECKSUM, "crc32c", hex(stored & 0xFFFF_FFFFL), hex(computed & 0xFFFF_FFFFL));
        }
        if (Le.u16(content, 6) != FORMAT_VERSION) {
            return Decoded.corrupt(Reason.UNKNOWN_FORMAT, "format version", Le.u16(content, 6), FORMAT_VERSION);
        }
        BlockType type = BlockType.ofCode(Le.u16(content, 4));
        if (type == null) {
            return Decoded.corrupt(Reason.WRONG_TYPE, "type", Le.u16(content, 4), "1 to 10");
        }
        if (Le.i64(content, 8) != fsId) {
            return Decoded.corrupt(Reason.WRONG_FILE_SYSTEM, "file system id", hex(Le.i64(content, 8)), hex(fsId));
        }
        if (Le.i64(content, 16) != block) {
            return Decoded.corrupt(Reason.WRONG_ADDRESS, "block number", Le.i64(content, 16), block);
        }
        return new Decoded.Valid<>(new BlockHeader(
                type, fsId, block, Le.i64(content, 24), Le.i64(content, VERSION_AT), Le.i32(content, SLOT_AT)));
    }

    /** As {@link #decode(byte[], long, long)}, and the block must be of {@code type} and belong to {@code owner}. */
    public static Decoded<BlockHeader> decode(byte[] content, long fsId, long block, BlockType type, long owner) {
        Decoded<BlockHeader> decoded = decode(content, fsId, block);
        if (decoded instanceof Decoded.Valid<BlockHeader>(BlockHeader header)) {
            if (header.type != type) {
                return Decoded.corrupt(Reason.WRONG_TYPE, "type", header.type, type);
            }
            if (header.owner != owner) {
                return Decoded.corrupt(Reason.WRONG_OWNER, "owner inode", header.owner, owner);
            }
        }
        return decoded;
    }

    private static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content, 0, CRC_AT);
        crc.update(FOUR_ZEROES, 0, 4);
        crc.update(content, SIZE, BLOCK_SIZE - SIZE);
        return (int) crc.getValue();
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
