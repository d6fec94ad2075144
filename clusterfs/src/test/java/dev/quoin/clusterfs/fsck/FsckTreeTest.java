package dev.quoin.clusterfs.fsck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.disk.Le;
import dev.quoin.clusterfs.disk.TreeNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Proves that each kind of damage to trees and directories gives its own finding and no other. */
class FsckTreeTest {

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

    private void root(long inode, Consumer<TreeNode> change) {
        image.edit(inode, block -> {
            if (TreeNode.parse(block, Dinode.CONTENT_AT) instanceof Valid<TreeNode>(TreeNode node)) {
                change.accept(node);
            }
        });
    }

    // Trees.

    @Test
    void crossLinkedFiles_areFoundWithBothOwners() {
        Extent mine = firstExtent(image, other);
        Extent theirs = firstExtent(image, big);
        root(other, node -> {
            node.remove(0);
            node.insert(0, new Extent(0, theirs.physical(), 2).encode());
            node.insert(2, new Extent(2, mine.physical() + 2, 1).encode());
        });
        image.free(mine.physical());
        image.free(mine.physical() + 1);

        assertThat(findings()).containsExactly(new Finding.ClaimedTwice(theirs.physical(), 2, List.of(big, other)));
    }

    @Test
    void fileOverAnInode_isFoundWithBothOwners() {
        Extent mine = firstExtent(image, other);
        root(other, node -> {
            node.remove(0);
            node.insert(0, new Extent(0, file, 1).encode());
        });
        for (int i = 0; i < 3; i++) {
            image.free(mine.physical() + i);
        }
        image.change(other, dinode -> dinode.withBlocks(dinode.blocks() - 2));

        assertThat(findings()).containsExactly(new Finding.ClaimedTwice(file, 1, List.of(file, other)));
    }

    @Test
    void extents_overlapping_areFound() {
        Extent mine = firstExtent(image, other);
        root(other, node -> {
            node.remove(0);
            node.insert(2, new Extent(2, mine.physical(), 3).encode());
        });

        assertThat(findings())
                .containsExactly(
                        new Finding.TreeDamaged(other, other, "extent at 4", "an overlap", "a start at 5 or later"));
    }

    @Test
    void extent_behindTheSize_isFound() {
        image.change(other, dinode -> Image.size(dinode, 18 * 4096));

        assertThat(findings())
                .containsExactly(new Finding.TreeDamaged(
                        other, other, "extent at 16", "an end at 19", "at most the file's 18 blocks"));
    }

    @Test
    void extent_outsideOfTheGroups_isFound() {
        root(other, node -> {
            node.remove(0);
            node.insert(0, new Extent(0, 5, 3).encode());
        });

        assertThat(findings()).singleElement().isInstanceOfSatisfying(Finding.TreeDamaged.class, found -> {
            assertThat(found.field()).isEqualTo("extent at 0");
            assertThat(found.expected()).isEqualTo("a run of data blocks");
        });
    }

    @Test
    void tree_withACycle_ends() {
        long first = image.nodes(big).get(0);
        long second = image.nodes(big).get(1);
        root(big, node -> {
            long key = node.key(1);
            node.remove(1);
            node.insert(key, Image.child(first));
        });

        List<Finding> findings = findings();

        assertThat(findings).contains(new Finding.ClaimedTwice(first, 1, List.of(big, big)));
        assertThat(image.check().counts().unattributedBlocks()).isEqualTo(1 + 20 * 2);
        assertThat(second).isNotEqualTo(first);
        assertThat(findings).hasSize(1);
    }

    @Test
    void treeNode_atTheWrongLevel_isFound() {
        long node = image.nodes(big).get(1);
        image.edit(node, block -> TreeNode.create(block, BlockHeader.SIZE, 3));

        assertThat(findings()).containsExactly(new Finding.TreeDamaged(big, node, "level", "3", "0"));
    }

    @Test
    void tree_withoutChildren_isFound() {
        image.edit(big, block -> TreeNode.create(block, Dinode.CONTENT_AT, 1));

        assertThat(findings()).containsExactly(new Finding.TreeDamaged(big, big, "children", "none", "at least one"));
    }

    @Test
    void treeNodes_inTheWrongOrder_areFound() {
        List<Long> nodes = image.nodes(big);
        root(big, node -> {
            long key = node.key(1);
            node.remove(1);
            node.insert(key + 1, Image.child(nodes.get(1)));
        });

        assertThat(findings())
                .containsExactly(new Finding.TreeDamaged(big, nodes.get(1), "keys", "60 to 117", "61 to 119"));
    }

    @Test
    void treeRoot_withRubbish_isFound() {
        image.edit(big, block -> Le.putU16(block, Dinode.CONTENT_AT + 2, 60_000));

        assertCorrupt(big, "root of inode " + big, Reason.BAD_FIELD);
    }

    @Test
    void treeChild_outsideOfTheGroups_isFound() {
        root(big, node -> {
            long key = node.key(1);
            node.remove(1);
            node.insert(key, Image.child(16));
        });

        assertThat(findings())
                .containsExactly(new Finding.TreeDamaged(big, big, "child", "16", "a block in a resource group"));
    }

    @Test
    void treeChild_ofTheWrongType_isFound() {
        long node = image.nodes(big).get(1);
        image.edit(node, block -> Le.putU16(block, 4, BlockType.DIRECTORY_NODE.code()));

        assertCorrupt(node, "tree node of inode " + big, Reason.WRONG_TYPE);
    }

