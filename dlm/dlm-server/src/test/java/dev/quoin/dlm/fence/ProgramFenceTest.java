package dev.quoin.dlm.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.SessionId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fence program counts as done only if it says so in time, and nothing of it outlives its time. */
class ProgramFenceTest {

    private static final SessionId SESSION = new SessionId(42);

    @TempDir
    Path dir;

    private Path script(String body) throws IOException {
        Path script = dir.resolve("fence");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }

    private FenceOutcome fence(String body, Duration timeout) throws IOException {
        return new ProgramFence(script(body), timeout).fence("node-a/shared0", SESSION);
    }

    @Test
    void program_endsWithZero_hasFenced_andWasToldWhom() throws Exception {
        Path told = dir.resolve("told");
        assertThat(fence("echo \"$@ $QUOIN_FENCE_NODE $QUOIN_FENCE_SESSION\" > " + told, Duration.ofSeconds(10)))
                .isEqualTo(new FenceOutcome.Fenced());
        assertThat(Files.readString(told)).isEqualTo("off node-a/shared0 42 node-a/shared0 42\n");
    }

    @Test
    void program_endsOtherwise_hasNotFenced_andSaysWhy() throws Exception {
        assertThat(fence("echo switch does not answer >&2; exit 3", Duration.ofSeconds(10)))
                .isInstanceOfSatisfying(
                        FenceOutcome.NotFenced.class,
                        not -> assertThat(not.reason()).contains("status 3", "switch does not answer"));
    }

    @Test
    void program_printsWithoutEnd_isNotHeldUp_andIsCutShort() throws Exception {
        assertThat(fence("head -c 1000000 /dev/zero | tr '\\0' x; exit 1", Duration.ofSeconds(20)))
                .isInstanceOfSatisfying(
                        FenceOutcome.NotFenced.class,
                        not -> assertThat(not.reason().length()).isLessThan(2 * ProgramFence.OUTPUT_MAX));
    }

    @Test
    void program_hangs_isKilledWithAllThatItStarted() throws Exception {
        Path pid = dir.resolve("pid");
        assertThat(fence("sleep 600 & echo $! > " + pid + "; wait", Duration.ofMillis(500)))
                .isInstanceOfSatisfying(
                        FenceOutcome.NotFenced.class,
                        not -> assertThat(not.reason()).contains("did not end"));
        long child = Long.parseLong(Files.readString(pid).strip());
        await().until(() ->
                ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void program_isNotThere_hasNotFenced() {
        assertThat(new ProgramFence(dir.resolve("none"), Duration.ofSeconds(1)).fence("n", SESSION))
                .isInstanceOf(FenceOutcome.NotFenced.class);
    }
}
