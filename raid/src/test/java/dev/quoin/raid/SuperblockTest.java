package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Proves byte by byte what a superblock and the other structures on a member look like, and that what is unknown is refused. */
class SuperblockTest {

    private static final UUID ARRAY = new UUID(0x0102030405060708L, 0x1112131415161718L);
    private static final UUID MEMBER = new UUID(0x2122232425262728L, 0x3132333435363738L);
    private static final UUID OTHER = new UUID(0x4142434445464748L, 0x5152535455565758L);

    private static Superblock superblock(Level level, int members, int chunk) {
        List<Superblock.Role> roles = new ArrayList<>();
        roles.add(new Superblock.Role(MEMBER, RoleState.IN_SYNC, level.hasCopies(), 0));
        roles.add(new Superblock.Role(OTHER, RoleState.REBUILDING, false, 0x77, level == Level.RAID1));
        while (roles.size() < members) {
            roles.add(new Superblock.Role(OTHER, RoleState.REBUILDING, false, 0x77));
        }
        return new Superblock(
                ARRAY,
                MEMBER,
                0x55,
                level,
                0,
                chunk,
                true,
                true,
                true,
                level == Level.RAID3,
                level == Level.RAID1 ? JournalPolicy.HEADERS : JournalPolicy.FULL,
                0x66,
                new Regions(0x100000, 0x30000, 0x40000, 0x70000, 0x1000, 0x80000, 0x70000),
                "main",
                roles,
                List.of(OTHER),
                null);
    }

    private static String hex(ByteBuffer bytes, int from, int length) {
        byte[] part = new byte[length];
        bytes.get(from, part);
        return HexFormat.of().formatHex(part);
    }

    @Test
    void encode_ofEveryLevel_givesTheBytesOfTheTable() {
        ByteBuffer raid6 = superblock(Level.RAID6, 4, 65536).encode();
        assertThat(hex(raid6, 0, 12)).isEqualTo("51554f494e524431" + "01000000");
        assertThat(hex(raid6, 16, 16)).isEqualTo("00000000" + "00000000" + "00000000" + "00100000");
        assertThat(hex(raid6, 32, 32))
                .isEqualTo("0807060504030201" + "1817161514131211" + "2827262524232221" + "3837363534333231");
        assertThat(hex(raid6, 64, 48))
                .isEqualTo(
                        "5500000000000000" // events
                                + "06000000" // level
                                + "02000000" // layout
                                + "04000000" // members
                                + "00000000" // role
                                + "00000100" // chunk
                                + "07000000" // clean, complete, zeroed
                                + "0000000000000000"
                                + "6600000000000000"); // scrubbed
        assertThat(hex(raid6, 112, 56))
                .isEqualTo("0000100000000000" + "0000030000000000" + "0000040000000000" + "0000070000000000"
                        + "0010000000000000" + "0000080000000000" + "0000070000000000");
        assertThat(hex(raid6, 192, 8)).isEqualTo("6d61696e00000000");
        assertThat(hex(raid6, 256, 64))
                .isEqualTo("2827262524232221" + "3837363534333231" + "00000000" + "00000000" + "0000000000000000"
                        + "4847464544434241" + "5857565554535251" + "01000000" + "00000000" + "7700000000000000");
        assertThat(hex(raid6, 3072, 48))
                .as("spares")
                .isEqualTo("01000000" + "000000000000000000000000" + "4847464544434241" + "5857565554535251"
                        + "00000000000000000000000000000000");
        ByteBuffer raid10 = superblock(Level.RAID10, 3, 4096).encode();
        assertThat(hex(raid10, 72, 24))
                .isEqualTo("0a000000" + "02010000" + "03000000" + "00000000" + "00100000" + "07000000");
        assertThat(hex(raid10, 276, 4)).as("write-mostly").isEqualTo("01000000");
        ByteBuffer raid3 = superblock(Level.RAID3, 5, 1024).encode();
        assertThat(hex(raid3, 72, 24))
                .isEqualTo("03000000" + "00000000" + "05000000" + "00000000" + "00040000" + "0f000000");
        assertThat(hex(superblock(Level.RAID0, 2, 4096).encode(), 72, 8)).isEqualTo("0000000000000000");
        assertThat(hex(superblock(Level.RAID1, 2, 4096).encode(), 72, 8)).isEqualTo("0100000000000000");
        assertThat(hex(superblock(Level.RAID1, 2, 4096).encode(), 308, 4))
                .as("catches up")
                .isEqualTo("02000000");
        assertThat(hex(superblock(Level.RAID5, 3, 4096).encode(), 72, 8)).isEqualTo("0500000002000000");
        assertThat(hex(superblock(Level.RAID1, 2, 4096).encode(), 16, 12))
                .as("journal policy headers")
                .isEqualTo("00000000" + "00000000" + "02000000");
    }

