package dev.quoin.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Finds the programs that measure or are measured, and installs what is missing if that is allowed. Used by one thread. */
public final class Programs {

    private static final Duration INSTALL_MAX = Duration.ofMinutes(5);
    private static final List<Path> DIRECTORIES = List.of(
            Path.of("/usr/bin"), Path.of("/usr/sbin"), Path.of("/usr/local/bin"), Path.of("/bin"), Path.of("/sbin"));

    private final PrintStream progress;
    private final Set<String> tried = new TreeSet<>();

    /** Programs, with {@code progress} told what is installed and what is skipped. */
    public Programs(PrintStream progress) {
        this.progress = progress;
    }

    /**
     * The path of a program, installed from a Debian package first if this runs as root.
     *
     * @param reason why it is wanted, for the line that says that it is skipped
     */
    public Optional<Path> find(String program, String debianPackage, String reason) {
        Optional<Path> found = look(program);
        if (found.isEmpty() && isRoot() && look("apt-get").isPresent() && tried.add(debianPackage)) {
            install(debianPackage);
            found = look(program);
        }
        if (found.isEmpty()) {
            skip(
                    reason,
                    program + " is not installed: install the package " + debianPackage
                            + (isRoot() ? "" : ", or run this as root to have it installed"));
        }
        return found;
    }

    /** As {@link #find}, where nothing can be measured without. */
    public Path require(String program, String debianPackage) throws BenchException {
        return find(program, debianPackage, program)
                .orElseThrow(
                        () -> new BenchException(program + " is not installed: install the package " + debianPackage));
    }

    /** Installs a package that holds no program, if this runs as root. */
    public void install(String debianPackage) {
        if (!isRoot()) {
            return;
        }
        progress.println("installing " + debianPackage);
        try {
            Command.run(INSTALL_MAX, "apt-get", "update", "-qq");
            Command.run(INSTALL_MAX, "apt-get", "install", "-y", "-qq", "--no-install-recommends", debianPackage);
        } catch (BenchException failure) {
            progress.println("not installed: " + debianPackage + ": " + failure.getMessage());
        }
    }

    /** Says that something is not measured, and why. */
    public void skip(String what, String reason) {
        progress.println("SKIPPED " + what + ": " + reason);
    }

    private static Optional<Path> look(String program) {
        return DIRECTORIES.stream()
                .map(directory -> directory.resolve(program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException | UnsupportedOperationException noProc) {
            return false;
        }
    }
}
