package dev.quoin.dlm.fence;

import dev.quoin.dlm.api.SessionId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A fence agent that is a program: {@code PROGRAM off NODE SESSION}, without standard input, with {@code QUOIN_FENCE_NODE} and
 * {@code QUOIN_FENCE_SESSION} in its environment as well. Exit status 0 says that the node is cut off; any other, or no end
 * within the timeout, that it may not be. What it prints goes to the log, the first {@value #OUTPUT_MAX} bytes.
 *
 * @param program an executable file
 * @param timeout after which the program and what it has started are killed
 */
public record ProgramFence(Path program, Duration timeout) implements FenceAgent {

    static final int OUTPUT_MAX = 4_096;

    public ProgramFence {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException(
                    "timeout of " + timeout + " found for fence program " + program + ", a positive duration expected");
        }
    }

    @Override
    public String name() {
        return program.toString();
    }

    @Override
    public FenceOutcome fence(String node, SessionId session) {
        ProcessBuilder builder = new ProcessBuilder(program.toString(), "off", node, session.toString());
        builder.environment().put("QUOIN_FENCE_NODE", node);
        builder.environment().put("QUOIN_FENCE_SESSION", session.toString());
        Process process;
        try {
            process = builder.redirectErrorStream(true).start();
            process.getOutputStream().close();
        } catch (IOException failure) {
            return new FenceOutcome.NotFenced(program + " could not be started: " + failure.getMessage());
        }
        CompletableFuture<String> output = new CompletableFuture<>();
        Thread.ofVirtual().name("dlm-fence-output").start(() -> output.complete(read(process.getInputStream())));
        try {
            if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                return new FenceOutcome.NotFenced(program + " did not end within " + timeout);
            }
            String said = output.get(1, TimeUnit.SECONDS);
            return process.exitValue() == 0
                    ? new FenceOutcome.Fenced()
                    : new FenceOutcome.NotFenced(program + " ended with status " + process.exitValue()
                            + (said.isEmpty() ? "" : ": " + said));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new FenceOutcome.NotFenced(program + " was interrupted");
        } catch (ExecutionException | TimeoutException silent) {
            // Something that it has started keeps its output open; the status counts.
            return process.exitValue() == 0
                    ? new FenceOutcome.Fenced()
                    : new FenceOutcome.NotFenced(program + " ended with status " + process.exitValue());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** The first bytes; the rest is read and dropped, so that the program does not wait for a reader. */
    private static String read(InputStream from) {
        try (from) {
            byte[] first = from.readNBytes(OUTPUT_MAX);
            from.skip(Long.MAX_VALUE);
            return new String(first, StandardCharsets.UTF_8).strip();
        } catch (IOException ended) {
            return "";
        }
    }
}
