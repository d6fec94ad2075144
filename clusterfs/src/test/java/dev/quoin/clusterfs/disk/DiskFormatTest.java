package dev.quoin.clusterfs.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.property.Property;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Proves that the on-disk format is the one that is written down: golden bytes, round trips, and that damage is noticed. */
class DiskFormatTest {

    private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final FsLayout LAYOUT = new FsLayout(262_144, 8, 4096, 16_384);
    private static final Superblock SUPER =
            new Superblock(ID, LAYOUT, 32_800, 7, Superblock.Features.NONE, 0x0102030405060708L, 11, 12, "größe");
    private static final long FS = SUPER.fsId();

    private static String hex(byte[] block, int from, int to) {
        return HexFormat.of().formatHex(block, from, to);
    }

    private static <T> T valid(Decoded<T> decoded) {
        assertThat(decoded).isInstanceOf(Valid.class);
        return ((Valid<T>) decoded).value();
    }

    private static Reason reason(Decoded<?> decoded) {
        assertThat(decoded).isInstanceOf(Corrupt.class);
        return ((Corrupt<?>) decoded).reason();
    }

    @Test
    void superblock_encoded_hasGoldenBytes() {
        byte[] block = SUPER.encode(16);

        assertThat(hex(block, 0, 60))
                .isEqualTo("51465331" + "0100" + "0100" + "0011223344556677" + "1000000000000000" + "0000000000000000"
                        + "0100000000000000" + "ffffffff" + "00".repeat(16));
        assertThat(hex(block, 60, 64)).isEqualTo("e623c813");
        assertThat(hex(block, 64, 170))
                .isEqualTo("00112233445566778899aabbccddeeff" + "0000040000000000" + "00100000"
                        + "08000000" + "00100000" + "00400000" + "2080000000000000" + "07000000" + "00000000"
                        + "00".repeat(24)
                        + "0807060504030201" + "0b00000000000000" + "0c00000000000000" + "0700");
        assertThat(hex(block, 170, 180)).isEqualTo("6772c3b6c39f65000000");
        assertThat(valid(Superblock.decode(block, 16))).isEqualTo(SUPER);
        assertThat(reason(Superblock.decode(block, 17))).isEqualTo(Reason.WRONG_ADDRESS);
    }

    @Test
    void superblock_withUnknownIncompatibleFeature_isRefused() {
        byte[] block = new Superblock(ID, LAYOUT, 32_800, 7, new Superblock.Features(0, 0, 4), 0, 1, 2, "").encode(16);

        assertThat(reason(Superblock.decode(block, 16))).isEqualTo(Reason.UNKNOWN_FORMAT);
    }

    @Test
    void layout_oneGibibyte_placesAsDrawn() {
        assertThat(LAYOUT.claimBlock(0)).isEqualTo(17);
        assertThat(LAYOUT.journalStart(0)).isEqualTo(25);
        assertThat(LAYOUT.firstGroup()).isEqualTo(25 + 8 * 4096);
        assertThat(LAYOUT.groups()).isEqualTo(14);
        assertThat(LAYOUT.groupLength(13)).isEqualTo(262_143 - 32_793 - 13 * 16_384);
        assertThat(LAYOUT.bitmapBlocks(0)).isEqualTo(2);
        assertThat(LAYOUT.groupOverhead(0)).isEqualTo(3);
        assertThat(LAYOUT.groupOverhead(1)).isEqualTo(4);
        assertThat(FsLayout.hasCopy(9)).isTrue();
        assertThat(FsLayout.hasCopy(6)).isFalse();
        assertThat(LAYOUT.groupOf(LAYOUT.lastCopy())).isEqualTo(-1);
        assertThat(LAYOUT.bitmapBlockOf(LAYOUT.groupStart(2) + 16_128)).isEqualTo(LAYOUT.groupStart(2) + 2);
        assertThat(LAYOUT.bitmapIndexOf(LAYOUT.groupStart(2) + 16_130)).isEqualTo(2);
    }

