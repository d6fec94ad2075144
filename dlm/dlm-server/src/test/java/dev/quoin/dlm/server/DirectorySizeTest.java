package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that the size of a directory is told while its files come and go. */
class DirectorySizeTest {

    @TempDir
    Path dir;

    @Test
    void size_isTold_whileFilesAreRenamed() throws Exception {
        for (int i = 0; i < 50; i++) {
            Files.write(dir.resolve("a" + i), new byte[10]);
        }
        Files.write(Files.createDirectory(dir.resolve("sub")).resolve("kept"), new byte[7]);
        AtomicBoolean stopping = new AtomicBoolean();
        AtomicReference<IOException> failure = new AtomicReference<>();
        Thread renames = Thread.ofPlatform().start(() -> {
            try {
                for (int round = 0; !stopping.get(); round++) {
                    for (int i = 0; i < 50; i++) {
                        String from = round % 2 == 0 ? "a" : "b";
                        Files.move(dir.resolve(from + i), dir.resolve((round % 2 == 0 ? "b" : "a") + i));
                    }
                }
            } catch (IOException broken) {
                failure.set(broken);
            }
        });
        for (int i = 0; i < 2_000; i++) {
            assertThat(DirectorySize.of(dir)).isBetween(7L, 1_007L);
        }
        stopping.set(true);
        renames.join();
        assertThat(failure).hasValue(null);
        assertThat(DirectorySize.of(dir)).isEqualTo(507);
    }
}