    // Directories.

    @Test
    void entry_toAFreeBlock_isFound() {
        image.remove(dir, "file");
        InodeId gone = image.id(file);
        image.free(file);
        image.write(file, new byte[4096]);
        image.enter(dir, "file", gone, FileType.REGULAR);

        assertThat(findings()).containsExactly(new Finding.EntryDangling(dir, "file", gone, "a free block"));
    }

    @Test
    void entry_toAFreedInode_isFound() {
        image.change(file, dinode -> Image.links(dinode, 0));
        image.free(file);

        assertThat(findings()).containsExactly(new Finding.EntryDangling(dir, "file", image.id(file), "a free block"));
    }

    @Test
    void entry_toADataBlock_isFound() {
        long data = firstExtent(image, big).physical();
        image.enter(dir, "x", new InodeId(data, 1), FileType.REGULAR);

        assertThat(findings())
                .containsExactly(new Finding.EntryDangling(dir, "x", new InodeId(data, 1), "a data block"));
    }

    @Test
    void entry_toABlockOutsideOfTheGroups_isFound() {
        image.enter(dir, "x", new InodeId(-5, 1), FileType.REGULAR);

        assertThat(findings())
                .containsExactly(
                        new Finding.EntryDangling(dir, "x", new InodeId(-5, 1), "a block outside of all groups"));
    }

    @Test
    void entry_withWrongGeneration_isFound() {
        InodeId actual = image.id(file);
        InodeId stale = new InodeId(file, actual.generation() - 1);
        image.remove(dir, "file");
        image.enter(dir, "file", stale, FileType.REGULAR);

        assertThat(findings()).containsExactly(new Finding.EntryGenerationWrong(dir, "file", stale, actual));
    }

    @Test
    void entry_withWrongType_isFound() {
        image.remove(dir, "sub");
        image.enter(dir, "sub", image.id(sub), FileType.REGULAR);

        assertThat(findings())
                .containsExactly(new Finding.EntryTypeWrong(dir, "sub", FileType.REGULAR, FileType.DIRECTORY));
    }

    @Test
    void entry_withWrongHash_isFound() {
        image.remove(dir, "file");
        byte[] name = "file".getBytes(StandardCharsets.UTF_8);
        image.enterAt(dir, 77, name, image.id(file), FileType.REGULAR);

        assertThat(findings())
                .containsExactly(
                        new Finding.EntryMisplaced(dir, "file", 77, image.hash().key(name)));
    }

    @Test
    void entry_withTheSameName_isFound() {
        image.enter(dir, "file", file);
        image.change(file, dinode -> Image.links(dinode, 2));

        assertThat(findings()).containsExactly(new Finding.EntryDuplicate(dir, "file"));
    }

    @Test
    void entry_withAnInvalidName_isFound() {
        byte[] name = "a/b".getBytes(StandardCharsets.UTF_8);
        long key = image.hash().key(name);
        image.enterAt(dir, key, name, image.id(file), FileType.REGULAR);

        assertThat(findings()).singleElement().isInstanceOfSatisfying(Finding.EntryInvalid.class, found -> {
            assertThat(found.directory()).isEqualTo(dir);
            assertThat(found.key()).isEqualTo(key);
            assertThat(found.found()).contains("a slash");
        });
    }

    @Test
    void directory_withTwoNames_isFound() {
        image.enter(image.root, "again", sub);
        image.change(image.root, dinode -> Image.links(dinode, 4));

        assertThat(findings()).singleElement().isInstanceOfSatisfying(Finding.DirectoryLinkedTwice.class, found -> {
            assertThat(found.inode()).isEqualTo(sub);
        });
    }

    @Test
    void root_withAName_isFound() {
        image.enter(dir, "top", image.root);
        image.change(dir, dinode -> Image.links(dinode, 4));

        assertThat(findings()).containsExactly(new Finding.DirectoryLinkedTwice(image.root, dir, "top"));
    }

    @Test
    void directory_withWrongParent_isFound() {
        image.change(sub, dinode -> Image.parent(dinode, image.id(image.root)));

        assertThat(findings())
                .containsExactly(new Finding.ParentWrong(
                        sub, image.id(image.root).toString(), image.id(dir).toString()));
    }

    @Test
    void directories_inACycle_areFound() {
        image.remove(image.root, "d");
        image.change(image.root, dinode -> Image.links(dinode, 2));
        image.enter(sub, "up", dir);
        image.change(sub, dinode -> Image.links(dinode, 3));
        image.change(dir, dinode -> Image.parent(dinode, image.id(sub)));

        assertThat(findings()).containsExactly(new Finding.DirectoryCycle(dir));
    }

    @Test
    void root_thatIsNoDirectory_isFound() {
        image.setType(image.root, FileType.REGULAR);

        assertThat(findings())
                .contains(new Finding.InodeFieldWrong(image.root, "type", "REGULAR", "DIRECTORY, as it is the root"));
    }

    @Test
    void root_withWrongParent_isFound() {
        image.change(image.root, dinode -> Image.parent(dinode, image.id(dir)));

        assertThat(findings())
                .containsExactly(
                        new Finding.ParentWrong(image.root, image.id(dir).toString(), "none, as it is the root"));
    }
}
