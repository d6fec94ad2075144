package dev.quoin.raid;

import static dev.quoin.raid.Addressing.BLOCK;

import dev.quoin.device.DeviceException;

/**
 * What lies where on a member. Offsets and lengths in bytes, multiples of 4,096.
 *
 * <pre>
 * from            | length              | what
 * 0               | 4 KiB               | left alone: boot sector, partition table
 * 4 KiB           | 4 x 4 KiB           | superblocks, written in turn        {@link Superblock}
 * 32 KiB          | 2 x 4 KiB           | write-intent bitmap, two slots      {@link IntentBitmap}
 * 64 KiB          | 64 KiB              | bad-block log                       {@link BadBlockLog}
 * 128 KiB         | 2 x 4 KiB           | journal heads, two slots            {@link JournalHead}
 * 192 KiB         | 1/32 of the member, | journal ring                        {@link JournalPart}
 *                 |   64 MiB at most    |
 * behind it       | 4 B for each cell   | checksums, little-endian            {@link ChecksumTable}
 * aligned         | whole stripes       | data
 * last 12 KiB     | up to 8 KiB         | superblock of Linux md 1.0, if the array is exported  {@link MdSuperblock}
 * last 4 KiB      | 4 KiB               | one more copy of the superblock
 * </pre>
 *
 * <p>A cell is what one checksum is of: 4 KiB, in RAID 3 a slice of a block. The data begin at a multiple of 1 MiB, on members below 64 MiB of 64 KiB.
 *
 * @param memberSize the size of the device that this was made for, in bytes
 */
record Regions(
        long memberSize,
        long journalOffset,
        long journalLength,
        long checksumsOffset,
        long checksumsLength,
        long dataOffset,
        long dataLength) {

    static final long SUPERBLOCKS_OFFSET = BLOCK;
    static final int SUPERBLOCK_SLOTS = 4;
    static final long BITMAP_OFFSET = 32 * 1024;
    static final long BAD_BLOCKS_OFFSET = 64 * 1024;
    static final int BAD_BLOCKS_LENGTH = 64 * 1024;
    static final long JOURNAL_HEADS_OFFSET = 128 * 1024;
    static final long JOURNAL_OFFSET = 192 * 1024;

    /** The largest journal ring that is chosen by itself, in bytes. */
    static final long JOURNAL_MAX = 64L * 1024 * 1024;

    private static final long JOURNAL_MIN = 256 * 1024;
    /** For the last copy of the superblock and, before it, that of Linux md. */
    private static final long TAIL = 64 * 1024;

    private static final long SMALL_MEMBER = 64L * 1024 * 1024;
    private static final long ENTRIES_PER_PAGE = BLOCK / 4;

    /**
     * Divides a member.
     *
     * @param name of the device, for the message
     * @param size of the device in bytes
     * @throws DeviceException if not even one stripe fits
     */
    static Regions of(String name, long size, Addressing map) throws DeviceException {
        int unit = map.unitBytes();
        long journal = Math.max(journalFloor(map.bandBytes()), Math.min(JOURNAL_MAX, size / 32));
        journal = roundUp(journal, 64 * 1024);
        long checksums = JOURNAL_OFFSET + journal;
        long align = size < SMALL_MEMBER ? 64 * 1024 : 1024 * 1024;
        long usable = size / BLOCK * BLOCK - TAIL;
        // An upper bound first; the checksums for it take no more room than those for what is left.
        long perPage = map.cell() * ENTRIES_PER_PAGE;
        long pages = roundUp(Math.max(0, usable - checksums), perPage) / perPage;
        long data = roundUp(checksums + pages * BLOCK, align);
        long length = (usable - data) / unit * unit;
        if (length < unit) {
            throw new DeviceException(
                    DeviceException.Code.OUT_OF_RANGE,
                    name,
                    "size " + size + " found, at least " + (data + unit + TAIL) + " expected for a member of "
                            + map.level() + " with chunks of " + map.chunkBytes());
        }
        return new Regions(size, JOURNAL_OFFSET, journal, checksums, pages * BLOCK, data, length);
    }

    /** The same division with the data cut to what the smallest member has. */
    Regions withDataLength(long length) {
        return new Regions(
                memberSize, journalOffset, journalLength, checksumsOffset, checksumsLength, dataOffset, length);
    }

    /** Where the last copy of the superblock lies. */
    long endCopyOffset() {
        return memberSize / BLOCK * BLOCK - BLOCK;
    }

    /** A ring must hold several of the largest parts, or it could fill up with one batch under way. */
    private static long journalFloor(long bandBytes) {
        return Math.max(JOURNAL_MIN, 8 * (bandBytes + 2 * BLOCK));
    }

    private static long roundUp(long value, long multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }
}
