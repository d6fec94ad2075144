package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that devices come to arrays of a running node, leave them and replace each other by commands. */
class ArrayMembersTest extends CommandTest {

    @TempDir
    Path files;

    @Test
    void devices_thatComeAndGo_areHandledByCommands() throws Exception {
        assertThat(createArray(files, "moving", "1", 2)).isZero();
        Path spare = Files.createDirectory(files.resolve("spares")).resolve("spare");
        done("array", "add", "moving", "file:" + spare, "--yes");
        assertThat(terminal().out()).contains("SPARE", spare.toString());
        assertThat(run("array", "add", "moving", "file:" + spare, "--yes"))
                .as("is one already")
                .isEqualTo(4);
        done("array", "remove", "moving", "file:" + spare, "--yes");
        assertThat(run("array", "remove", "moving", "0", "--yes")).as("works").isEqualTo(4);
        done("array", "add", "--global", "file:" + spare, "--yes");
        assertThat(run("array", "add", "moving", "file:" + spare, "--yes"))
                .as("is the node's")
                .isEqualTo(4);
        assertThat(run("array", "add", "--global", "--yes")).isEqualTo(2);

        done("array", "fail", "moving", "0", "--yes");
        awaitMember("moving", 0, spare);

        Path fresh = spare.resolveSibling("fresh");
        done("array", "replace", "moving", "1", "--with", "file:" + fresh, "--yes");
        awaitMember("moving", 1, fresh);
        done("array", "fail", "moving", "1", "--yes");
        done("array", "add", "moving", "file:" + fresh, "--yes");
        awaitMember("moving", 1, fresh);
        done("array", "scrub", "moving");
        done("array", "events", "moving");
        assertThat(terminal().out())
                .contains("SpareAdded", "Removed", "MoveSpare", "Fail", "Replaced", "SpareActive", "ReAdded");
    }

    @Test
    void spareThatIsNotThere_whenTheArrayStarts_isTold() throws Exception {
        assertThat(createArray(files, "lacking", "1", 2)).isZero();
        Path spare = files.resolve("spare");
        done("array", "add", "lacking", "file:" + spare, "--yes");
        done("array", "stop", "lacking");
        Files.move(spare, files.resolve("elsewhere"));
        done("array", "assemble", "lacking");
        assertThat(terminal().out()).doesNotContain("SPARE");
        done("array", "events", "lacking");
        assertThat(terminal().out()).containsOnlyOnce("SparesMissing");
        done("array", "stop", "lacking");
        done("array", "assemble", "lacking");
        done("array", "events", "lacking");
        assertThat(terminal().out()).as("told once").containsOnlyOnce("SparesMissing");
    }

    @Test
    void spare_whenTheArrayStartsWithoutAMember_takesItsRole_andTheEventsSaySo() throws Exception {
        assertThat(createArray(files, "helped", "1", 2)).isZero();
        Path spare = files.resolve("spare");
        done("array", "add", "helped", "file:" + spare, "--yes");
        done("array", "stop", "helped");
        Files.move(files.resolve("helped-0"), files.resolve("elsewhere"));
        done("array", "assemble", "helped");
        awaitMember("helped", 0, spare);
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            done("array", "events", "helped");
            assertThat(terminal().out()).containsSubsequence("NewArray", "DegradedArray", "Replaced", "SpareActive");
        });
    }

    /** Waits until a device has a role and is current: who began the work gives no sign when it is done. */
    private void awaitMember(String array, int role, Path device) {
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            var member = json("array", "show", array).path("members").path(role);
            assertThat(member.path("device").asText()).endsWith(device.toString());
            assertThat(member.path("state").asText()).isEqualTo("active");
        });
    }
}
