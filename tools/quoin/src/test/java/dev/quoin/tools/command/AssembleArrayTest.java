package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that arrays are started from the devices that are named, that it is said what each of them is, that refusals say what to do, and
 * that what a forced start loses is said and asked before.
 */
class AssembleArrayTest extends CommandTest {

    private static int tests;

    /** As long as the node, which starts all arrays again. */
    private Path files = Path.of("unset");

    @BeforeEach
    void makeDirectory() throws Exception {
        files = Files.createDirectory(base.resolve("members" + tests++));
    }

    private String[] create(String name, String level, int members) {
        List<String> arguments =
                new ArrayList<>(List.of("array", "create", name, "--level", level, "--member-size", "16MiB"));
        String[] urls = new String[members];
        for (int i = 0; i < members; i++) {
            urls[i] = "file:" + files.resolve(name + i);
            arguments.add(urls[i]);
        }
        done(arguments.toArray(String[]::new));
        return urls;
    }

    private void write(String array, int block, int value) throws Exception {
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) value);
        BlockDevice device = running().node().arrays().get(array);
        BlockIo.write(device, block * 4096L, ByteBuffer.wrap(bytes), WriteMode.FUA);
    }

    private byte read(String array, int block) throws Exception {
        BlockDevice device = running().node().arrays().get(array);
        return BlockIo.read(device, block * 4096L, 4096).get(4095);
    }

    private Path file(String name) {
        return files.resolve(name);
    }

    @Test
    void array_whoseFilesWereMoved_isFoundInADirectory_andComesBackAfterARestart() throws Exception {
        create("away", "5", 3);
        write("away", 9, 7);
        done("array", "stop", "away");
        Path elsewhere = Files.createDirectory(file("elsewhere"));
        for (int i = 0; i < 3; i++) {
            Files.move(file("away" + i), elsewhere.resolve("disk" + (2 - i)));
        }
        Files.write(elsewhere.resolve("notes"), new byte[8192]);
        assertThat(run("array", "assemble", "away")).as("where it was").isEqualTo(6);
        JsonNode found = json("array", "examine", elsewhere.toString());
        assertThat(found.path("kind").asText()).isEqualTo("Examination");
        assertThat(found.path("devices").findValuesAsText("kind"))
                .containsExactly("member", "member", "member", "blank");
        assertThat(found.path("devices").findValuesAsText("role")).containsExactly("2", "1", "0", "null");
        assertThat(found.path("arrays").path(0).path("start").asText()).isEqualTo("complete");
        assertThat(run("array", "assemble", "other", elsewhere.toString())).isEqualTo(3);
        assertThat(terminal().err()).contains("no member of it found", "is member 2");

        done("array", "assemble", "away", elsewhere.toString());
        assertThat(terminal().out())
                .contains("optimal", elsewhere.resolve("disk2").toString());
        assertThat(terminal().err()).contains("DEVICE", "is blank");
        assertThat(read("away", 9)).isEqualTo((byte) 7);
        assertThat(run("array", "assemble", "away", elsewhere.toString()))
                .as("runs")
                .isEqualTo(4);
        assertThat(run("array", "examine", elsewhere.resolve("disk0").toString()))
                .isEqualTo(1);
        assertThat(terminal().out()).contains("in-use", "used by array away");
        running().close();
        startAgain();
        assertThat(read("away", 9)).isEqualTo((byte) 7);
        done("array", "stop", "away");
        done("array", "assemble", "away");
        assertThat(terminal().out()).contains(elsewhere.resolve("disk2").toString());
    }

    @Test
    void staleMemberThatIsNeeded_isForced_onlyWhenThatWasConfirmed() throws Exception {
        String[] urls = create("forced", "5", 5);
        // Stripes whose parity is on member 4, as that of the label of the pool.
        write("forced", 320, 1);
        done("array", "fail", "forced", "2", "--yes");
        write("forced", 672, 2);
        done("array", "stop", "forced");
        Files.delete(file("forced3"));
        assertThat(run("array", "assemble", "forced", urls[0], urls[1], urls[2], urls[4]))
                .isEqualTo(6);
        assertThat(terminal().err()).contains("stale", "is lost", "--force");
        assertThat(run("array", "examine", urls[0], urls[1], urls[2], urls[4])).isEqualTo(1);
        assertThat(terminal().out()).contains("stale", "forced", "reported as unreadable");
        assertThat(run("array", "assemble", "forced", "--force"))
                .as("nobody to ask")
                .isEqualTo(2);
        assertThat(terminal().err()).contains("behind. What was written", "--i-mean-it=forced");
        assertThat(run("array", "show", "forced")).isEqualTo(3);
        done("array", "assemble", "forced", urls[0], urls[1], urls[2], urls[4], "--force", "--i-mean-it", "forced");
        assertThat(terminal().out()).contains("degraded");
        assertThat(read("forced", 320)).as("on a current member").isEqualTo((byte) 1);
        assertThatThrownBy(() -> read("forced", 672)).hasMessageContaining("cannot be read and not be repaired");
        done("array", "replace", "forced", "3", "--yes");
        run("array", "rebuild", "forced");
        done("array", "show", "forced");
        assertThat(terminal().out()).contains("optimal");
    }

    @Test
    void halvesThatWereUsedApart_areStarted_withTheWritesOfThoseThatAreNamed() throws Exception {
        String[] urls = create("apart", "1", 2);
        done("array", "stop", "apart");
        for (int i = 0; i < 2; i++) {
            Path hidden = file("hidden");
            Files.move(file("apart" + (1 - i)), hidden);
            done("array", "assemble", "apart", urls[i]);
            write("apart", 300, 10 + i);
            done("array", "stop", "apart");
            Files.move(hidden, file("apart" + (1 - i)));
        }
        assertThat(run("array", "assemble", "apart", urls[0], urls[1], "--force", "--yes"))
                .isEqualTo(6);
        assertThat(terminal().err()).contains("name only", "apart");
        assertThat(run("array", "assemble", "apart", urls[0])).isEqualTo(6);
        assertThat(terminal().err())
                .contains("(role 1), which is not to be used, was used apart from these", "--force");
        done("array", "assemble", "apart", urls[0], "--force", "--yes");
        assertThat(read("apart", 300)).isEqualTo((byte) 10);
        done("array", "add", "apart", urls[1], "--yes");
        // It began by itself, and may be at its end already.
        run("array", "rebuild", "apart");
        done("array", "show", "apart");
        assertThat(terminal().out()).contains("optimal");
        done("array", "scrub", "apart", "--check");
    }

    @Test
    void copyOfAMember_isRefused_alsoWithForce() throws Exception {
        String[] urls = create("twice", "1", 2);
        done("array", "stop", "twice");
        Files.copy(file("twice1"), file("copy"));
        assertThat(run(
                        "array",
                        "assemble",
                        "twice",
                        urls[0],
                        urls[1],
                        file("copy").toString(),
                        "--force",
                        "--yes"))
                .isEqualTo(6);
        assertThat(terminal().err()).contains("duplicate", "both claim to be member 1", "leave out the one");
        done("array", "assemble", "twice", urls[0], file("copy").toString());
        assertThat(terminal().out()).contains(file("copy").toString(), "optimal");
    }
}