    @Test
    void slotClaim_encoded_hasGoldenBytes() {
        SlotClaim claim = new SlotClaim(3, SlotClaim.State.IN_USE, 9, 42, ID, 5, "node-a");
        byte[] block = claim.encode(FS, LAYOUT);

        assertThat(hex(block, 60, 121))
                .isEqualTo("e73dba42" + "03000000" + "02000000" + "0900000000000000"
                        + "2a00000000000000" + "00112233445566778899aabbccddeeff" + "0500000000000000" + "0600"
                        + "6e6f64652d61"
                        + "00");
        assertThat(valid(SlotClaim.decode(block, FS, LAYOUT, 3))).isEqualTo(claim);
        assertThat(reason(SlotClaim.decode(block, FS, LAYOUT, 2))).isEqualTo(Reason.WRONG_ADDRESS);
    }

    @Test
    void journalBlocks_encoded_haveGoldenBytes() {
        JournalHeader header = new JournalHeader(1, 77, 5, 1234);
        JournalDescriptor descriptor = new JournalDescriptor(
                1234, 5, 0, List.of(new JournalDescriptor.Image(40_000, 3)), List.of(40_001L, 40_002L));
        JournalCommit commit = new JournalCommit(1234, 5, 3, 0xCAFEBABE, 99);

        assertThat(hex(header.encode(FS, LAYOUT), 60, 88))
                .isEqualTo("a3b5d161" + "01000000" + "4d000000" + "0500000000000000" + "d204000000000000");
        assertThat(hex(descriptor.encode(FS, 4200, 1), 60, 120))
                .isEqualTo("20cb1544" + "d204000000000000" + "0500000000000000" + "00000000" + "0100" + "0200"
                        + "409c000000000000" + "0300000000000000" + "419c000000000000" + "429c000000000000");
        assertThat(hex(commit.encode(FS, 4202, 1), 60, 96))
                .isEqualTo("96115674" + "d204000000000000" + "0500000000000000" + "03000000" + "bebafeca"
                        + "6300000000000000");
        assertThat(valid(JournalHeader.decode(header.encode(FS, LAYOUT), FS, LAYOUT, 1)))
                .isEqualTo(header);
        assertThat(valid(JournalDescriptor.decode(descriptor.encode(FS, 4200, 1), FS, 4200)))
                .isEqualTo(descriptor);
        assertThat(valid(JournalCommit.decode(commit.encode(FS, 4202, 1), FS, 4202)))
                .isEqualTo(commit);
    }

    @Test
    void journalDescriptor_atItsLimits_fitsIntoABlock() {
        List<JournalDescriptor.Image> images =
                java.util.Collections.nCopies(JournalDescriptor.IMAGES_MAX, new JournalDescriptor.Image(1, 2));
        List<Long> revokes = java.util.Collections.nCopies(JournalDescriptor.REVOKES_MAX, 3L);
        JournalDescriptor full = new JournalDescriptor(1, 1, 0, images, revokes);

        assertThat(valid(JournalDescriptor.decode(full.encode(FS, 5000, 0), FS, 5000)))
                .isEqualTo(full);
    }

    @Test
    void groupHeader_encoded_hasGoldenBytes() {
        GroupHeader group = new GroupHeader(2, 16_384, 16_000, 100, 55, 1000);
        byte[] block = new byte[4096];
        new BlockHeader(BlockType.GROUP_HEADER, FS, LAYOUT.groupStart(2), 0, 6, 1).encode(block);
        group.encode(block);
        BlockHeader.seal(block);

        assertThat(hex(block, 60, 96))
                .isEqualTo("8e17c4ed" + "02000000" + "00400000" + "803e0000" + "64000000" + "37000000" + "00000000"
                        + "e803000000000000");
        assertThat(valid(GroupHeader.decode(block, FS, LAYOUT, 2))).isEqualTo(group);
    }

