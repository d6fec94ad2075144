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
 * <p>The checksums of a member whose device has become larger lie behind the data, before the last 64 KiB, and what was their place is
 * unused. A cell is what one checksum is of: 4 KiB, in RAID 3 a slice of a block. The data begin at a multiple of 1 MiB, on members below 64 MiB of 64 KiB.
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
    private static final long SMALL_ALIGN = 64 * 1024;
    private static final long ALIGN = 1024 * 1024;
    private static final long ENTRIES_PER_PAGE = BLOCK / 4;

    /**
     * Divides a member.
     *
     * @param name of the device, for the message
     * @param size of the device in bytes
     * @throws DeviceException if not even one stripe fits
     */
    static Regions of(String name, long size, Addressing map) throws DeviceException {
        long journal = Math.max(journalFloor(map.bandBytes()), Math.min(JOURNAL_MAX, size / 32));
        return of(name, size, map, roundUp(journal, SMALL_ALIGN), size < SMALL_MEMBER ? SMALL_ALIGN : ALIGN);
    }

    /**
     * Divides a member that has to hold what others hold that have grown: their journals are as small as when they were small.
     *
     * @param journal the length of the smallest ring of the others
     */
    static Regions tight(String name, long size, Addressing map, long journal) throws DeviceException {
        return of(name, size, map, journal, SMALL_ALIGN);
    }

    private static Regions of(String name, long size, Addressing map, long journal, long align) throws DeviceException {
        int unit = map.unitBytes();
        long checksums = JOURNAL_OFFSET + journal;
        long usable = usable(size);
        // An upper bound first; the checksums for it take no more room than those for what is left.
        long pages = pages(Math.max(0, usable - checksums), map);
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

    /**
     * The division of the same member when its device has become larger: with the checksums where they are, if they have room for
     * all that it can hold then, else with all checksums behind the data. Journal and data begin where they began. A device that
     * has grown by too little for that, about a thousandth of it, gains what its checksums have room for.
     */
    Regions grown(long size, Addressing map) {
        Regions kept = kept(size, map);
        Regions moved = moved(size, map);
        return moved.dataLength > kept.dataLength ? moved : kept;
    }

    /** As {@link #grown}, with no more data than that, and the checksums where they are if these have room for so much. */
    Regions grown(long size, Addressing map, long length) {
        Regions kept = kept(size, map);
        return (kept.dataLength >= length ? kept : moved(size, map)).withDataLength(length);
    }

    private Regions kept(long size, Addressing map) {
        long end = checksumsOffset > dataOffset ? checksumsOffset : usable(size);
        long covered = checksumsLength / 4 * map.cell();
        long length = Math.min(end - dataOffset, covered) / map.unitBytes() * map.unitBytes();
        return new Regions(
                size,
                journalOffset,
                journalLength,
                checksumsOffset,
                checksumsLength,
                dataOffset,
                Math.max(dataLength, length));
    }

    private Regions moved(long size, Addressing map) {
        long pages = pages(usable(size) - dataOffset, map);
        long checksums = usable(size) - pages * BLOCK;
        if (checksums < memberSize) {
            return this; // They would lie on something that is in use until they are there.
        }
        long length = (checksums - dataOffset) / map.unitBytes() * map.unitBytes();
        return new Regions(size, journalOffset, journalLength, checksums, pages * BLOCK, dataOffset, length);
    }

    /** What a device has before the last copy of the superblock. */
    private static long usable(long size) {
        return size / BLOCK * BLOCK - TAIL;
    }

    /** How many pages the checksums of so much data take. */
    private static long pages(long data, Addressing map) {
        long perPage = map.cell() * ENTRIES_PER_PAGE;
        return roundUp(data, perPage) / perPage;
    }

    /** Whether there is a checksum for each cell of so many bytes. */
    boolean hasRoomForChecksums(int cell) {
        return dataLength / cell * 4 <= checksumsLength;
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
