package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A program that we did not write, and what it says. */
record Program(Path file) {

    private static final int LIMIT_SECONDS = 300;

    /** How a program ended, with all that it wrote. */
    record Result(int status, String output) {}

    /** The program; where it is not installed, an assumption fails that names the package it is in. */
    static Program require(String name, String debianPackage) {
        Path found = Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv("PATH") + File.pathSeparator + "/usr/sbin")
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(found != null, name + " is not installed (package " + debianPackage + ")");
        return new Program(found);
    }

    /** Starts it, writing to a file. */
    Process start(Path output, Map<String, String> environment, List<String> arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(file.toString());
        builder.command().addAll(arguments);
        builder.environment().keySet().removeIf(name -> name.startsWith("LIBISCSI_"));
        builder.environment().putAll(environment);
        return builder.redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(output.toFile())
                .start();
    }

    /** Runs it to its end. */
    Result run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("program", ".out");
        Process process = start(output, environment, List.of(arguments));
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends within %s s", file, LIMIT_SECONDS)
                    .isTrue();
            return new Result(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    /** Runs it, which must end well, and gives what it said. */
    String good(String... arguments) throws IOException, InterruptedException {
        Result result = run(Map.of(), arguments);
        assertThat(result.status()).as(result.output()).isZero();
        return result.output();
    }
}
