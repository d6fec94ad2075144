package dev.quoin.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end. Blocking. */
public final class Command {

    private Command() {}

    /**
     * Runs a program and gives what it printed, standard error included.
     *
     * @param atMost after which it is killed
     * @throws BenchException if it does not end in time, or with another status than 0
     */
    public static String run(Duration atMost, String... command) throws BenchException {
        return run(atMost, Map.of(), command);
    }

    /** As the other one, with {@code environment} added to that of this process. */
    public static String run(Duration atMost, Map<String, String> environment, String... command)
            throws BenchException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException failure) {
            throw new BenchException("cannot start " + command[0] + ": " + failure.getMessage(), failure);
        }
        CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> {
            try {
                return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new BenchException(List.of(command) + " did not end within " + atMost.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new BenchException(List.of(command) + " ended with status " + process.exitValue() + ": "
                        + output.join().strip());
            }
            return output.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }
}
