package dev.quoin.clusterfs.fsck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.GroupHeader;
import dev.quoin.clusterfs.disk.Le;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that each kind of damage to groups, blocks and inodes gives its own finding and no other. */
class FsckDamageTest {

    private final Image image = new Image();
    private final long dir = image.directory(image.root, "d");
    private final long sub = image.directory(dir, "sub");
    private final long file = image.file(dir, "file", "hello");
    private final long big = image.extents(dir, "big", 1, 70, 2);
    private final long other = image.extents(dir, "other", 1, 5, 3);

    private List<Finding> findings() {
        return image.check().findings();
    }

    /** Asserts one finding: a corrupt block. */
    private void assertCorrupt(long block, String role, Reason reason) {
        assertThat(findings()).singleElement().isInstanceOfSatisfying(Finding.BlockCorrupt.class, found -> {
            assertThat(found.block()).isEqualTo(block);
            assertThat(found.role()).isEqualTo(role);
            assertThat(found.reason()).isEqualTo(reason);
        });
        assertThat(image.check().clean()).isFalse();
    }

    private static Extent firstExtent(Image image, long inode) {
        Image.TreeRecord record = image.records(inode).getFirst();
        return new Extent(record.key(), Le.i64(record.value(), 0), Le.i32(record.value(), 8));
    }

    // Groups.

    @Test
    void bitmapEntry_freeMarkedData_isFound() {
        long block = Image.LAYOUT.groupStart(3) + 100;
        image.mark(block, BlockState.DATA);

        assertThat(findings()).containsExactly(new Finding.BitmapWrong(block, 1, BlockState.DATA, BlockState.FREE));
    }

    @Test
    void bitmapEntry_freeMarkedInode_isFound() {
        long block = Image.LAYOUT.groupStart(3) + 100;
        image.mark(block, BlockState.DINODE);

        assertThat(findings()).containsExactly(new Finding.BitmapWrong(block, 1, BlockState.DINODE, BlockState.FREE));
    }

    @Test
    void bitmapEntries_dataMarkedFree_areOneRun() {
        Extent extent = firstExtent(image, other);
        image.mark(extent.physical(), BlockState.FREE);
        image.mark(extent.physical() + 1, BlockState.FREE);

        assertThat(findings())
                .containsExactly(new Finding.BitmapWrong(extent.physical(), 2, BlockState.FREE, BlockState.DATA));
    }

    @Test
    void bitmapEntry_inodeMarkedFree_isFoundAndItsBlocksStayKnown() {
        image.mark(big, BlockState.FREE);

        assertThat(findings()).containsExactly(new Finding.BitmapWrong(big, 1, BlockState.FREE, BlockState.DINODE));
    }

    @Test
    void bitmapEntry_ofGroupOverhead_isFound() {
        long start = Image.LAYOUT.groupStart(2);
        image.mark(start, BlockState.FREE);

        assertThat(findings()).containsExactly(new Finding.BitmapWrong(start, 1, BlockState.FREE, BlockState.METADATA));
    }

    @Test
    void bitmapEntry_behindTheGroup_isFound() {
        long start = Image.LAYOUT.groupStart(2);
        image.edit(start + 1, block -> block[4095] = 0);
        long first = start + 16_128 - 4;

        assertThat(findings()).containsExactly(new Finding.BitmapWrong(first, 4, BlockState.FREE, BlockState.METADATA));
    }

    @Test
    void freeCount_wrong_isFound() {
        int free = Image.LAYOUT.groupLength(4) - Image.LAYOUT.groupOverhead(4);
        image.group(4, header -> Image.count(header, -3, 0));

        assertThat(findings()).containsExactly(new Finding.GroupCounterWrong(4, "free blocks", free - 3, free));
    }

    @Test
    void inodeCount_wrong_isFound() {
        image.group(0, header -> Image.count(header, 0, -1));

        assertThat(findings()).containsExactly(new Finding.GroupCounterWrong(0, "inodes", 3, 4));
    }

    @Test
    void generationCounter_behindAnInode_isFound() {
        image.group(
                0,
                header ->
                        new GroupHeader(0, header.length(), header.free(), header.inodes(), 2, header.versionFloor()));

        assertThat(findings()).containsExactly(new Finding.GroupCounterWrong(0, "last generation", 2, 4));
    }

    @Test
    void groupHeader_corrupt_isFound() {
        image.flip(Image.LAYOUT.groupStart(1), 200);

        assertCorrupt(Image.LAYOUT.groupStart(1), "header of group 1", Reason.BAD_CHECKSUM);
    }

    @Test
    void bitmap_corrupt_isFound() {
        image.flip(Image.LAYOUT.groupStart(1) + 1, 200);

        assertCorrupt(Image.LAYOUT.groupStart(1) + 1, "bitmap of group 1", Reason.BAD_CHECKSUM);
    }

    // Blocks.

    @Test
    void inode_withBadChecksum_isFoundOnce() {
        image.flip(big, 300);

        assertCorrupt(big, "inode", Reason.BAD_CHECKSUM);
        assertThat(image.check().counts().unattributedBlocks()).isEqualTo(144);
    }

    @Test
    void directory_withBadChecksum_isFoundAndItsContentIsNotCalledLost() {
        image.flip(dir, 300);

        assertCorrupt(dir, "inode", Reason.BAD_CHECKSUM);
        assertThat(image.check().counts().unattributedInodes()).isEqualTo(4);
    }

