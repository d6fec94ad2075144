package dev.quoin.tools.command.lock;

import dev.quoin.admin.proto.LockEvent;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.output.Terminal;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A lock that the node holds for us for as long as the call is open, and what is done meanwhile. */
final class HeldLock {

    /** How long a command may take to end by itself after the lock was lost. */
    private static final Duration STOP_TIME = Duration.ofSeconds(5);

    /** What shells end with if a command cannot be run. */
    private static final int COMMAND_NOT_RUN = 127;

    private final String name;
    private final CompletableFuture<String> lost = new CompletableFuture<>();

    HeldLock(String name, BlockingClientCall<?, LockEvent> events) {
        this.name = name;
        Thread.ofVirtual().name("lock-watch").start(() -> watch(events));
    }

    private void watch(BlockingClientCall<?, LockEvent> events) {
        try {
            for (LockEvent event = events.read(); event != null; event = events.read()) {
                if (event.hasLost()) {
                    lost.complete(event.getLost().getReason());
                }
            }
            lost.complete("the node ended the call");
        } catch (StatusException broken) {
            lost.complete(
                    "the connection to the node broke: " + broken.getStatus().getCode());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            lost.complete("interrupted");
        }
    }

    /** Waits for the time to pass, for ever if it is null. */
    ExitCode holdFor(@Nullable Duration time, Terminal terminal) throws InterruptedException {
        try {
            String reason = time == null ? lost.get() : lost.get(time.toNanos(), TimeUnit.NANOSECONDS);
            reportLoss(terminal, reason);
            return ExitCode.FAILED;
        } catch (TimeoutException held) {
            return ExitCode.DONE;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("the future is never failed", impossible);
        }
    }

    /** Runs a command, and stops it if the lock is lost; returns the number that it ended with. */
    int holdWhile(List<String> command, long token, Terminal terminal) throws InterruptedException {
        var builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("QUOIN_TOKEN", Long.toString(token));
        Process process;
        try {
            process = builder.start();
        } catch (IOException notRun) {
            terminal.err().println("quoin: command " + command.getFirst() + ": cannot be run: " + notRun.getMessage());
            return COMMAND_NOT_RUN;
        }
        CompletableFuture<Object> first = CompletableFuture.anyOf(process.onExit(), lost);
        try {
            first.get();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("neither future is ever failed", impossible);
        } catch (InterruptedException interrupted) {
            process.destroy();
            throw interrupted;
        }
        if (!process.isAlive()) {
            return process.exitValue();
        }
        reportLoss(terminal, lost.getNow("unknown"));
        process.destroy();
        if (!process.waitFor(STOP_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
        }
        return ExitCode.FAILED.number();
    }

    private void reportLoss(Terminal terminal, String reason) {
        terminal.err().println("quoin: lock " + name + ": lost: " + reason);
        terminal.err().println("  next: check what was done under its token, then acquire it again");
    }
}
