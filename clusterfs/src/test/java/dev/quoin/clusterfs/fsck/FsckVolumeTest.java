package dev.quoin.clusterfs.fsck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.disk.Le;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Proves that damage to superblocks, slots, journals and the device itself is found, and that a dirty journal counts as replayed. */
class FsckVolumeTest {

    private final Image image = new Image();
    private final long dir = image.directory(image.root, "d");
    private final long file = image.file(dir, "file", "hello");

    private List<Finding> findings() {
        return image.check().findings();
    }

    private void assertCorrupt(long block, String role, Reason reason) {
        assertThat(findings()).singleElement().isInstanceOfSatisfying(Finding.BlockCorrupt.class, found -> {
            assertThat(found.block()).isEqualTo(block);
            assertThat(found.role()).isEqualTo(role);
            assertThat(found.reason()).isEqualTo(reason);
        });
    }

    // Superblock.

    @Test
    void superblock_garbage_isFoundAndACopyUsed() {
        byte[] garbage = new byte[4096];
        Arrays.fill(garbage, (byte) 0x5A);
        image.write(16, garbage);

        assertCorrupt(16, "superblock", Reason.BAD_MAGIC);
        assertThat(image.check().counts().inodes()).isEqualTo(3);
    }

    @Test
    void superblock_garbageAndLastCopyGone_copyInAGroupIsUsed() {
        image.write(16, new byte[4096]);
        image.write(Image.LAYOUT.lastCopy(), new byte[4096]);

        assertThat(findings())
                .extracting(Finding::object)
                .containsExactly(
                        "superblock in block 16", "copy of the superblock in block " + Image.LAYOUT.lastCopy());
        assertThat(image.check().counts().inodes()).isEqualTo(3);
    }

    @Test
    void superblock_goneWithAllCopies_isFound() {
        image.write(16, new byte[4096]);
        image.write(Image.LAYOUT.lastCopy(), new byte[4096]);
        image.write(Image.LAYOUT.copyBlock(1), new byte[4096]);
        image.write(Image.LAYOUT.copyBlock(3), new byte[4096]);

        assertThat(findings())
                .hasSize(2)
                .contains(new Finding.NoSuperblock("none in " + Image.LAYOUT.blocks() + " blocks"));
    }

    @Test
    void superblockCopy_flipped_isFound() {
        long copy = Image.LAYOUT.copyBlock(3);
        image.flip(copy, 90);

        assertCorrupt(copy, "copy of the superblock", Reason.BAD_CHECKSUM);
    }

    @Test
    void superblockCopy_ofAnotherMind_isFound() {
        long copy = Image.LAYOUT.copyBlock(1);
        image.edit(copy, block -> Le.putI64(block, 152, 99));

        assertThat(findings()).containsExactly(new Finding.SuperblockDiffers(copy, 16));
    }

    @Test
    void superblock_ofAnEarlierFileSystem_isNotTaken() {
        FsLayout small = new FsLayout(1000, 1, 256, 256);
        Superblock stale = new Superblock(
                new UUID(1, 2), small, small.groupStart(0) + 2, 1, Superblock.Features.NONE, 1, 2, 3, "old");
        image.write(16, new byte[4096]);
        image.write(Image.LAYOUT.lastCopy(), new byte[4096]);
        image.write(999, stale.encode(999));

        assertThat(image.check().fileSystem()).contains(Image.ID.toString());
    }

    @Test
    void superblock_withMoreGroupsThanNumbers_isFound() {
        for (long block : new long[] {16, Image.LAYOUT.lastCopy()}) {
            image.edit(block, content -> {
                Le.putI64(content, 80, FsLayout.BLOCKS_MAX);
                Le.putI32(content, 100, FsLayout.GROUP_BLOCKS_MIN);
            });
        }

        assertThat(findings()).hasSize(2).allMatch(found -> found instanceof Finding.BlockCorrupt);
    }

    @Test
    void superblock_ofAHugeFileSystemOnThisDevice_isFoundWithoutMuchWork() {
        image.edit(16, content -> {
            Le.putI64(content, 80, FsLayout.BLOCKS_MAX);
            Le.putI32(content, 100, FsLayout.GROUP_BLOCKS_MAX);
            Le.putI64(content, 104, image.root + 50);
        });

        assertThat(findings()).contains(new Finding.DeviceTooSmall(Image.LAYOUT.blocks(), FsLayout.BLOCKS_MAX));
    }

