package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What Linux md knows about one device of an array: its superblock of version 1 (struct mdp_superblock_1 of the kernel's
 * include/uapi/linux/raid/md_p.h). Little-endian, lengths and places in sectors of 512 bytes. Pure.
 *
 * <pre>
 * offset | size | field                          | when we write it
 *      0 |    4 | magic a92b4efc
 *      4 |    4 | major version                  | 1
 *      8 |    4 | features                       | 1000h, "layout of RAID 0 is told", for level 0; else 0
 *     16 |   16 | UUID of the array              | that of our array
 *     32 |   32 | name                           | as much of ours as fits, padded with zeroes
 *     64 |    8 | creation: seconds (40 bits), microseconds (24 bits)
 *     72 |    4 | level
 *     76 |    4 | layout                         | level 0: 2; levels 5 and 6: 2; level 10: 102h; level 1: 0
 *     80 |    8 | used of each device            | 0 for level 0
 *     88 |    4 | chunk                          | 0 for level 1
 *     92 |    4 | number of roles
 *     96 |   32 | bitmap and reshape             | zero: none
 *    128 |    8 | where the data begin
 *    136 |    8 | length of the data
 *    144 |    8 | where this superblock lies
 *    152 |    8 | recovered up to                | zero
 *    160 |    4 | number of this device          | its role
 *    164 |    4 | corrected read errors          | zero
 *    168 |   16 | UUID of this device            | that of our member
 *    184 |    1 | flags: 1 write-mostly
 *    185 |    7 | bad-block log                  | zero: none
 *    192 |    8 | last change: seconds (40 bits), microseconds (24 bits)
 *    200 |    8 | events                         | those of our array
 *    208 |    8 | in sync up to                  | all ones: clean
 *    216 |    4 | checksum
 *    220 |    4 | entries of the table           | 128
 *    224 |   32 | zero
 *    256 |  2 x | for each device number its role, fffeh failed, ffffh spare
 * </pre>
 *
 * <p>The checksum is the sum of all 32-bit words up to the end of the table, with this field zero, in 64 bits; then its upper half
 * is added to the lower.
 *
 * <p>Linux and mdadm write whole seconds as the last change, so microseconds tell that neither has written since.
 *
 * @param level as md numbers them; others than ours in what others wrote
 * @param changedMicros of the last change; below a second
 * @param roles by device number
 */
