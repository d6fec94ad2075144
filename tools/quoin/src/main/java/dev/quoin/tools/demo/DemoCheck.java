package dev.quoin.tools.demo;

import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.output.FaultPrinter;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code quoin demo --check}: makes a demo in a fresh directory and proves step by step that it works. The directory is removed
 * if it does, and kept and named if it does not.
 *
 * <p>Owned by one thread.
 */
public final class DemoCheck {

    private static final Logger LOG = LoggerFactory.getLogger(DemoCheck.class);

    /** What has to be free where the directory is made, in bytes. */
    private static final long SPACE_NEEDED = 3L << 30;

    private final Terminal terminal;
    private final @Nullable Path home;
    private final @Nullable Integer port;
    private final String version;
    private final BooleanSupplier stopAsked;

    /**
     * Prepares the check.
     *
     * @param home the project's directory, whose files are written; null if it is not known
     * @param port of the target; null takes 3260 or the next free one
     * @param stopAsked whether somebody wants the check to end early
     */
    public DemoCheck(
            Terminal terminal, @Nullable Path home, @Nullable Integer port, String version, BooleanSupplier stopAsked) {
        this.terminal = terminal;
        this.home = home;
        this.port = port;
        this.version = version;
        this.stopAsked = stopAsked;
    }

    /**
     * Runs the check. Blocking.
     *
     * @param base where the fresh directory is made; null takes the directory for temporary files
     * @return the exit status: 0 only if everything holds
     */
    public int run(@Nullable Path base) throws Fault {
        Path directory = freshDirectory(base == null ? Path.of(System.getProperty("java.io.tmpdir")) : base);
        terminal.out().println("demo check in " + directory);
        var list = new Checklist(terminal, System::nanoTime, stopAsked);
        try (var steps = new CheckSteps(terminal, directory, home, port, version)) {
            steps.addTo(list);
        }
        list.finish();
        Exception failure = list.failure();
        if (failure == null) {
            Logging.toNowhere();
            remove(directory);
            return ExitCode.DONE.number();
        }
        LOG.error("demo check failed", failure);
        FaultPrinter.print(terminal, OutputFormat.TABLE, explain(directory, failure));
        return ExitCode.FAILED.number();
    }

    private static Fault explain(Path directory, Exception failure) {
        return new Fault(
                ExitCode.FAILED,
                "demo check",
                "a step failed: " + failure.getMessage(),
                "everything is kept in " + directory + "; its log is log/quoin.log",
                failure);
    }

    private static Path freshDirectory(Path base) throws Fault {
        try {
            Files.createDirectories(base);
            long free = Files.getFileStore(base).getUsableSpace();
            if (free < SPACE_NEEDED) {
                throw new Fault(
                        ExitCode.FAILED,
                        "directory " + base,
                        ByteSize.format(free) + " free found, at least " + ByteSize.format(SPACE_NEEDED) + " expected",
                        "free some space, or name a directory elsewhere with --dir");
            }
            return Files.createTempDirectory(base, "quoin-check-").toRealPath();
        } catch (IOException failure) {
            throw Fault.failed(
                    "directory " + base,
                    "cannot be used: " + failure,
                    "correct its permissions, or name another directory with --dir",
                    failure);
        }
    }

    private static void remove(Path directory) throws Fault {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failure) {
            throw Fault.failed("directory " + directory, "cannot be removed: " + failure, "remove it", failure);
        }
    }
}
