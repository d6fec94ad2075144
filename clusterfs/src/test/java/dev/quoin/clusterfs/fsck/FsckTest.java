package dev.quoin.clusterfs.fsck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.Fsck;
import dev.quoin.clusterfs.disk.BlockState;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves that the checker finds nothing in a sound file system and counts it right, and that its text is stable. */
class FsckTest {

    private final Image image = new Image();
    private long dir;

    @BeforeEach
    void populate() {
        dir = image.directory(image.root, "d");
        image.directory(dir, "e");
        image.file(dir, "small", "hello");
        image.symlink(dir, "s", "../d/small");
        image.extents(dir, "big", 1, 70, 2);
        image.extents(image.root, "huge", 2, 1, 200);
    }

    @Test
    void soundImage_isClean() {
        FsckReport report = image.check();

        assertThat(report.findings()).isEmpty();
        assertThat(report.clean()).isTrue();
        assertThat(report.counts().inodes()).isEqualTo(7);
        assertThat(report.counts().directories()).isEqualTo(3);
        assertThat(report.counts().files()).isEqualTo(3);
        assertThat(report.counts().entries()).isEqualTo(6);
        assertThat(report.counts().dataBlocks()).isEqualTo(340);
        assertThat(report.counts().metadataBlocks()).isEqualTo(4);
    }

    @Test
    void emptyImage_isClean() {
        assertThat(new Image().check().findings()).isEmpty();
    }

    @Test
    void hardLinksAndLargeDirectory_areClean() {
        long file = image.file(image.root, "a", "x");
        image.enter(dir, "b", file);
        image.enter(dir, "c", file);
        image.change(file, dinode -> Image.links(dinode, 3));
        for (int i = 0; i < 120; i++) {
            image.enter(dir, "name-" + i, file);
        }
        image.change(file, dinode -> Image.links(dinode, 123));

        assertThat(image.nodes(dir)).hasSizeGreaterThan(5);
        assertThat(image.check().findings()).isEmpty();
    }

    @Test
    void treeOfTwoInnerLevels_isClean() {
        long file = image.file(image.root, "a", "x");
        for (int i = 0; i < 450; i++) {
            image.enter(dir, "name-" + i, file);
        }
        image.change(file, dinode -> Image.links(dinode, 451));

        assertThat(image.nodes(dir)).hasSize(25);
        assertThat(image.check().findings()).isEmpty();
    }

    @Test
    void report_asLines_isStable() {
        image.mark(image.root + 50, BlockState.DATA);

        assertThat(Fsck.check(image.device).lines())
                .isEqualTo(List.of(
                        "error bitmap-wrong: bitmap of block " + (image.root + 50) + ": data found, free expected",
                        "file system 00112233-4455-6677-8899-aabbccddeeff \"test\": 2132 blocks, 5 groups, 7 inodes,"
                                + " 3 directories, 3 files, 6 names, 340 data blocks, 4 metadata blocks",
                        "memory:image: damaged, 1 errors, 0 warnings"));
    }
}
