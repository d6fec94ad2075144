package dev.quoin.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that the material of the demo check is what it is said to be: real files in the number wanted, and images by seed. */
class CheckMaterialTest {

    private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

    @TempDir
    Path temporary;

    @Test
    void tree_ofAProject_hasItsSources_withoutWhatIsBuilt() throws Exception {
        Files.createDirectories(temporary.resolve("module/src/deep"));
        Files.createDirectories(temporary.resolve("module/target/classes"));
        Files.createDirectories(temporary.resolve(".git"));
        Files.writeString(temporary.resolve("module/src/deep/A.java"), "class A {}");
        Files.writeString(temporary.resolve("module/target/classes/A.class"), "built");
        Files.writeString(temporary.resolve(".git/HEAD"), "ref");

        try (SourceTree tree = SourceTree.find(temporary, temporary.resolve("no-jdk"), 0)) {
            assertThat(tree.entries()).singleElement().satisfies(entry -> {
                assertThat(entry.path()).isEqualTo("quoin/module/src/deep/A.java");
                assertThat(entry.read()).asString().isEqualTo("class A {}");
            });
            assertThat(tree.directories())
                    .containsExactly("quoin", "quoin/module", "quoin/module/src", "quoin/module/src/deep");
        }
    }

    @Test
    void tree_thatIsTooSmall_isFilledUp_fromTheJdk() throws Exception {
        for (Path home : List.of(JAVA_HOME, temporary.resolve("jdk-without-sources"))) {
            try (SourceTree tree = SourceTree.find(null, home, 1_000)) {
                assertThat(tree.entries()).hasSizeGreaterThanOrEqualTo(1_000);
                assertThat(tree.entries()).extracting(SourceTree.Entry::path).doesNotHaveDuplicates();
                assertThat(tree.entries().getLast().read()).isNotEmpty();
            }
        }
    }

    @Test
    void image_pieces_areTheSameForASeed_andDifferFromEachOther() {
        var image = new SeededImage(7, 4L << 20);

        assertThat(image.pieces()).isEqualTo(4);
        assertThat(image.piece(2)).isEqualTo(new SeededImage(7, 4L << 20).piece(2));
        assertThat(image.piece(2)).isNotEqualTo(image.piece(3));
        assertThat(image.piece(2)).isNotEqualTo(new SeededImage(8, 4L << 20).piece(2));
    }

    @Test
    void image_withOneWrongByte_doesNotMatch() {
        var image = new SeededImage(7, 1 << 20);
        byte[] content = image.piece(0);

        assertThat(image.matches(0, ByteBuffer.wrap(content))).isTrue();
        content[content.length - 1] ^= 1;
        assertThat(image.matches(0, ByteBuffer.wrap(content))).isFalse();
        assertThat(image.matches(0, ByteBuffer.wrap(content, 0, 5))).isFalse();
    }
}