    @Test
    void encode_whileTheLayoutChanges_saysHowFarAndSoThatOthersKeepOff() {
        Superblock superblock = superblock(Level.RAID5, 4, 65536).withReshape(new Superblock.Reshape(3, 0x1234));
        ByteBuffer bytes = superblock.encode();
        assertThat(hex(bytes, 16, 12)).isEqualTo("00000000" + "00000000" + "01000000");
        assertThat(hex(bytes, 80, 4)).isEqualTo("04000000");
        assertThat(hex(bytes, 168, 24)).isEqualTo("3412000000000000" + "03000000" + "000000000000000000000000");
        assertThat(Superblock.parse(bytes)).isEqualTo(new Superblock.Parsed.Valid(superblock));
        Superblock other = superblock.withReshape(new Superblock.Reshape(2, 0x1234));
        assertThat(Superblock.parse(other.encode())).isInstanceOf(Superblock.Parsed.Unusable.class);
        assertThat(hex(superblock(Level.RAID5, 4, 65536).encode(), 168, 24)).isEqualTo("00".repeat(24));
    }

    @Test
    void parse_ofWhatWasEncoded_givesTheSame() {
        for (Level level : Level.values()) {
            int members = 4;
            while (!level.allows(members)) {
                members++;
            }
            Superblock superblock = superblock(level, members, level == Level.RAID3 ? 1024 : 65536);
            assertThat(Superblock.parse(superblock.encode())).isEqualTo(new Superblock.Parsed.Valid(superblock));
        }
    }

    /** As the first version wrote it, before there were other levels. */
    @Test
    void parse_ofARaid5SuperblockWithoutTheNewFields_isValid() {
        ByteBuffer bytes = superblock(Level.RAID5, 3, 65536).encode().order(ByteOrder.LITTLE_ENDIAN);
        for (int role = 0; role < 3; role++) {
            bytes.putInt(256 + role * 32 + 20, 0).putLong(256 + role * 32 + 24, 0);
        }
        bytes.putLong(96, 0x77);
        Crc.seal(bytes, Superblock.SIZE, 12);
        assertThat(Superblock.parse(bytes)).isInstanceOf(Superblock.Parsed.Valid.class);
    }

    @Test
    void parse_ofUnknownLevelsAndPlacements_saysWhatItFound() {
        assertRefused(72, 4);
        assertRefused(76, 3);
        assertRefused(80, 33);
        assertRefused(88, 12288);
        assertRefused(24, 1);
        assertRefused(3072, 33);
        assertRefused(24, 4);
    }

    private static void assertRefused(int field, int value) {
        ByteBuffer bytes = superblock(Level.RAID5, 4, 65536).encode().order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(field, value);
        Crc.seal(bytes, Superblock.SIZE, 12);
        assertThat(Superblock.parse(bytes)).isInstanceOf(Superblock.Parsed.Unusable.class);
    }

    /** With cells over something, of a batch before which others of that kind were in place. */
    @Test
    void partHeader_givesTheBytesOfTheTable() {
        var record = new BandRecord(5, 2, 1, 4, 0);
        record.put(3, 2, Pending.data(record, 0x11223344, new byte[4096], 0));
        record.leaveOut(3, 2, 0x55667788);
        record.sequence(7);
        var batch = new Batch(List.of(record), 7, 6, 4, 8, 0b1000, 0, 4096, new long[4], new int[4], 4096);
        ByteBuffer part = JournalPart.encode(ARRAY, 9, batch);
        JournalPart.address(part.position(0), 3, 4096);
        assertThat(hex(part, 32, 48))
                .isEqualTo("0900000000000000" + "0700000000000000" + "0600000000000000" + "0800000000000000"
                        + "03000000" + "08000000" + "00000000" + "01000000");
        assertThat(hex(part, 80, 96))
                .isEqualTo("0400000000000000" + "0500000000000000" + "0100000000000000" + "0300000000000000"
                        + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0000000000000000"
                        + "0000000000000000" + "0400000000000000" + "4433221188776655" + "0000000000000000");
        JournalPart decoded = JournalPart.decode(part, 4, 4);
        assertThat(decoded).isNotNull();
        assertThat(decoded.over()).isEqualTo(4);
    }

    @Test
    void patchHeader_givesTheBytesOfTheTable() {
        int[] checksums = {0x11223344, 0x55667788, 0x77777777, 0x66666666};
        var column = new JournalPart.ColumnChange(3, 0b1, 0, 0b10, 0, 0b100, 0b1000, checksums);
        ByteBuffer patch =
                JournalPart.encodePatch(ARRAY, 9, 7, 0b1010, List.of(new JournalPart.Change(5, List.of(column))));
        JournalPart.address(patch, 3, 3 * 4096);
        assertThat(hex(patch, 0, 4)).isEqualTo("514a5033");
        assertThat(hex(patch, 8, 8)).isEqualTo("00100000" + "00300000");
        assertThat(hex(patch, 32, 48))
                .isEqualTo("0900000000000000" + "0700000000000000" + "0000000000000000" + "0000000000000000"
                        + "03000000" + "00000000" + "0a000000" + "01000000");
        assertThat(hex(patch, 80, 96))
                .isEqualTo("0000000000000000" + "0500000000000000" + "0100000000000000" + "0300000000000000"
                        + "0100000000000000"
                        + "0000000000000000" + "0200000000000000" + "0000000000000000" + "0400000000000000"
                        + "0800000000000000" + "4433221188776655" + "7777777766666666");
        JournalPart decoded = JournalPart.decode(patch, 4, 4);
        assertThat(decoded).isNotNull();
        assertThat(decoded.isPatch()).isTrue();
        assertThat(decoded.changes().getFirst().columns().getFirst().over()).isEqualTo(0b1000);
        assertThat(decoded.changes().getFirst().columns().getFirst().checksums())
                .isEqualTo(checksums);
    }
}
