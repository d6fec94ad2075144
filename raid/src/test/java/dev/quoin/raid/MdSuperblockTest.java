package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Proves byte by byte what a superblock of Linux md looks like, and what is made of those that others wrote. */
class MdSuperblockTest {

    private static final UUID ARRAY = new UUID(0x0102030405060708L, 0x1112131415161718L);
    private static final UUID DEVICE = new UUID(0x2122232425262728L, 0x3132333435363738L);

    private static MdSuperblock superblock(int level, int layout, String name) {
        return new MdSuperblock(
                ARRAY,
                name,
                0x6a000001,
                level,
                layout,
                0x1000,
                128,
                3,
                0x800,
                0x1000,
                0x7ff0,
                1,
                DEVICE,
                true,
                0x6a000002,
                0x12345,
                0x55,
                true,
                List.of(0, 1, MdSuperblock.FAILED));
    }

    private static String hex(ByteBuffer bytes, int from, int length) {
        byte[] part = new byte[length];
        bytes.get(from, part);
        return HexFormat.of().formatHex(part);
    }

    @Test
    void encode_givesTheBytesOfTheTable() {
        ByteBuffer bytes = superblock(10, 0x102, "main").encode();
        assertThat(bytes.remaining()).isEqualTo(4096);
        assertThat(hex(bytes, 0, 16)).isEqualTo("fc4e2ba9" + "01000000" + "00000000" + "00000000");
        assertThat(hex(bytes, 16, 16)).isEqualTo("0102030405060708" + "1112131415161718");
        assertThat(hex(bytes, 32, 32)).isEqualTo("6d61696e" + "00".repeat(28));
        assertThat(hex(bytes, 64, 32))
                .isEqualTo("0100006a00000000" + "0a000000" + "02010000" + "0010000000000000" + "80000000" + "03000000");
        assertThat(hex(bytes, 96, 32)).isEqualTo("00".repeat(32));
        assertThat(hex(bytes, 128, 32))
                .isEqualTo("0008000000000000" + "0010000000000000" + "f07f000000000000" + "0000000000000000");
        assertThat(hex(bytes, 160, 8)).isEqualTo("01000000" + "00000000");
        assertThat(hex(bytes, 168, 16)).isEqualTo("2122232425262728" + "3132333435363738");
        assertThat(hex(bytes, 184, 8)).isEqualTo("0100000000000000");
        assertThat(hex(bytes, 192, 24)).isEqualTo("0200006a00452301" + "5500000000000000" + "ffffffffffffffff");
        assertThat(hex(bytes, 220, 36)).isEqualTo("80000000" + "00".repeat(32));
        assertThat(hex(bytes, 256, 256)).isEqualTo("0000" + "0100" + "feff" + "ffff".repeat(125));
        assertThat(hex(bytes, 512, 3584)).isEqualTo("00".repeat(3584));
        assertThat(hex(bytes, 216, 4)).as("checksum").isEqualTo(hex(sum(bytes), 0, 4));
        assertThat(hex(superblock(0, 2, "x").encode(), 8, 4))
                .as("features of level 0")
                .isEqualTo("00100000");
        assertThat(hex(superblock(5, 2, "x").encode(), 8, 4)).isEqualTo("00000000");
    }

