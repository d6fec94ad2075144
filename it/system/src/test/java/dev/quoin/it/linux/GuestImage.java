package dev.quoin.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What it/linux/build-guest makes, once for all tests. */
final class GuestImage {

    /** What this system cannot do ends build-guest with it. */
    private static final int CANNOT = 3;

    private static final Duration BUILD_MAX = Duration.ofMinutes(15);

    private GuestImage() {}

    /**
     * Makes it if it is not there. Blocking. Where this system cannot make or run it, the test that asks is skipped.
     *
     * @param temp a directory for what build-guest says
     */
    static Path made(Path temp) throws IOException, InterruptedException {
        assumeTrue(isInstalled("qemu-system-x86_64"), "qemu-system-x86_64 is not installed (package qemu-system-x86)");
        Path made =
                Path.of(System.getProperty("it.guest", System.getProperty("user.home") + "/.cache/quoin/linux-guest"));
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(root.resolve("verify"))) {
            root = root.getParent();
        }
        Process build = new ProcessBuilder(root.resolve("it/linux/build-guest").toString(), made.toString())
                .redirectErrorStream(true)
                .redirectOutput(temp.resolve("build").toFile())
                .start();
        assertThat(build.waitFor(BUILD_MAX.toSeconds(), TimeUnit.SECONDS))
                .as("the guest is built in time")
                .isTrue();
        String said = Files.readString(temp.resolve("build"));
        assumeTrue(build.exitValue() != CANNOT, "the machine for the Linux kernel cannot be made: " + said.strip());
        assertThat(build.exitValue()).as(said).isZero();
        return made;
    }

    private static boolean isInstalled(String program) {
        return List.of(System.getenv("PATH").split(":")).stream()
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
