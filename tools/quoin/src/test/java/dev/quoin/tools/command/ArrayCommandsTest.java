package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.WriteMode;
import dev.quoin.raid.Progress;
import dev.quoin.raid.ScrubMode;
import dev.quoin.tools.output.Json;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Proves that an administrator can hold the background work of arrays to a speed, have them scrubbed and see what was found, follow what
 * happens, and stop and start an array; and that what is to last does so over a restart of the node.
 */
class ArrayCommandsTest extends CommandTest {

    private static final int MIB = 1 << 20;

    /** As long as the node, which starts all arrays again in the test that comes next. */
    private static Path files = Path.of("unset");

    @BeforeAll
    static void makeDirectory() throws Exception {
        files = Files.createDirectory(base.resolve("members"));
    }

    private static void restart() throws Exception {
        running().close();
        startAgain();
    }

    /** Makes a mirror with a volume that holds so many MiB. */
    private void mirror(String name, int mib) throws Exception {
        done("array", "create", name, "--level", "1", "--member-size", "64MiB", member(name, 0), member(name, 1));
        done("volume", "create", name + "-v", "--pool", name, "--size", "48MiB");
        BlockDevice volume = running().node().volumes().device(name + "-v");
        byte[] bytes = new byte[MIB];
        java.util.Arrays.fill(bytes, (byte) 9);
        for (int i = 0; i < mib; i++) {
            BlockIo.write(volume, (long) i * MIB, ByteBuffer.wrap(bytes), WriteMode.FUA);
        }
    }

    private static String member(String name, int role) {
        return "file:" + files.resolve(name + role);
    }

    private List<String> events(String array) throws Exception {
        return json("array", "events", array).path("items").findValuesAsText("event");
    }

    @Test
    void journalPolicy_isShown_keptOverARestart_andRefusedWhereItIsNotFor() throws Exception {
        String[] three = {member("lean", 0), member("lean", 1), member("lean", 2)};
        done(
                "array",
                "create",
                "lean",
                "--level",
                "5",
                "--journal",
                "headers",
                "--member-size",
                "16MiB",
                three[0],
                three[1],
                three[2]);
        assertThat(terminal().out()).containsPattern("journal: +headers");
        restart();
        assertThat(json("array", "show", "lean").path("journal").asText()).isEqualTo("headers");
        assertThat(run("array", "create", "none", "--level", "3", "--journal", "headers", three[0], three[1], three[2]))
                .isEqualTo(2);
        assertThat(terminal().err()).contains("journal policy headers found, full expected for RAID 3");
        assertThat(run("array", "create", "none", "--level", "5", "--journal", "all", three[0], three[1], three[2]))
                .isEqualTo(2);
        assertThat(terminal().err()).contains("journal policy 'all' found, full or headers expected");
    }

    @Test
    void limits_areInForceAtOnce_andKeptOverARestart_asTheScheduleIs() throws Exception {
        mirror("paced", 1);
        done("array", "limits", "paced", "--min", "2MiB", "--max", "8MiB", "--latency", "50ms");
        assertThat(terminal().out()).contains("2 MiB", "8 MiB", "50");
        assertThat(run("array", "limits", "paced", "--min", "9MiB")).isEqualTo(2);
        assertThat(terminal().err()).contains("at least the minimum of 9437184 expected");
        assertThat(run("array", "limits", "paced", "--latency", "2m")).isEqualTo(2);
        assertThat(run("array", "limits", "none")).isEqualTo(3);
        done("array", "scrub", "paced", "--every", "30d", "--check");
        restart();
        JsonNode kept = json("array", "limits", "paced");
        assertThat(kept.path("scrub").asText()).isEqualTo("every 30 d 0 h, check only");
        assertThat(kept.path("nextScrubAt").isNull()).isFalse();
        assertThat(kept.path("minBytesPerSecond").asLong()).isEqualTo(2 * MIB);
        assertThat(kept.path("maxBytesPerSecond").asLong()).isEqualTo(8 * MIB);
        assertThat(kept.path("latencyMillis").asLong()).isEqualTo(50);
        assertThat(running().node().arrays().get("paced").limits().maxBytesPerSecond())
                .isEqualTo(8 * MIB);
        assertThat(json("array", "limits", "paced", "--max", "0")
                        .path("maxBytesPerSecond")
                        .isNull())
                .isTrue();
    }

    @Test
    void scrub_checksOnlyOrRepairs_andSaysWhatWasBad() throws Exception {
        mirror("rotten", 4);
        done("array", "stop", "rotten");
        try (RandomAccessFile rot =
                new RandomAccessFile(files.resolve("rotten1").toFile(), "rw")) {
            // The data begins at a whole MiB behind journal and checksums; its end is near the end of what was written.
            rot.seek(firstWritten(rot) + 17);
            rot.write(1);
        }
        done("array", "assemble", "rotten");
        assertThat(run("array", "scrub", "rotten", "--check", "-o", "json")).isEqualTo(1);
        JsonNode checked = report();
        assertThat(checked.path("checkOnly").asBoolean()).isTrue();
        assertThat(checked.path("dataChecksums").asLong()).isEqualTo(1);
        assertThat(checked.path("repairedBlocks").asLong()).isZero();
        done("array", "scrub", "rotten");
        assertThat(terminal().out()).contains("1 blocks repaired", "found: 1 data checksums, 0 parity checksums");
        done("array", "scrub", "rotten");
        assertThat(terminal().out()).contains("found: 0 data checksums");
        assertThat(events("rotten")).contains("NewArray", "ScrubStarted", "ScrubFinished", "DeviceDisappeared");
        assertThat(json("array", "limits", "rotten").path("scrubbedAt").isNull())
                .isFalse();
    }

