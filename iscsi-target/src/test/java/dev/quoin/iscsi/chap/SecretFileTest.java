package dev.quoin.iscsi.chap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a secret is read as it was written, and only from a file that is its owner's alone. */
class SecretFileTest {

    private static final ChapSecret SECRET = ChapSecret.of("correct horse battery");

    @TempDir
    Path directory;

    @Test
    void secret_withOrWithoutALineEnd_isTheSame() throws Exception {
        for (String text :
                new String[] {"correct horse battery", "correct horse battery\n", "correct horse battery\r\n"}) {
            assertThat(SecretFile.read(file(text, "rw-------"))).isEqualTo(SECRET);
        }
        assertThat(SecretFile.read(file("correct horse battery", "r--------"))).isEqualTo(SECRET);
        assertThat(SecretFile.read(file("correct horse battery \n\n", "rw-------")))
                .isEqualTo(ChapSecret.of("correct horse battery \n"));
        assertThat(SecretFile.read(file("x".repeat(256) + "\r\n", "rw-------")))
                .isEqualTo(ChapSecret.of("x".repeat(256)));
    }

    @Test
    void file_thatOthersCanUse_isRefused_andNotShown() throws Exception {
        for (String permissions : new String[] {"rw-r-----", "rw----r--", "rw--w----", "rwx-----x"}) {
            Path open = file("correct horse battery", permissions);
            assertThatIOException()
                    .isThrownBy(() -> SecretFile.read(open))
                    .withMessageContaining(open.toString())
                    .withMessageContaining("chmod 600")
                    .withMessageNotContaining("horse");
        }
    }

    @Test
    void file_withoutASecret_isRefused() throws Exception {
        assertThatIOException()
                .isThrownBy(() -> SecretFile.read(directory.resolve("none")))
                .withMessageContaining("does not exist");
        Path small = file("horse\n", "rw-------");
        assertThatIOException()
                .isThrownBy(() -> SecretFile.read(small))
                .withMessageContaining("5 bytes found, 12 to 256 expected")
                .withMessageNotContaining("horse");
        Path large = file("x".repeat(1 << 20), "rw-------");
        assertThatIOException().isThrownBy(() -> SecretFile.read(large)).withMessageContaining("12 to 256 expected");
    }

    private Path file(String text, String permissions) throws Exception {
        Path file = Files.writeString(Files.createTempFile(directory, "secret", ""), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
}
