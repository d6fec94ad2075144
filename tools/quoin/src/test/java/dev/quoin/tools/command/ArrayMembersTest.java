package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.tools.demo.Demo;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.output.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that devices come to arrays of a running node, leave them and replace each other by commands. */
class ArrayMembersTest extends CommandTest {

    @TempDir
    static Path base;

    private static Path directory = Path.of("unset");
    private static @Nullable Demo demo;

    @TempDir
    Path files;

    @BeforeAll
    static void start() throws Exception {
        directory = base.resolve("node");
        demo = Demo.start(directory, null, "test", notice -> {});
    }

    @AfterAll
    static void stop() {
        if (demo != null) {
            demo.close();
        }
        Logging.toNowhere();
    }

    @Override
    protected Path directory() {
        return directory;
    }

    @Test
    void devices_thatComeAndGo_areHandledByCommands() throws Exception {
        assertThat(create("moving", "1", 2)).isZero();
        Path spare = Files.createDirectory(files.resolve("spares")).resolve("spare");
        assertThat(run("array", "add", "moving", "file:" + spare, "--yes")).isZero();
        assertThat(terminal().out()).contains("SPARE", spare.toString());
        assertThat(run("array", "add", "moving", "file:" + spare, "--yes"))
                .as("is one already")
                .isEqualTo(4);
        assertThat(run("array", "remove", "moving", "file:" + spare, "--yes")).isZero();
        assertThat(run("array", "remove", "moving", "0", "--yes")).as("works").isEqualTo(4);
        assertThat(run("array", "add", "--global", "file:" + spare, "--yes")).isZero();
        assertThat(run("array", "add", "moving", "file:" + spare, "--yes"))
                .as("is the node's")
                .isEqualTo(4);
        assertThat(run("array", "add", "--global", "--yes")).isEqualTo(2);

        assertThat(run("array", "fail", "moving", "0", "--yes")).isZero();
        awaitMember("moving", 0, spare);

        Path fresh = spare.resolveSibling("fresh");
        assertThat(run("array", "replace", "moving", "1", "--with", "file:" + fresh, "--yes"))
                .isZero();
        awaitMember("moving", 1, fresh);
        assertThat(run("array", "fail", "moving", "1", "--yes")).isZero();
        assertThat(run("array", "add", "moving", "file:" + fresh, "--yes")).isZero();
        awaitMember("moving", 1, fresh);
        assertThat(run("array", "scrub", "moving")).isZero();
        assertThat(run("array", "events", "moving")).isZero();
        assertThat(terminal().out())
                .contains("SpareAdded", "Removed", "MoveSpare", "Fail", "Replaced", "SpareActive", "ReAdded");
    }

    @Test
    void spareThatIsNotThere_whenTheArrayStarts_isTold() throws Exception {
        assertThat(create("lacking", "1", 2)).isZero();
        Path spare = files.resolve("spare");
        assertThat(run("array", "add", "lacking", "file:" + spare, "--yes")).isZero();
        assertThat(run("array", "stop", "lacking")).isZero();
        Files.move(spare, files.resolve("elsewhere"));
        assertThat(run("array", "assemble", "lacking")).isZero();
        assertThat(terminal().out()).doesNotContain("SPARE");
        assertThat(run("array", "events", "lacking")).isZero();
        assertThat(terminal().out()).containsOnlyOnce("SparesMissing");
        assertThat(run("array", "stop", "lacking")).isZero();
        assertThat(run("array", "assemble", "lacking")).isZero();
        assertThat(run("array", "events", "lacking")).isZero();
        assertThat(terminal().out()).as("told once").containsOnlyOnce("SparesMissing");
    }

    @Test
    void spare_whenTheArrayStartsWithoutAMember_takesItsRole_andTheEventsSaySo() throws Exception {
        assertThat(create("helped", "1", 2)).isZero();
        Path spare = files.resolve("spare");
        assertThat(run("array", "add", "helped", "file:" + spare, "--yes")).isZero();
        assertThat(run("array", "stop", "helped")).isZero();
        Files.move(files.resolve("helped-0"), files.resolve("elsewhere"));
        assertThat(run("array", "assemble", "helped")).isZero();
        awaitMember("helped", 0, spare);
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            assertThat(run("array", "events", "helped")).isZero();
            assertThat(terminal().out()).containsSubsequence("NewArray", "DegradedArray", "Replaced", "SpareActive");
        });
    }

    /** Waits until a device has a role and is current: who began the work gives no sign when it is done. */
    private void awaitMember(String array, int role, Path device) {
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            assertThat(run("array", "show", array, "-o", "json")).isZero();
            var member = Json.read(terminal().out()).path("members").path(role);
            assertThat(member.path("device").asText()).endsWith(device.toString());
            assertThat(member.path("state").asText()).isEqualTo("active");
        });
    }

    private int create(String name, String level, int members, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("array", "create", name, "--level", level, "--member-size", "16MiB"));
        arguments.addAll(List.of(more));
        for (int i = 0; i < members; i++) {
            arguments.add("file:" + files.resolve(name + "-" + i));
        }
        return run(arguments.toArray(String[]::new));
    }
}
