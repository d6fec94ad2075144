package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.tools.output.Json;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that arrays of a running node take more members and more room by a command. */
class GrowArrayTest extends CommandTest {

    @TempDir
    Path files;

    @Test
    void arrays_growWhileTheyServe() throws Exception {
        assertThat(createArray(files, "grows", "5", 3)).isZero();
        done("volume", "create", "disk", "--pool", "grows", "--size", "4MiB");
        assertThat(run("array", "grow", "grows")).as("no new room").isEqualTo(1);
        assertThat(run("array", "grow", "grows", "--size", "--add", "file:" + files.resolve("grows-3"), "--yes"))
                .isEqualTo(2);
        assertThat(run("array", "grow", "grows", "--add", "file:" + files.resolve("grows-0"), "--yes"))
                .as("in use")
                .isEqualTo(4);
        assertThat(run("array", "grow", "grows", "--add", "file:" + files.resolve("grows-3"), "--yes"))
                .isZero();
        assertThat(terminal().out()).contains("grow grows 100 %", "grow grows: done", " more in ");
        for (int i = 0; i < 4; i++) {
            try (var file = new RandomAccessFile(files.resolve("grows-" + i).toFile(), "rw")) {
                file.setLength(64 << 20);
            }
        }
        assertThat(run("array", "grow", "grows", "--size", "-o", "json")).isZero();
        assertThat(Json.read(terminal().out().lines().toList().getLast())
                        .path("sizeBytes")
                        .asLong())
                .isGreaterThan(150 << 20);
        long before = poolSize();
        done("pool", "grow", "grows");
        assertThat(poolSize()).isGreaterThan(before + (64 << 20));
        assertThat(run("pool", "grow", "grows")).as("no more room").isEqualTo(4);
        assertThat(terminal().err()).contains("grow the array first");
        assertThat(run("array", "scrub", "grows")).isZero();
        assertThat(run("array", "show", "grows")).isZero();
        assertThat(terminal().out()).contains("optimal", "4 of 4");

        assertThat(createArray(files, "legs", "1", 2)).isZero();
        assertThat(run("array", "grow", "legs", "--add", "file:" + files.resolve("legs-2"), "--yes"))
                .isZero();
        assertThat(run("array", "show", "legs")).isZero();
        assertThat(terminal().out()).contains("optimal", "3 of 3");
        assertThat(createArray(files, "pairs", "10", 4)).isZero();
        assertThat(run("array", "grow", "pairs", "--add", "file:" + files.resolve("pairs-4"), "--yes"))
                .as("all would move")
                .isEqualTo(4);
    }

    private long poolSize() throws Exception {
        for (var pool : json("pool", "list").path("items")) {
            if (pool.path("name").asText().equals("grows")) {
                return pool.path("sizeBytes").asLong();
            }
        }
        throw new AssertionError("no pool grows");
    }
}