    /** The first block of the last 32 MiB that is full of what the test wrote. */
    private static long firstWritten(RandomAccessFile file) throws Exception {
        byte[] block = new byte[4096];
        for (long at = 4L * MIB; at < file.length(); at += block.length) {
            file.seek(at);
            file.readFully(block);
            if (block[0] == 9 && block[4095] == 9) {
                return at;
            }
        }
        throw new AssertionError("nothing of what was written found");
    }

    private JsonNode report() throws Exception {
        return Json.read(terminal().out().lines().toList().getLast());
    }

    @Test
    void scrub_thatRuns_isStopped_andGoesOnThereAfterARestart() throws Exception {
        mirror("long", 24);
        done("array", "limits", "long", "--min", "1MiB", "--max", "1MiB");
        assertThat(run("array", "scrub", "long", "--stop")).as("none runs").isEqualTo(4);
        CompletableFuture<?> scrub = running()
                .node()
                .upkeep()
                .scrub("long", running().node().arrays().get("long"), ScrubMode.REPAIR);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
            var works = running().node().arrays().get("long").works();
            return !works.isEmpty() && works.getFirst().doneBytes() > 0;
        });
        assertThat(json("array", "limits", "long").path("work").asText()).startsWith("scrub ");
        done("array", "scrub", "long", "--stop");
        assertThat(terminal().out()).contains("stopped before its end");
        scrub.join();
        restart();
        assertThat(events("long"))
                .as("the history is kept")
                .contains("ScrubStarted", "ScrubStopped")
                .endsWith("NewArray");
        done("array", "limits", "long", "--min", "1MiB", "--max", "0");
        done("array", "scrub", "long", "-o", "json");
        assertThat(report().path("fromBytes").asLong()).isPositive();
        assertThat(report().path("stopped").asBoolean()).isFalse();
        assertThat(events("long")).contains("ScrubStopped", "ScrubFinished");
    }

    @Test
    void scheduledScrub_isRunByTheNode_untilItIsToDoNoMore() throws Exception {
        mirror("timed", 1);
        assertThat(run("array", "scrub", "timed", "--every", "soon")).isEqualTo(2);
        assertThat(run("array", "scrub", "timed", "--every", "9999d")).isEqualTo(2);
        assertThat(run("array", "scrub", "timed", "--every", "1d", "--stop")).isEqualTo(2);
        JsonNode planned = json("array", "scrub", "timed", "--every", "30d", "--check");
        assertThat(planned.path("scrub").asText()).isEqualTo("every 30 d 0 h, check only");
        assertThat(planned.path("nextScrubAt").isNull()).isFalse();
        assertThat(events("timed")).as("not yet").doesNotContain("ScrubStarted");
        done("array", "scrub", "timed", "--every", "1s");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> events("timed").contains("ScrubFinished"));
        done("array", "scrub", "timed", "--every", "never");
        assertThat(json("array", "limits", "timed").path("nextScrubAt").isNull())
                .isTrue();
    }

    @Test
    void watch_followsARebuildWithItsEvents() throws Exception {
        mirror("watched", 24);
        done("array", "fail", "watched", "1", "--yes");
        done("array", "replace", "watched", "1", "--yes");
        done("array", "limits", "watched", "--min", "12MiB", "--max", "12MiB");
        long before = json("array", "events")
                .path("items")
                .findValues("index")
                .getLast()
                .asLong();
        CompletableFuture<?> rebuild = running().node().arrays().rebuild("watched", Progress.NONE);
        done("array", "watch", "watched", "--until-idle", "--after", Long.toString(before), "-o", "json");
        rebuild.join();
        List<String> kinds = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String line : terminal().out().lines().toList()) {
            JsonNode each = Json.read(line);
            kinds.add(each.path("kind").asText());
            names.add(each.path("event").asText());
        }
        assertThat(kinds).contains("Progress", "ArrayEvent");
        assertThat(names).contains("RebuildStarted", "Rebuild20", "RebuildFinished", "SpareActive");
        done("array", "events", "watched");
        assertThat(terminal().out()).contains("Fail", "Replaced", "RebuildFinished", "SpareActive");
        assertThat(run("array", "watch", "none")).isEqualTo(3);
    }

    @Test
    void stop_isRefusedWhileAVolumeIsUsed_andLastsUntilTheArrayIsAssembled() throws Exception {
        mirror("moved", 1);
        String target =
                json("target", "list").path("items").path(0).path("name").asText();
        done("lun", "map", target, "77", "moved-v");
        assertThat(run("array", "stop", "moved")).isEqualTo(4);
        assertThat(terminal().err()).contains("volume moved-v of pool moved on it is exported as a LUN");
        done("lun", "unmap", target, "77", "--yes");
        assertThat(run("array", "assemble", "moved")).as("runs").isEqualTo(4);
        done("array", "stop", "moved");
        assertThat(run("array", "show", "moved")).isEqualTo(3);
        assertThat(run("array", "stop", "moved")).isEqualTo(3);
        assertThat(run("array", "assemble", "none")).isEqualTo(3);
        restart();
        assertThat(run("array", "show", "moved")).as("over a restart").isEqualTo(3);
        done("array", "assemble", "moved");
        assertThat(terminal().out()).contains("optimal");
        BlockDevice volume = running().node().volumes().device("moved-v");
        assertThat(BlockIo.read(volume, 0, 4096).get(17)).isEqualTo((byte) 9);
        assertThat(run("array", "stop", "main")).as("the one of the demo").isEqualTo(4);
    }
}
