package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program of others that may be installed. */
final class Program {

    private static final long SECONDS_MAX = 120;

    private final Path path;

    private Program(Path path) {
        this.path = path;
    }

    /** Skips the test if there is no such program. */
    static Program named(String name, String debianPackage) {
        Path found = Stream.concat(
                        Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(found != null, name + " is not installed (package " + debianPackage + ")");
        return new Program(found == null ? Path.of(name) : found);
    }

    /** How it ended and what it said. */
    record Result(int status, String output) {}

    /** Starts it with these arguments, its output in a file. */
    Process start(Path output, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(path.toString());
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Runs it to its end. Blocking. */
    Result run(String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("quoin-interop-", ".log");
        try {
            Process process = start(output, List.of(arguments));
            boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
            process.destroyForcibly();
            String said = Files.readString(output);
            assertThat(ended).as("%s ends: %s", path, said).isTrue();
            return new Result(process.exitValue(), said);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Runs it, which must end well. */
    String good(String... arguments) throws IOException, InterruptedException {
        Result result = run(arguments);
        assertThat(result.status()).as(result.output()).isZero();
        return result.output();
    }
}