    // Device.

    @Test
    void device_truncated_isFoundAndNothingElse() throws DeviceException {
        image.extents(image.root, "far", 4, 3, 2);
        long blocks = Image.LAYOUT.groupStart(3) + 50;
        MemoryDevice shorter = new MemoryDevice("memory:short", 512, blocks * 4096);
        BlockIo.write(shorter, 0, BlockIo.read(image.device, 0, (int) blocks * 4096), WriteMode.CACHED);

        assertThat(Checker.check(shorter).findings())
                .containsExactly(new Finding.DeviceTooSmall(blocks, Image.LAYOUT.blocks()));
    }

    @Test
    void device_ofOneBlock_isFound() {
        FsckReport report = Checker.check(new MemoryDevice("memory:tiny", 512, 4096));

        assertThat(report.findings()).containsExactly(new Finding.NoSuperblock("none in 1 blocks"));
        assertThat(Checker.check(new MemoryDevice("memory:tiny", 512, 512)).clean())
                .isFalse();
    }

    @Test
    void device_withLargeBlocks_isRead() throws DeviceException {
        long size = (Image.LAYOUT.blocks() * 4096 + 65_535) / 65_536 * 65_536;
        BlockDevice large = new MemoryDevice("memory:large", 65_536, size);
        ByteBuffer all = ByteBuffer.allocate((int) size);
        BlockIo.read(image.device, 0, all.limit((int) Image.LAYOUT.blocks() * 4096));
        BlockIo.write(large, 0, all.clear(), WriteMode.CACHED);

        assertThat(Checker.check(large).findings()).isEmpty();
    }

    @Test
    void device_thatCannotReadOneInode_isFoundOnce() {
        try (FaultyDevice faulty = new FaultyDevice(image.device, new PowerSupply(1))) {
            faulty.inject(Fault.unreadable(file * 4096, 512));

            assertThat(Checker.check(faulty).findings())
                    .singleElement()
                    .isInstanceOfSatisfying(Finding.BlockUnreadable.class, found -> {
                        assertThat(found.block()).isEqualTo(file);
                        assertThat(found.role()).isEqualTo("inode");
                    });
        }
    }

