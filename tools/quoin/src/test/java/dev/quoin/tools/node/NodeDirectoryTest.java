package dev.quoin.tools.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a node's directory is taken by one process at a time, and that one that cannot be used is refused with the reason. */
class NodeDirectoryTest {

    @TempDir
    Path temporary;

    @Test
    void newDirectory_isMade_forItsUserOnly() throws Exception {
        Path path = temporary.resolve("a/b/node");
        try (NodeDirectory directory = NodeDirectory.open(path, 1)) {
            assertThat(directory.path()).isEqualTo(path);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void usedDirectory_isRefused_namingTheProcess() throws Exception {
        try (NodeDirectory first = NodeDirectory.open(temporary, 1)) {
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> NodeDirectory.open(first.path(), 1))
                    .satisfies(fault -> {
                        assertThat(fault.code()).isEqualTo(ExitCode.CONFLICT);
                        assertThat(fault.message())
                                .contains("in use by process "
                                        + ProcessHandle.current().pid());
                    });
        }
        NodeDirectory.open(temporary, 1).close();
    }

    @Test
    void fullDirectory_isRefused_withBothSizes() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> NodeDirectory.open(temporary, Long.MAX_VALUE))
                .satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo(ExitCode.FAILED);
                    assertThat(fault.message()).contains("free found", "expected");
                });
    }

    @Test
    void directoryThatCannotBeMade_isRefused() {
        // Nobody can make directories here, not even root.
        Path path = Path.of("/proc/quoin-test/node");

        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> NodeDirectory.open(path, 1))
                .satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo(ExitCode.FAILED);
                    assertThat(fault.object()).isEqualTo("directory " + path);
                    assertThat(fault.message()).contains("cannot be used");
                });
    }

    @Test
    void file_insteadOfDirectory_isRefused() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));

        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> NodeDirectory.open(file, 1))
                .satisfies(fault -> assertThat(fault.message()).contains("something else than a directory"));
    }
}
