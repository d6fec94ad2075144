package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a member knows about its array. Little-endian, 4,096 bytes, format version 1:
 *
 * <pre>
 * offset | size | field
 *      0 |    8 | magic "QUOINRD1"
 *      8 |    4 | format version
 *     12 |    4 | CRC32C of the 4,096 bytes with this field zero
 *     16 |    4 | compatible features: unknown ones may be ignored
 *     20 |    4 | read-only compatible features: with an unknown one, do not write
 *     24 |    4 | incompatible features: with an unknown one, do not use; 1: the layout is being changed,
 *        |      |   2: journal policy headers
 *     28 |    4 | block size, 4,096
 *     32 |   16 | array UUID
 *     48 |   16 | member UUID
 *     64 |    8 | events: counts the changes of what follows
 *     72 |    4 | level
 *     76 |    4 | layout, md's number
 *     80 |    4 | number of members
 *     84 |    4 | role of this member, 0xffffffff for a spare
 *     88 |    4 | chunk in bytes; RAID 3: the slice of a block that goes to one member
 *     92 |    4 | flags: 1 clean, 2 complete, 4 this member's unwritten data blocks hold zeroes, 8 reads compare the parity
 *     96 |    8 | reserved, zero
 *    104 |    8 | scrubbed up to this band
 *    112 |   56 | regions: member size, then journal, checksums, data, each offset and length
 *    168 |    8 | with the incompatible feature 1: so many bands of the new layout are moved, else zero
 *    176 |    4 | with the incompatible feature 1: number of members of the old layout, else zero
 *    180 |   12 | reserved, zero
 *    192 |   64 | name in UTF-8, padded with zeroes
 *    256 |   32 | for each role: member UUID (16), state (4), flags (4): 1 write-mostly, 2 catches up with what the bitmap says,
 *        |      |   rebuilt up to this band (8); of a failed one the events that it had at least
 *   3072 |    4 | number of spares, at most 32
 *   3076 |   12 | reserved, zero
 *   3088 |   16 | for each spare: member UUID
 * </pre>
 *
 * @param member this member's UUID
 * @param clean whether the array was closed in order
 * @param complete whether the creation of the array had come to its end
 * @param zeroed whether unwritten data blocks of this member physically hold zeroes
 * @param verifiesReads whether a read compares the parity, see {@link ArraySpec#verifiesReads}
 * @param journal what of large writes over something is journalled
 * @param scrubbedBands how far a scrub that was interrupted had come, in bands
 * @param spares the member UUIDs of the devices that wait to take the role of one that fails
 * @param reshape the change of the number of members that is under way, if one is
 */
record Superblock(
        UUID array,
        UUID member,
        long events,
        Level level,
        int role,
        int chunk,
        boolean clean,
        boolean complete,
        boolean zeroed,
        boolean verifiesReads,
        JournalPolicy journal,
        long scrubbedBands,
        Regions regions,
        String name,
        List<Role> roles,
        List<UUID> spares,
        @Nullable Reshape reshape) {

    /** The role of a spare. */
    static final int SPARE = -1;

    /** How many spares an array may have. */
    static final int SPARES_MAX = 32;

    static final int SIZE = 4096;
    static final int VERSION = 1;
    static final int NAME_BYTES_MAX = 64;

    private static final long MAGIC = ByteBuffer.wrap("QUOINRD1".getBytes(StandardCharsets.US_ASCII))
            .order(ByteOrder.LITTLE_ENDIAN)
            .getLong();
    private static final int CRC_AT = 12;
    private static final int REGIONS_AT = 112;
    private static final int RESHAPE_AT = 168;
    private static final int NAME_AT = 192;
    private static final int ROLES_AT = 256;
    private static final int ROLE_SIZE = 32;
    private static final int CLEAN = 1;
    private static final int COMPLETE = 2;
    private static final int ZEROED = 4;
    private static final int VERIFIES_READS = 8;
    private static final int WRITE_MOSTLY = 1;
    private static final int CATCHES_UP = 2;
    private static final int SPARES_AT = 3072;
    private static final int SPARE_UUIDS_AT = 3088;
    private static final int RESHAPING = 1;
    private static final int HEADERS = 2;
    private static final int KNOWN = RESHAPING | HEADERS;

    /**
     * Who has a role, and how that member is.
     *
     * @param writeMostly whether it is read from only if no other has the block
     * @param rebuiltBands how far its rebuild is durable, in bands; 0 if none is under way. Of a failed one the events that its
     *     superblock had at least: a copy of it with fewer is older than what the bitmap remembers
     * @param catchesUp whether what it holds is current where the bitmap has no bit, so that its rebuild is of the rest only
     */
    record Role(UUID member, RoleState state, boolean writeMostly, long rebuiltBands, boolean catchesUp) {

        /** One that is not catching up. */
        Role(UUID member, RoleState state, boolean writeMostly, long rebuiltBands) {
            this(member, state, writeMostly, rebuiltBands, false);
        }
    }

    /**
     * A change of the number of members that is under way.
     *
     * @param members how many there were before; now there is one more
     * @param moved how many bands of the new layout are moved, durably
     */
    record Reshape(int members, long moved) {}

    /** What the bytes of a superblock slot turned out to be. */
    sealed interface Parsed {
        /** A superblock. */
        record Valid(Superblock superblock) implements Parsed {}

        /** No superblock of ours. */
        record Absent() implements Parsed {}

        /** One of ours that cannot be used. */
        record Unusable(String reason) implements Parsed {}
    }

    Superblock {
        roles = List.copyOf(roles);
        spares = List.copyOf(spares);
    }

    /** The same on the device of another role. */
    Superblock withRole(int other) {
        return with(other, regions, roles, reshape);
    }

    /** Whether a member was in use both according to this and according to other roles of the same array. */
    boolean sharesMember(List<Role> others) {
        for (int i = 0; i < roles.size() && i < others.size(); i++) {
            boolean inUse =
                    roles.get(i).state() != RoleState.FAILED && others.get(i).state() != RoleState.FAILED;
            if (inUse && roles.get(i).member().equals(others.get(i).member())) {
                return true;
            }
        }
        return false;
    }

    boolean isSpare() {
        return role == SPARE;
    }

    /** One without spares, whose layout is not being changed. */
    Superblock(
            UUID array,
            UUID member,
            long events,
            Level level,
            int role,
            int chunk,
            boolean clean,
            boolean complete,
            boolean zeroed,
            boolean verifiesReads,
            JournalPolicy journal,
            long scrubbedBands,
            Regions regions,
            String name,
            List<Role> roles) {
        this(
                array,
                member,
                events,
                level,
                role,
                chunk,
                clean,
                complete,
                zeroed,
                verifiesReads,
                journal,
                scrubbedBands,
                regions,
                name,
                roles,
                List.of(),
                null);
    }

    /** The same with other regions. */
    Superblock withRegions(Regions other) {
        return with(role, other, roles, reshape);
    }

    /** The same with other roles. */
    Superblock withRoles(List<Role> others) {
        return with(role, regions, others, reshape);
    }

    /** The same with another change of the layout under way, or none. */
    Superblock withReshape(@Nullable Reshape other) {
        return with(role, regions, roles, other);
    }

    private Superblock with(
            int otherRole, Regions otherRegions, List<Role> otherRoles, @Nullable Reshape otherReshape) {
        return new Superblock(
                array,
                member,
                events,
                level,
                otherRole,
                chunk,
                clean,
                complete,
                zeroed,
                verifiesReads,
                journal,
                scrubbedBands,
                otherRegions,
                name,
                otherRoles,
                spares,
                otherReshape);
    }

    /** Where blocks lie. */
    Addressing map() {
        return reshape == null
                ? Addressing.of(level, roles.size(), chunk)
                : Addressing.reshaping(level, reshape.members(), roles.size(), chunk);
    }

    ByteBuffer encode() {
        ByteBuffer b = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.putLong(0, MAGIC).putInt(8, VERSION).putInt(28, Addressing.BLOCK);
        putUuid(b, 32, array);
        putUuid(b, 48, member);
        b.putLong(64, events).putInt(72, level.number()).putInt(76, level.layoutNumber());
        b.putInt(80, roles.size()).putInt(84, role).putInt(88, chunk);
        int flags = (clean ? CLEAN : 0) | (complete ? COMPLETE : 0) | (zeroed ? ZEROED : 0);
        b.putInt(92, flags | (verifiesReads ? VERIFIES_READS : 0));
        b.putLong(104, scrubbedBands);
        b.position(REGIONS_AT);
        b.putLong(regions.memberSize());
        b.putLong(regions.journalOffset()).putLong(regions.journalLength());
        b.putLong(regions.checksumsOffset()).putLong(regions.checksumsLength());
        b.putLong(regions.dataOffset()).putLong(regions.dataLength());
        b.putInt(24, (reshape == null ? 0 : RESHAPING) | (journal == JournalPolicy.HEADERS ? HEADERS : 0));
        if (reshape != null) {
            b.putLong(RESHAPE_AT, reshape.moved()).putInt(RESHAPE_AT + 8, reshape.members());
        }
        b.position(NAME_AT);
        b.put(name.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < roles.size(); i++) {
            int at = ROLES_AT + i * ROLE_SIZE;
            Role each = roles.get(i);
            putUuid(b, at, each.member());
            b.putInt(at + 16, each.state().number());
            b.putInt(at + 20, (each.writeMostly() ? WRITE_MOSTLY : 0) | (each.catchesUp() ? CATCHES_UP : 0));
            b.putLong(at + 24, each.rebuiltBands());
        }
        b.putInt(SPARES_AT, spares.size());
        for (int i = 0; i < spares.size(); i++) {
            putUuid(b, SPARE_UUIDS_AT + i * 16, spares.get(i));
        }
        Crc.seal(b, SIZE, CRC_AT);
        return b.position(0);
    }

    static Parsed parse(ByteBuffer bytes) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (b.getLong(0) != MAGIC) {
            return new Parsed.Absent();
        }
        if (!Crc.holds(b, SIZE, CRC_AT)) {
            return new Parsed.Unusable("its checksum is wrong");
        }
        if (b.getInt(8) != VERSION || b.getInt(20) != 0 || (b.getInt(24) & ~KNOWN) != 0) {
            return new Parsed.Unusable("format version " + b.getInt(8) + " with features "
                    + Integer.toHexString(b.getInt(20)) + "/" + Integer.toHexString(b.getInt(24)) + " found, version "
                    + VERSION + " without any but 0/" + KNOWN + " expected: use the release that wrote it");
        }
        int count = b.getInt(80);
        Level level = Level.of(b.getInt(72)).orElse(null);
        if (level == null
                || b.getInt(76) != level.layoutNumber()
                || b.getInt(28) != Addressing.BLOCK
                || !level.allows(count)
                || b.getInt(SPARES_AT) < 0
                || b.getInt(SPARES_AT) > SPARES_MAX
                || !allowsChunk(level, count, b.getInt(88))) {
            return new Parsed.Unusable("level " + b.getInt(72) + ", layout " + b.getInt(76) + ", " + count
                    + " members, chunk " + b.getInt(88) + ", " + b.getInt(SPARES_AT)
                    + " spares found, which this release does not know");
        }
        boolean reshapes = (b.getInt(24) & RESHAPING) != 0;
        if (reshapes && (level != Level.RAID5 || b.getInt(RESHAPE_AT + 8) != count - 1 || b.getLong(RESHAPE_AT) < 0)) {
            return new Parsed.Unusable("a change from " + b.getInt(RESHAPE_AT + 8) + " members at band "
                    + b.getLong(RESHAPE_AT) + " found, one from " + (count - 1) + " of RAID 5 expected");
        }
        return new Parsed.Valid(decode(b, level, count));
    }

    private static boolean allowsChunk(Level level, int count, int chunk) {
        return level.hasChunks()
                ? chunk >= Addressing.BLOCK && Integer.bitCount(chunk) == 1
                : chunk == Addressing.BLOCK / (count - 1);
    }

    private static Superblock decode(ByteBuffer b, Level level, int count) {
        List<Role> roles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = ROLES_AT + i * ROLE_SIZE;
            int ofRole = b.getInt(at + 20);
            roles.add(new Role(
                    uuid(b, at),
                    RoleState.of(b.getInt(at + 16)),
                    (ofRole & WRITE_MOSTLY) != 0,
                    b.getLong(at + 24),
                    (ofRole & CATCHES_UP) != 0));
        }
        List<UUID> spares = new ArrayList<>();
        for (int i = 0; i < b.getInt(SPARES_AT); i++) {
            spares.add(uuid(b, SPARE_UUIDS_AT + i * 16));
        }
        int flags = b.getInt(92);
        b.position(REGIONS_AT);
        Regions regions =
                new Regions(b.getLong(), b.getLong(), b.getLong(), b.getLong(), b.getLong(), b.getLong(), b.getLong());
        return new Superblock(
                uuid(b, 32),
                uuid(b, 48),
                b.getLong(64),
                level,
                b.getInt(84),
                b.getInt(88),
                (flags & CLEAN) != 0,
                (flags & COMPLETE) != 0,
                (flags & ZEROED) != 0,
                (flags & VERIFIES_READS) != 0,
                (b.getInt(24) & HEADERS) != 0 ? JournalPolicy.HEADERS : JournalPolicy.FULL,
                b.getLong(104),
                regions,
                name(b),
                roles,
                spares,
                (b.getInt(24) & RESHAPING) == 0 ? null : new Reshape(b.getInt(RESHAPE_AT + 8), b.getLong(RESHAPE_AT)));
    }

    private static String name(ByteBuffer b) {
        byte[] name = new byte[NAME_BYTES_MAX];
        b.get(NAME_AT, name);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    private static void putUuid(ByteBuffer b, int at, UUID uuid) {
        b.putLong(at, uuid.getMostSignificantBits()).putLong(at + 8, uuid.getLeastSignificantBits());
    }

    private static UUID uuid(ByteBuffer b, int at) {
        return new UUID(b.getLong(at), b.getLong(at + 8));
    }
}