record MdSuperblock(
        UUID array,
        String name,
        long createdSeconds,
        int level,
        int layout,
        long usedSectors,
        int chunkSectors,
        int raidDisks,
        long dataOffset,
        long dataSectors,
        long superOffset,
        int number,
        UUID device,
        boolean writeMostly,
        long changedSeconds,
        int changedMicros,
        long events,
        boolean clean,
        List<Integer> roles) {

    static final int SIZE = 4096;
    static final int SECTOR = 512;

    /** In the table of roles: the device failed, or there is none. */
    static final int FAILED = 0xfffe;

    /** In the table of roles: the device has no role. */
    static final int SPARE = 0xffff;

    private static final int MAGIC = 0xa92b4efc;
    private static final int RAID0_LAYOUT = 0x1000;
    private static final int NAME_BYTES = 32;
    private static final int CHECKSUM_AT = 216;
    private static final int ROLES_AT = 256;
    private static final int ENTRIES = 128;
    private static final int ENTRIES_MAX = (SIZE - ROLES_AT) / 2;
    private static final long SECONDS = (1L << 40) - 1;

    /** What the bytes at a place turned out to be. */
    sealed interface Parsed {
        /** A superblock of version 1. */
        record Valid(MdSuperblock superblock) implements Parsed {}

        /** None. */
        record Absent() implements Parsed {}

        /** One that says nothing that can be relied on. */
        record Unusable(String reason) implements Parsed {}
    }

    MdSuperblock {
        roles = List.copyOf(roles);
        if (roles.size() > ENTRIES) {
            throw new IllegalArgumentException(roles.size() + " roles found, at most " + ENTRIES + " expected");
        }
    }

    /** Where version 1.0 lies on a device of so many bytes: 8 to 12 KiB before its end. */
    static long place(long deviceSize) {
        return (deviceSize / SECTOR - 16) / 8 * 8 * SECTOR;
    }

    /** The role of this device, or {@link #FAILED} or {@link #SPARE}. */
    int role() {
        return number >= 0 && number < roles.size() ? roles.get(number) : SPARE;
    }

    ByteBuffer encode() {
        ByteBuffer b = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, MAGIC).putInt(4, 1).putInt(8, level == 0 && layout != 0 ? RAID0_LAYOUT : 0);
        putUuid(b, 16, array);
        b.put(32, cut(name));
        b.putLong(64, createdSeconds & SECONDS);
        b.putInt(72, level).putInt(76, layout).putLong(80, usedSectors);
        b.putInt(88, chunkSectors).putInt(92, raidDisks);
        b.putLong(128, dataOffset).putLong(136, dataSectors).putLong(144, superOffset);
        b.putInt(160, number);
        putUuid(b, 168, device);
        b.put(184, (byte) (writeMostly ? 1 : 0));
        b.putLong(192, (changedSeconds & SECONDS) | ((long) changedMicros << 40));
        b.putLong(200, events).putLong(208, clean ? -1 : 0).putInt(220, ENTRIES);
        for (int i = 0; i < ENTRIES; i++) {
            b.putShort(ROLES_AT + 2 * i, (short) (i < roles.size() ? roles.get(i) : SPARE));
        }
        return b.putInt(CHECKSUM_AT, checksum(b, ENTRIES)).position(0);
    }

    static Parsed parse(ByteBuffer bytes) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (b.getInt(0) != MAGIC) {
            return new Parsed.Absent();
        }
        if (b.getInt(4) != 1) {
            return new Parsed.Unusable("version " + b.getInt(4) + " found, 1 expected");
        }
        int entries = b.getInt(220);
        if (entries < 0 || entries > ENTRIES_MAX || b.getInt(CHECKSUM_AT) != checksum(b, entries)) {
            return new Parsed.Unusable("its checksum is wrong");
        }
        List<Integer> roles = new ArrayList<>();
        for (int i = 0; i < Math.min(entries, ENTRIES); i++) {
            roles.add(Short.toUnsignedInt(b.getShort(ROLES_AT + 2 * i)));
        }
        while (!roles.isEmpty() && roles.getLast() == SPARE) {
            roles.removeLast();
        }
        return new Parsed.Valid(new MdSuperblock(
                uuid(b, 16),
                name(b),
                b.getLong(64) & SECONDS,
                b.getInt(72),
                b.getInt(76),
                b.getLong(80),
                b.getInt(88),
                b.getInt(92),
                b.getLong(128),
                b.getLong(136),
                b.getLong(144),
                b.getInt(160),
                uuid(b, 168),
                (b.get(184) & 1) != 0,
                b.getLong(192) & SECONDS,
                (int) (b.getLong(192) >>> 40),
                b.getLong(200),
                b.getLong(208) == -1,
                roles));
    }

    private static int checksum(ByteBuffer b, int entries) {
        int end = ROLES_AT + 2 * entries;
        long sum = 0;
        for (int at = 0; at + 4 <= end; at += 4) {
            sum += at == CHECKSUM_AT ? 0 : Integer.toUnsignedLong(b.getInt(at));
        }
        sum += end % 4 == 0 ? 0 : Short.toUnsignedLong(b.getShort(end - 2));
        return (int) (sum + (sum >>> 32));
    }

    /** As many whole characters as fit. */
    private static byte[] cut(String name) {
        int end = name.length();
        while (name.substring(0, end).getBytes(StandardCharsets.UTF_8).length > NAME_BYTES) {
            end = name.offsetByCodePoints(end, -1);
        }
        return name.substring(0, end).getBytes(StandardCharsets.UTF_8);
    }

    private static String name(ByteBuffer b) {
        byte[] name = new byte[NAME_BYTES];
        b.get(32, name);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    /** As text shows it: md and mdadm take the bytes in their order. */
    private static void putUuid(ByteBuffer b, int at, UUID uuid) {
        b.putLong(at, Long.reverseBytes(uuid.getMostSignificantBits()));
        b.putLong(at + 8, Long.reverseBytes(uuid.getLeastSignificantBits()));
    }

    private static UUID uuid(ByteBuffer b, int at) {
        return new UUID(Long.reverseBytes(b.getLong(at)), Long.reverseBytes(b.getLong(at + 8)));
    }
}