    @Test
    void rootDirectory_withBadChecksum_isFound() {
        image.flip(image.root, 300);

        assertCorrupt(image.root, "root directory", Reason.BAD_CHECKSUM);
    }

    @Test
    void namelessInode_withBadChecksum_isFound() {
        long nameless = image.nameless(3, FileType.REGULAR, image.root, 0);
        image.flip(nameless, 300);

        assertCorrupt(nameless, "inode", Reason.BAD_CHECKSUM);
    }

    @Test
    void misdirectedBlock_overAnInode_isFound() {
        image.write(file, image.get(sub));

        assertCorrupt(file, "inode", Reason.WRONG_ADDRESS);
    }

    @Test
    void blockOfAnotherFileSystem_isFound() {
        image.edit(file, block -> Le.putI64(block, 8, 99));

        assertCorrupt(file, "inode", Reason.WRONG_FILE_SYSTEM);
    }

    @Test
    void treeNode_withBadChecksum_isFound() {
        long node = image.nodes(big).get(1);
        image.flip(node, 100);

        assertCorrupt(node, "tree node of inode " + big, Reason.BAD_CHECKSUM);
    }

    @Test
    void treeNode_ofAnotherInode_isFound() {
        long node = image.nodes(big).get(1);
        image.edit(node, block -> Le.putI64(block, 24, other));

        assertCorrupt(node, "tree node of inode " + big, Reason.WRONG_OWNER);
    }

    // Inodes.

    @Test
    void inode_withWrongBlocks_isFound() {
        image.change(big, dinode -> dinode.withBlocks(7));

        assertThat(findings()).containsExactly(new Finding.InodeFieldWrong(big, "blocks", "7", "145"));
    }

    @Test
    void inlineContent_behindTheSize_isFound() {
        image.change(file, dinode -> Image.size(dinode, 2));

        assertThat(findings())
                .containsExactly(new Finding.InodeFieldWrong(file, "inline content", "byte 108 behind the size", "0"));
    }

    @Test
    void file_withAParent_isFound() {
        image.change(file, dinode -> Image.parent(dinode, image.id(dir)));

        assertThat(findings())
                .containsExactly(new Finding.InodeFieldWrong(
                        file, "parent", image.id(dir).toString(), "none"));
    }

    @Test
    void symlink_withoutTarget_isFound() {
        long link = image.symlink(dir, "s", "");

        assertThat(findings()).containsExactly(new Finding.InodeFieldWrong(link, "size", "0", "1 to 4095"));
    }

    @Test
    void fifo_withContent_isFound() {
        long fifo = image.file(dir, "p", "");
        image.remove(dir, "p");
        image.setType(fifo, FileType.FIFO);
        image.change(fifo, dinode -> Image.size(dinode, 5));
        image.enter(dir, "p", fifo);

        assertThat(findings()).containsExactly(new Finding.InodeFieldWrong(fifo, "content", "5 bytes, INLINE", "none"));
    }

    @Test
    void file_withDeviceNumber_isFound() {
        image.edit(file, block -> Le.putI32(block, 148, 5));

        assertThat(findings()).containsExactly(new Finding.InodeFieldWrong(file, "device number", "5", "0"));
    }

    @Test
    void directory_withWrongSize_isFound() {
        image.change(dir, dinode -> Image.size(dinode, 9));

        assertThat(findings()).containsExactly(new Finding.InodeFieldWrong(dir, "size", "9", "4"));
    }

    @Test
    void fileLinks_wrong_areFound() {
        image.change(file, dinode -> Image.links(dinode, 2));

        assertThat(findings()).containsExactly(new Finding.LinksWrong(file, 2, 1));
    }

    @Test
    void fileLinks_zeroWithAName_areFound() {
        image.change(file, dinode -> Image.links(dinode, 0));

        assertThat(findings()).containsExactly(new Finding.LinksWrong(file, 0, 1));
    }

    @Test
    void directoryLinks_wrong_areFound() {
        image.change(dir, dinode -> Image.links(dinode, 7));

        assertThat(findings()).containsExactly(new Finding.LinksWrong(dir, 7, 3));
    }

    @Test
    void directoryLinks_zeroWithAName_areFound() {
        image.change(sub, dinode -> Image.links(dinode, 0));

        assertThat(findings()).containsExactly(new Finding.LinksWrong(sub, 0, 2));
    }

    @Test
    void fileWithoutName_isLost() {
        image.remove(dir, "big");

        assertThat(findings()).containsExactly(new Finding.InodeLost(image.id(big), FileType.REGULAR, 1));
    }

    @Test
    void directoryWithoutName_isLostAndNotWhatItHolds() {
        image.remove(image.root, "d");
        image.change(image.root, dinode -> Image.links(dinode, 2));

        assertThat(findings()).containsExactly(new Finding.InodeLost(image.id(dir), FileType.DIRECTORY, 3));
    }

    @Test
    void unlinkedFileThatWasOpen_isAWarning() {
        image.remove(dir, "big");
        image.change(big, dinode -> Image.links(dinode, 0));

        assertThat(findings()).containsExactly(new Finding.InodeUnlinked(image.id(big)));
        assertThat(image.check().clean()).isTrue();
        assertThat(image.check().warnings()).isOne();
    }

    @Test
    void unlinkedDirectoryThatWasOpen_isAWarning() {
        image.remove(dir, "sub");
        image.change(dir, dinode -> Image.links(dinode, 2));
        image.change(sub, dinode -> Image.links(dinode, 0));

        assertThat(findings()).containsExactly(new Finding.InodeUnlinked(image.id(sub)));
    }
}