    @Test
    void dinode_encoded_hasGoldenBytes() {
        Dinode inode = new Dinode(
                7,
                FileType.DIRECTORY,
                0755,
                1000,
                1001,
                3,
                Dinode.Layout.TREE,
                4,
                1,
                10,
                11,
                12,
                13,
                new InodeId(32_800, 6),
                0);
        byte[] block = new byte[4096];
        new BlockHeader(BlockType.DINODE, FS, 40_000, 40_000, 2, 1).encode(block);
        inode.encode(block);
        TreeNode node = TreeNode.create(block, Dinode.CONTENT_AT, 0);
        DirectoryEntry entry =
                new DirectoryEntry(0x10000, new InodeId(40_001, 8), FileType.REGULAR, new byte[] {'a', 'b'});
        node.insert(entry.key(), entry.encode());
        BlockHeader.seal(block);

        assertThat(hex(block, 60, 152))
                .isEqualTo("1ecd8692" + "07000000" + "0400" + "ed01" + "e8030000" + "e9030000"
                        + "03000000" + "01000000" + "0400000000000000" + "0100000000000000" + "0a00000000000000"
                        + "0b00000000000000" + "0c00000000000000" + "0d00000000000000" + "2080000000000000" + "06000000"
                        + "00000000");
        assertThat(hex(block, 256, 297))
                .isEqualTo("0000" + "0100" + "1900" + "00".repeat(10) + "0000010000000000" + "0f00" + "419c000000000000"
                        + "08000000" + "08" + "6162");
        assertThat(valid(Dinode.decode(block, FS, 40_000))).isEqualTo(inode);
        assertThat(reason(Dinode.decode(block, FS + 1, 40_000))).isEqualTo(Reason.WRONG_FILE_SYSTEM);
        TreeNode parsed = valid(TreeNode.parse(block, Dinode.CONTENT_AT));
        assertThat(valid(DirectoryEntry.decode(parsed.key(0), parsed.value(0)))).isEqualTo(entry);
    }

    @Test
    void extent_encoded_hasGoldenBytesAndMustLieInOneGroup() {
        Extent extent = new Extent(5, 40_000, 300);

        assertThat(HexFormat.of().formatHex(extent.encode())).isEqualTo("409c000000000000" + "2c010000" + "00000000");
        assertThat(valid(Extent.decode(5, extent.encode(), LAYOUT))).isEqualTo(extent);
        byte[] outside = new Extent(5, LAYOUT.groupStart(1) - 1, 10).encode();
        assertThat(reason(Extent.decode(5, outside, LAYOUT))).isEqualTo(Reason.BAD_FIELD);
    }

    @Test
    void directoryHash_matchesPublishedVectors() {
        DirectoryHash hash = new DirectoryHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

        assertThat(hash.full(new byte[0])).isEqualTo(0x726fdb47dd0e0e31L);
        assertThat(hash.full(new byte[] {0})).isEqualTo(0x74f839c593dc67fdL);
        assertThat(hash.full(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}))
                .isEqualTo(0xa129ca6149be45e5L);
        assertThat(hash.key(new byte[] {'x'})).isPositive();
    }

    @Test
    void anyBlock_withAnyBitFlipped_isCorrupt() {
        byte[] sound = SUPER.encode(16);
        Property.forAll(200, random -> {
            byte[] block = sound.clone();
            int bit = random.nextInt(block.length * 8);
            block[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(Superblock.decode(block, 16)).isInstanceOf(Corrupt.class);
        });
    }

    @Test
    void decoders_onResealedRubbish_neverThrow() {
        Property.forAll(500, random -> {
            byte[] block = new byte[4096];
            random.nextBytes(block);
            BlockType type = BlockType.values()[random.nextInt(BlockType.values().length)];
            new BlockHeader(type, FS, 17, 17, 1, 0).encode(block);
            Le.putI64(block, 64, random.nextLong(0, 20));
            if (random.nextBoolean()) {
                Arrays.fill(block, 64, 300, (byte) random.nextInt(3));
            }
            BlockHeader.seal(block);
            Superblock.decode(block, 17);
            SlotClaim.decode(block, FS, LAYOUT, 0);
            JournalHeader.decode(block, FS, LAYOUT, 0);
            JournalDescriptor.decode(block, FS, 17);
            JournalCommit.decode(block, FS, 17);
            Dinode.decode(block, FS, 17);
            Dinode.decodeBody(block);
            TreeNode.parse(block, 64);
            TreeNode.parse(block, 256);
        });
    }
}
