package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What tests need of the machine that only root may do: mounts and loop devices. Undone on close, last first. */
public final class Host implements AutoCloseable {

    private static final int SECONDS_MAX = 60;

    private final Deque<List<String>> undo = new ArrayDeque<>();

    /** Skips the test if this process is not root. */
    public static Host asRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts and loop devices need root");
        return new Host();
    }

    /** Mounts a file system in memory of so many bytes. Skips the test if that is not permitted. */
    public Path tmpfs(Path directory, long bytes) throws Exception {
        Files.createDirectories(directory);
        trySetUp("mount", "-t", "tmpfs", "-o", "size=" + bytes, "quoin-test", directory.toString());
        undo.push(List.of("umount", directory.toString()));
        return directory;
    }

    /** Mounts a disk. Skips the test if that is not permitted. */
    public void mount(Path disk, Path directory) throws Exception {
        Files.createDirectories(directory);
        trySetUp("mount", disk.toString(), directory.toString());
        undo.push(List.of("umount", directory.toString()));
    }

    /** Makes a file a loop device. Skips the test if that is not permitted. */
    public Path loop(Path file) throws Exception {
        String device = trySetUp("losetup", "--find", "--show", file.toString());
        undo.push(List.of("losetup", "--detach", device));
        return Path.of(device);
    }

    /**
     * Has the kernel say, of the loop device of a path, what the files of a directory say, in place of what it says itself. A loop device
     * has no serial number. Skips the test if that is not permitted.
     */
    public void tell(Path loop, Path said) throws Exception {
        Path sys = Path.of("/sys/block").resolve(loop.getFileName()).toRealPath();
        trySetUp("mount", "--bind", said.toString(), sys.toString());
        undo.push(List.of("umount", sys.toString()));
    }

    /** Makes a file one that nobody may write to. Skips the test if the file system does not know that. */
    public void makeImmutable(Path file) throws Exception {
        trySetUp("chattr", "+i", file.toString());
        undo.push(List.of("chattr", "-i", file.toString()));
    }

    /** Undoes {@link #makeImmutable}. */
    public void makeMutable(Path file) throws Exception {
        run("chattr", "-i", file.toString());
    }

    /** Runs a program that has to succeed, and gives what it says. */
    public static String run(String... command) throws Exception {
        Said said = said(List.of(command));
        assertThat(said.status()).as("%s: %s", List.of(command), said.text()).isZero();
        return said.text();
    }

    private static String trySetUp(String... command) throws Exception {
        Said said = said(List.of(command));
        assumeTrue(said.status() == 0, List.of(command) + ": " + said.text());
        return said.text();
    }

    private record Said(int status, String text) {}

    private static Said said(List<String> command) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException absent) {
            return new Said(-1, String.valueOf(absent.getMessage()));
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS))
                    .as("%s ends", command)
                    .isTrue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while it runs: " + command, interrupted);
        }
        return new Said(process.exitValue(), text);
    }

    @Override
    public void close() throws IOException {
        while (!undo.isEmpty()) {
            List<String> command = undo.pop();
            said(command);
        }
    }
}