    /** The rule in words once more: add up words, then the carries. */
    private static ByteBuffer sum(ByteBuffer bytes) {
        ByteBuffer words = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0);
        java.math.BigInteger sum = java.math.BigInteger.ZERO;
        for (int word = 0; word < 128; word++) {
            long value = Integer.toUnsignedLong(words.getInt());
            sum = sum.add(java.math.BigInteger.valueOf(word == 54 ? 0 : value));
        }
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, sum.intValue() + sum.shiftRight(32).intValue());
    }

    @Test
    void name_longerThanItsField_isCutBetweenCharacters() {
        assertThat(parse(superblock(5, 2, "n" + "\u00e9".repeat(31)).encode()).name())
                .isEqualTo("n" + "\u00e9".repeat(15));
        assertThat(parse(superblock(5, 2, "\ud83d\ude00".repeat(9)).encode()).name())
                .isEqualTo("\ud83d\ude00".repeat(8));
        assertThat(parse(superblock(5, 2, "n".repeat(64)).encode()).name()).isEqualTo("n".repeat(32));
    }

    private static MdSuperblock parse(ByteBuffer bytes) {
        assertThat(MdSuperblock.parse(bytes)).isInstanceOf(MdSuperblock.Parsed.Valid.class);
        return ((MdSuperblock.Parsed.Valid) MdSuperblock.parse(bytes)).superblock();
    }

    @Test
    void parse_ofWhatWasEncoded_givesTheSame() {
        MdSuperblock superblock = superblock(6, 2, "main");
        assertThat(parse(superblock.encode())).isEqualTo(superblock);
        assertThat(superblock.role()).isEqualTo(1);
    }

    @Test
    void parse_ofTablesOfAllLengths_readsNoFurther() {
        for (int entries : new int[] {0, 1, 3, 384, 1920}) {
            ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
            bytes.put(superblock(6, 2, "main").encode()).putInt(220, entries);
            bytes.putInt(216, checksum(bytes, entries));
            assertThat(parse(bytes.position(0)).raidDisks()).isEqualTo(3);
        }
        for (int entries : new int[] {-1, 1921, Integer.MAX_VALUE}) {
            ByteBuffer bytes = superblock(6, 2, "main").encode().order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(220, entries);
            assertThat(MdSuperblock.parse(bytes)).isInstanceOf(MdSuperblock.Parsed.Unusable.class);
        }
    }

    private static int checksum(ByteBuffer bytes, int entries) {
        bytes.putInt(216, 0);
        long sum = 0;
        for (int at = 0; at < 256 + 2 * entries; at += 2) {
            sum += (long) Short.toUnsignedInt(bytes.getShort(at)) << (at % 4 == 0 ? 0 : 16);
        }
        return (int) ((sum & 0xffffffffL) + (sum >>> 32));
    }

    @Test
    void parse_ofAnyByteTurnedOver_isNotTheSame() {
        MdSuperblock superblock = superblock(6, 2, "main");
        for (int at = 0; at < 512; at++) {
            ByteBuffer bytes = superblock.encode();
            bytes.put(at, (byte) (bytes.get(at) ^ 0x10));
            assertThat(MdSuperblock.parse(bytes)).as("byte %d", at).isNotInstanceOf(MdSuperblock.Parsed.Valid.class);
        }
        assertThat(MdSuperblock.parse(ByteBuffer.allocate(4096))).isEqualTo(new MdSuperblock.Parsed.Absent());
    }

    /** 8 KiB before the end, down to a multiple of 4 KiB, as the kernel and mdadm look for it. */
    @Test
    void place_isBetweenTheDataAndOurLastCopy_onDevicesOfAllSizes() throws Exception {
        for (long size = 4 << 20; size < (4 << 20) + 8192; size += 512) {
            long sectors = size / 512;
            long place = MdSuperblock.place(size);
            assertThat(place).isEqualTo((sectors - 16 - (sectors - 16) % 8) * 512);
            Regions regions = Regions.of("member", size, Addressing.of(Level.RAID5, 3, 65536));
            assertThat(place).isGreaterThanOrEqualTo(regions.dataOffset() + regions.dataLength());
            assertThat(place + 4096).isLessThanOrEqualTo(regions.endCopyOffset());
        }
    }

    @Test
    void roles_ofMoreDevicesThanItsTableHas_areRefused() {
        List<Integer> many = new ArrayList<>(Collections.nCopies(129, 0));
        MdSuperblock one = superblock(5, 2, "main");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> new MdSuperblock(
                        one.array(),
                        one.name(),
                        0,
                        5,
                        2,
                        0,
                        0,
                        3,
                        0,
                        0,
                        0,
                        0,
                        one.device(),
                        false,
                        0,
                        0,
                        0,
                        true,
                        many))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