    @Test
    void device_thatCannotReadItsSuperblock_isFoundOnce() {
        try (FaultyDevice faulty = new FaultyDevice(image.device, new PowerSupply(1))) {
            faulty.inject(Fault.unreadable(16 * 4096, 512));

            FsckReport report = Checker.check(faulty);

            assertThat(report.findings())
                    .extracting(Finding::kind, Finding::object)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple("block-unreadable", "superblock in block 16"));
            assertThat(report.counts().inodes()).isEqualTo(3);
        }
    }

    @Test
    void slots_withTextThatIsNotUtf8_neverThrow() {
        image.edit(Image.LAYOUT.claimBlock(0), block -> {
            Le.putU16(block, 112, 255);
            Arrays.fill(block, 114, 369, (byte) 0xFF);
        });

        assertCorrupt(Image.LAYOUT.claimBlock(0), "claim of slot 0", Reason.BAD_FIELD);
    }

    @Test
    void device_thatIsGone_isFound() {
        image.device.close();

        assertThat(findings()).hasSize(2);
        assertThat(image.check().clean()).isFalse();
    }

    // Slots and journals.

    @Test
    void claim_corrupt_isFound() {
        image.flip(Image.LAYOUT.claimBlock(1), 80);

        assertCorrupt(Image.LAYOUT.claimBlock(1), "claim of slot 1", Reason.BAD_CHECKSUM);
    }

    @Test
    void journalHeader_corrupt_isFound() {
        image.flip(Image.LAYOUT.journalStart(0), 80);

        assertCorrupt(Image.LAYOUT.journalStart(0), "journal header of slot 0", Reason.BAD_CHECKSUM);
    }

    @Test
    void slot_inUseWithEmptyJournal_isAWarning() {
        image.claim(1, 4);

        assertThat(findings()).containsExactly(new Finding.SlotInUse(1, "node-a", 4));
        assertThat(image.check().clean()).isTrue();
    }

    @Test
    void journal_aheadOfItsClaim_isFound() {
        image.put(Image.LAYOUT.journalStart(0), new JournalHeader(0, 1, 9, 1).encode(image.fsId(), Image.LAYOUT));

        assertThat(findings()).containsExactly(new Finding.JournalEpochWrong(0, 9, 0));
    }

    /** The blocks that the creation of a file changes, as images, while the file system is left without the file. */
    private List<byte[]> createInJournal(String name) {
        List<Long> touched = List.of(dir, Image.LAYOUT.groupStart(0), Image.LAYOUT.groupStart(0) + 1, file + 1);
        List<byte[]> before = touched.stream().map(image::get).toList();
        assertThat(image.file(dir, name, "x")).isEqualTo(file + 1);
        List<byte[]> after = touched.stream().map(image::get).toList();
        for (int i = 0; i < after.size(); i++) {
            BlockHeader.stamp(after.get(i), 5, 0);
            BlockHeader.seal(after.get(i));
            image.write(touched.get(i), before.get(i));
        }
        return after;
    }

    @Test
    void journal_withPendingTransaction_isAWarningAndCountsAsReplayed() {
        List<byte[]> images = createInJournal("new");
        image.claim(0, 1);
        image.log(0, 1, 1, 1, images, List.of());

        FsckReport report = image.check();

        assertThat(report.findings()).containsExactly(new Finding.JournalNotReplayed(0, "node-a", 1, 4));
        assertThat(report.clean()).isTrue();
        assertThat(report.counts().inodes()).isEqualTo(4);
        assertThat(report.counts().replayed()).isEqualTo(4);
    }

    @Test
    void journal_withHalfATransactionInPlace_isCleanAfterReplay() {
        List<byte[]> images = createInJournal("new");
        image.claim(0, 1);
        image.log(0, 1, 1, 1, images, List.of());
        image.write(dir, images.get(0));
        image.write(Image.LAYOUT.groupStart(0), new byte[4096]);

        assertThat(findings()).containsExactly(new Finding.JournalNotReplayed(0, "node-a", 1, 4));
        assertThat(image.check().counts().replayed()).isEqualTo(3);
    }

    @Test
    void journal_ofACleanSlot_isNotReplayed() {
        image.log(0, 1, 1, 0, createInJournal("new"), List.of());

        assertThat(findings()).isEmpty();
        assertThat(image.check().counts().inodes()).isEqualTo(3);
    }

    @Test
    void journal_whoseRecordEndsWithoutCommit_isEmpty() {
        image.claim(0, 1);
        int end = image.log(0, 1, 1, 1, createInJournal("new"), List.of());
        image.write(Image.place(0, end - 1), new byte[4096]);

        assertThat(findings()).containsExactly(new Finding.SlotInUse(0, "node-a", 1));
        assertThat(image.check().counts().inodes()).isEqualTo(3);
    }

    @Test
    void journal_runningOverTheEndOfTheRing_isRead() {
        image.claim(0, 1);
        image.put(Image.LAYOUT.journalStart(0), new JournalHeader(0, 253, 1, 40).encode(image.fsId(), Image.LAYOUT));
        assertThat(image.log(0, 253, 40, 1, createInJournal("new"), List.of())).isEqualTo(4);

        assertThat(findings()).containsExactly(new Finding.JournalNotReplayed(0, "node-a", 1, 4));
        assertThat(image.check().counts().inodes()).isEqualTo(4);
    }

    @Test
    void journal_damagedBeforeALaterRecord_isFound() {
        image.claim(0, 1);
        List<byte[]> images = createInJournal("new");
        int second = image.log(0, 1, 1, 1, images, List.of());
        image.log(0, second, 2, 1, images, List.of());
        image.flip(Image.place(0, 3), 2000);

        assertThat(findings())
                .containsExactly(
                        new Finding.JournalRecordBad(0, 1, "an unreadable record before the committed record 2"),
                        new Finding.SlotInUse(0, "node-a", 1));
    }

    @Test
    void journal_withRevokedImages_leavesThemOut() {
        image.claim(0, 1);
        int second = image.log(0, 1, 1, 1, createInJournal("new"), List.of());
        image.log(
                0,
                second,
                2,
                1,
                List.of(),
                List.of(dir, Image.LAYOUT.groupStart(0), Image.LAYOUT.groupStart(0) + 1, file + 1));

        assertThat(findings()).containsExactly(new Finding.JournalNotReplayed(0, "node-a", 2, 4));
        assertThat(image.check().counts().inodes()).isEqualTo(3);
        assertThat(image.check().counts().replayed()).isZero();
    }

    @Test
    void journals_ofTwoSlots_theNewerImageWins() {
        byte[] older = image.get(file);
        byte[] newer = image.get(file);
        image.claim(0, 1);
        image.claim(1, 1);
        Le.putI32(newer, 64, image.dinode(file).generation());
        BlockHeader.stamp(newer, 9, 1);
        BlockHeader.seal(newer);
        Le.putI32(older, 80, 77);
        BlockHeader.stamp(older, 8, 0);
        BlockHeader.seal(older);
        image.log(0, 1, 1, 1, List.of(older), List.of());
        image.log(1, 1, 1, 1, List.of(newer), List.of());

        assertThat(findings()).allMatch(found -> found instanceof Finding.JournalNotReplayed);
    }

    @Test
    void journal_withAnImageThatIsNotNewer_leavesTheDeviceAlone() {
        byte[] stale = image.get(file);
        Le.putI32(stale, 80, 77);
        BlockHeader.seal(stale);
        image.claim(0, 1);
        image.log(0, 1, 1, 1, List.of(stale), List.of());

        assertThat(findings()).containsExactly(new Finding.JournalNotReplayed(0, "node-a", 1, 1));
        assertThat(image.check().counts().replayed()).isZero();
    }

    @Test
    void journal_withAnUnsoundImage_isFound() {
        byte[] torn = image.get(file);
        torn[100] ^= 1;
        image.claim(0, 1);
        image.log(0, 1, 1, 1, List.of(torn), List.of());

        assertThat(findings())
                .containsExactly(
                        new Finding.JournalNotReplayed(0, "node-a", 1, 1),
                        new Finding.JournalRecordBad(0, 1, "an unsound image of block " + file));
    }

    @Test
    void journal_withAnImageOutsideOfTheGroups_isFound() {
        image.claim(0, 1);
        image.log(0, 1, 1, 1, List.of(image.get(16)), List.of());

        assertThat(findings())
                .contains(new Finding.JournalRecordBad(0, 1, "an image of block 16 outside of all groups"));
    }

    @Test
    void journal_thatBringsDamage_showsIt() {
        byte[] bitmap = image.get(Image.LAYOUT.groupStart(2) + 1);
        GroupBitmap.set(bitmap, 100, BlockState.DATA);
        BlockHeader.stamp(bitmap, 7, 0);
        BlockHeader.seal(bitmap);
        image.claim(0, 1);
        image.log(0, 1, 1, 1, List.of(bitmap), List.of());

        assertThat(findings())
                .contains(
                        new Finding.BitmapWrong(Image.LAYOUT.groupStart(2) + 100, 1, BlockState.DATA, BlockState.FREE));
    }

    // The report.

    @Test
    void findings_overTheLimit_areCounted() {
        for (int i = 0; i < 30; i++) {
            image.enter(dir, "x" + i, image.id(file), FileType.REGULAR);
        }
        assertThat(image.check().omitted()).isZero();
        Log log = Log.create();
        for (int i = 0; i <= FsckReport.FINDINGS_MAX; i++) {
            log.add(new Finding.LinksWrong(i, 1, 2));
        }
        FsckReport report = log.report("d", "", new Tally().counts(0, 0, 0));

        assertThat(report.findings()).hasSize(FsckReport.FINDINGS_MAX);
        assertThat(report.errors()).isEqualTo(FsckReport.FINDINGS_MAX + 1);
        assertThat(report.lines()).contains("and 1 findings more");
    }

    @Test
    void names_withControlCharacters_arePrintedSafely() {
        image.change(file, dinode -> Image.links(dinode, 1));
        image.enter(dir, "a\n\u001b[31m\"ü", new InodeId(-1, 1), FileType.REGULAR);

        assertThat(image.check().lines().getFirst())
                .startsWith("error entry-dangling: entry \"a\\x0a\\x1b[31m\\x22\\xc3\\xbc\" of directory");
        assertThat(image.dinode(dir).layout()).isEqualTo(Dinode.Layout.TREE);
    }
}
