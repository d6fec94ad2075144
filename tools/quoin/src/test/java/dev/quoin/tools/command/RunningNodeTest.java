package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceProvider.Access;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import dev.quoin.iscsi.reservation.PrType;
import dev.quoin.property.Property;
import dev.quoin.tools.admin.NodeFile;
import dev.quoin.tools.demo.Demo;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.output.FakeTerminal;
import dev.quoin.tools.output.Json;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that the verbs of the command line do on a running node what they say, and that each way in which they can end has the
 * exit status of the table.
 */
class RunningNodeTest {

    @TempDir
    static Path base;

    private static Path directory = Path.of("unset");
    private static @Nullable Demo demo;

    @TempDir
    Path files;

    private FakeTerminal terminal = FakeTerminal.script();
    private int outBefore;

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

    @BeforeEach
    void newTerminal() {
        terminal = terminal(Map.of());
    }

    @Test
    void status_ofAHealthyNode_isOk_inBothForms() throws Exception {
        assertThat(run("status")).isZero();
        assertThat(out())
                .startsWith("OK  node demo, quoin test, pid "
                        + ProcessHandle.current().pid());

        assertThat(run("status", "-o", "json")).isZero();
        var json = Json.read(out());
        assertThat(json.path("health").asText()).isEqualTo("OK");
        assertThat(json.path("peers")).hasSize(3);
        assertThat(json.path("fileSystems").path(0).path("nodes")).hasSize(2);
    }

    @Test
    void wrongToken_isRefused() throws Exception {
        String endpoint = NodeFile.readFrom(directory).orElseThrow().endpoint().toString();
        terminal = terminal(Map.of("QUOIN_ENDPOINT", endpoint, "QUOIN_ADMIN_TOKEN", "guess"));

        assertThat(run("status", "-o", "json")).isEqualTo(9);
        assertThat(terminal.err()).contains("\"code\":\"REFUSED\"");
    }

    @Test
    void reservationsOfAVolume_areShown() throws Exception {
        assertThat(run("status", "-o", "json")).isZero();
        var target = Json.read(out()).path("targets").path(0);
        String url = "iscsi://" + target.path("portals").path(0).asText().replaceFirst(",.*", "") + "/"
                + target.path("name").asText() + "/0";
        assertThat(run("volume", "reservations", "disk0")).isZero();
        assertThat(out()).contains("reserved:").doesNotContain("INITIATOR");
        try (IscsiDevice disk = IscsiDevice.open(
                IscsiUrl.parse(url), InitiatorConfig.of("iqn.2026-11.org.example:a"), Access.READ_WRITE)) {
            disk.reservations().register(0xa1, true).join();
            disk.reservations().reserve(PrType.EXCLUSIVE_ACCESS).join();
            assertThat(run("volume", "reservations", "disk0", "-o", "json")).isZero();
            var shown = Json.read(out());
            assertThat(shown.path("type").asText()).isEqualTo("exclusive access");
            assertThat(shown.path("keys").path(0).path("key").asText()).isEqualTo("0xa1");
            assertThat(shown.path("keys").path(0).path("initiator").asText()).isEqualTo("iqn.2026-11.org.example:a");
            assertThat(shown.path("keys").path(0).path("holder").asBoolean()).isTrue();
            disk.reservations().clear().join();
        }
        assertThat(run("volume", "reservations", "none")).isEqualTo(3);
    }

    @Test
    void volume_lives_fromCreateToDelete() throws Exception {
        assertThat(run("volume", "create", "v1", "--pool", "main", "--size", "64MiB", "--lun", "9"))
                .isZero();
        assertThat(run("volume", "create", "v1", "--pool", "main", "--size", "64MiB"))
                .as("exists")
                .isEqualTo(4);
        assertThat(run("volume", "create", "v2", "--pool", "main", "--size", "64MiB", "--lun", "9"))
                .as("LUN taken")
                .isEqualTo(4);
        assertThat(run("volume", "create", "v 2", "--pool", "main", "--size", "64MiB"))
                .as("name")
                .isEqualTo(2);
        assertThat(run("volume", "create", "v2", "--pool", "main", "--size", "1000"))
                .as("size")
                .isEqualTo(2);
        assertThat(run("volume", "create", "v2", "--size", "64MiB", "--pool", "none"))
                .as("pool")
                .isEqualTo(3);

        assertThat(run("volume", "list", "-o", "json")).isZero();
        assertThat(Json.read(out()).path("items").findValuesAsText("name"))
                .contains("disk0", "shared0", "v1")
                .doesNotContain("v2", "v 2");

        assertThat(run("volume", "delete", "v1", "--yes")).isZero();
        assertThat(run("volume", "delete", "v1", "--yes")).as("gone").isEqualTo(3);
        assertThat(run("volume", "create", "v1", "--pool", "main", "--size", "64MiB", "--lun", "9"))
                .as("name and number are free again")
                .isZero();
        assertThat(run("volume", "delete", "v1", "--yes")).isZero();
    }

    @Test
    void volume_growsWhileItIsExported_andDoesNotShrink() throws Exception {
        assertThat(run("volume", "create", "g1", "--pool", "main", "--size", "64MiB", "--lun", "8"))
                .isZero();
        assertThat(run("volume", "grow", "g1", "--size", "96MiB", "--dry-run")).isZero();
        assertThat(out()).contains("would grow volume g1 from 64 MiB to 96 MiB; nothing was done");
        newTerminal();
        assertThat(run("volume", "grow", "g1", "--size", "96MiB", "-o", "json")).isZero();
        assertThat(Json.read(out()).path("sizeBytes").asLong()).isEqualTo(96L << 20);
        assertThat(run("volume", "grow", "g1", "--size", "64MiB")).as("smaller").isEqualTo(2);
        assertThat(terminal.err()).contains("cannot shrink");
        assertThat(run("volume", "grow", "g1", "--size", "1000")).as("size").isEqualTo(2);
        assertThat(run("volume", "grow", "g9", "--size", "96MiB")).as("none").isEqualTo(3);
        assertThat(run("volume", "grow", "g9", "--size", "96MiB", "--dry-run"))
                .as("none")
                .isEqualTo(3);
        assertThat(run("volume", "delete", "g1", "--yes")).isZero();
    }

    @Test
    void initiator_ofAVolume_isToldThatItGrows_andThatItsPoolFillsUp() throws Exception {
        assertThat(run("volume", "create", "n1", "--pool", "main", "--size", "64MiB", "--lun", "7"))
                .isZero();
        try (BlockDevice device = node().requirePortal().open(7, "iqn.2026-11.dev.quoin:news")) {
            AtomicInteger low = new AtomicInteger();
            device.watch(event -> low.addAndGet(event == DeviceEvent.SPACE_LOW ? 1 : 0));
            assertThat(run("volume", "grow", "n1", "--size", "96MiB")).isZero();
            ByteBuffer block = ByteBuffer.allocate(device.geometry().blockSize());
            BlockIo.read(device, 0, block.clear());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> device.geometry().size() == 96L << 20);
            for (long at = 0; at < 96L << 20; at += 4L << 20) {
                BlockIo.write(device, at, block.clear(), WriteMode.CACHED);
            }
            assertThat(low).hasValue(0);
            assertThat(run("pool", "set", "main", "--warn-at", "1")).isZero();
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
                BlockIo.read(device, 0, block.clear());
                return low.get() == 1;
            });
        }
        assertThat(run("pool", "set", "main", "--warn-at", "80")).isZero();
        assertThat(run("volume", "delete", "n1", "--yes")).isZero();
    }

    private static Node node() {
        Demo running = demo;
        if (running == null) {
            throw new IllegalStateException("the node was not started");
        }
        return running.node();
    }

    @Test
    void pool_isListed_andItsWarningSet() throws Exception {
        assertThat(run("pool", "set", "main", "--warn-at", "65", "-o", "json")).isZero();
        assertThat(Json.read(out()).path("warnAtPercent").asInt()).isEqualTo(65);
        newTerminal();
        assertThat(run("pool", "list", "-o", "json")).isZero();
        var main = Json.read(out()).path("items").path(0);
        assertThat(main.path("name").asText()).isEqualTo("main");
        assertThat(main.path("warnAtPercent").asInt()).isEqualTo(65);
        assertThat(main.path("sizeBytes").asLong())
                .isGreaterThan(main.path("usedBytes").asLong());
        assertThat(run("pool", "set", "main", "--warn-at", "0")).as("range").isEqualTo(2);
        assertThat(run("pool", "set", "main", "--warn-at", "101")).as("range").isEqualTo(2);
        assertThat(run("pool", "set", "none", "--warn-at", "50")).as("none").isEqualTo(3);
        assertThat(run("pool", "set", "main", "--warn-at", "80")).isZero();
    }

    @Test
    void volume_withAnOpenFileSystem_isNotDeleted() {
        assertThat(run("volume", "delete", "shared0", "--yes")).isEqualTo(4);
        assertThat(terminal.err()).contains("its file system is open");
        assertThat(run("fs", "ls", "shared0:/")).isZero();
    }

    @Test
    void file_copiedInThroughOneNode_comesOutThroughTheOther() throws Exception {
        byte[] content = new byte[3_000_001];
        Property.random(42).nextBytes(content);
        Path source = Files.write(files.resolve("source.bin"), content);
        Path target = files.resolve("target.bin");

        assertThat(run("fs", "cp", "--node", "node-a", source.toString(), "shared0:/copy.bin"))
                .isZero();
        assertThat(run("fs", "cp", "--node", "node-b", "shared0:/copy.bin", target.toString()))
                .isZero();
        assertThat(target).hasBinaryContent(content);

        Files.writeString(source, "shorter");
        assertThat(run("fs", "cp", source.toString(), "shared0:/copy.bin")).isZero();
        newTerminal();
        assertThat(run("fs", "cat", "--node", "node-b", "/copy.bin")).isZero();
        assertThat(terminal.out()).isEqualTo("shorter");

        assertThat(run("fs", "ls", "/", "-o", "json")).isZero();
        assertThat(Json.read(out()).path("items").findValuesAsText("name"))
                .contains("copy.bin")
                .noneMatch(name -> name.startsWith(".quoin-cp"));
    }

    @Test
    void standardInput_isCopied() {
        terminal = new FakeTerminal("from a pipe", false, Map.of("QUOIN_DIR", directory.toString()));
        assertThat(run("fs", "cp", "-", "shared0:/piped")).isZero();
        newTerminal();
        assertThat(run("fs", "cp", "shared0:/piped", "-")).isZero();
        assertThat(terminal.out()).isEqualTo("from a pipe");
    }

    @Test
    void paths_thatAreWrong_areRefused_byKind() throws Exception {
        Path source = Files.writeString(files.resolve("s"), "s");

        assertThat(run("fs", "cat", "/none")).isEqualTo(3);
        assertThat(terminal.err()).contains("/none");
        assertThat(run("fs", "ls", "none:/")).as("volume").isEqualTo(3);
        assertThat(run("fs", "ls", "--node", "node-z", "/")).as("node").isEqualTo(3);
        assertThat(run("fs", "cp", source.toString(), "shared0:/no/dir")).isEqualTo(3);
        assertThat(run("fs", "cp", files.resolve("no").toString(), "shared0:/x"))
                .isEqualTo(1);
        assertThat(run("fs", "cat", "/")).as("a directory").isEqualTo(2);
        assertThat(run("fs", "cp", source.toString(), "shared0:/"))
                .as("a name is made of the source's")
                .isZero();
        assertThat(run("fs", "cat", "/s")).isZero();
    }

    @Test
    void fileSystem_ofItsOwnVolume_isMadeMountedCheckedAndMadeAnew() throws Exception {
        assertThat(run("volume", "create", "fs1", "--pool", "main", "--size", "64MiB", "--lun", "5"))
                .isZero();
        assertThat(run("fs", "mkfs", "fs1")).isZero();
        assertThat(run("fs", "mkfs", "fs1")).as("there is one").isEqualTo(4);
        assertThat(run("fs", "mount", "fs1")).isZero();
        assertThat(run("fs", "cat", "/x")).as("two file systems, none named").isEqualTo(2);
        assertThat(run("fs", "fsck", "fs1")).as("mounted").isEqualTo(4);
        assertThat(terminal.err()).contains("open on [node-a, node-b]", "quoin fs unmount fs1");
        assertThat(run("fs", "mkfs", "fs1", "--overwrite", "--yes"))
                .as("mounted")
                .isEqualTo(4);
        assertThat(run("fs", "unmount", "fs1")).isZero();
        assertThat(run("fs", "unmount", "fs1")).as("not mounted").isEqualTo(4);
        assertThat(run("fs", "fsck", "fs1", "-o", "json")).isZero();
        assertThat(Json.read(out()).path("clean").asBoolean()).isTrue();
        assertThat(run("fs", "mkfs", "fs1", "--overwrite")).as("not confirmed").isEqualTo(2);
        assertThat(run("fs", "mkfs", "fs1", "--overwrite", "--yes")).isZero();
        assertThat(run("volume", "delete", "fs1", "--yes")).isZero();
    }

    @Test
    void fsck_ofABlankVolume_findsSomething() {
        assertThat(run("volume", "create", "blank1", "--pool", "main", "--size", "64MiB"))
                .isZero();
        assertThat(run("fs", "fsck", "blank1")).isEqualTo(1);
        assertThat(out()).contains("not clean");
        assertThat(run("fs", "mount", "blank1")).as("no LUN").isEqualTo(2);
        assertThat(run("volume", "delete", "blank1", "--yes")).isZero();
    }

    @Test
    void lock_heldWhileACommandRuns_givesItTheToken_andEndsAsItDoes() throws Exception {
        Path seen = files.resolve("token");
        assertThat(run("lock", "acquire", "one", "--", "sh", "-c", "echo $QUOIN_TOKEN > " + seen + "; exit 7"))
                .isEqualTo(7);

        String token = Files.readString(seen).strip();
        assertThat(Long.parseLong(token)).isPositive();
        assertThat(terminal.out()).contains("lock one: EX granted, fencing token " + token);
        newTerminal();
        assertThat(run("lock", "acquire", "one", "--for", "1ms", "-o", "json")).isZero();
        assertThat(Json.read(terminal.out()).path("token").asLong()).as("rises").isGreaterThan(Long.parseLong(token));
    }

    @Test
    void lock_heldByAnother_isWaitedFor_andThenRefused() throws Exception {
        FakeTerminal other = terminal(Map.of());
        Path go = files.resolve("go");
        CompletableFuture<Integer> holder = CompletableFuture.supplyAsync(() -> Parser.run(
                other.terminal(),
                "lock",
                "acquire",
                "two",
                "--",
                "sh",
                "-c",
                "while [ ! -e " + go + " ]; do sleep 0.05; done"));
        Awaitility.await().until(() -> other.out().contains("granted"));

        assertThat(run("lock", "list", "--space", "cli", "-o", "json")).isZero();
        assertThat(Json.read(out()).path("items").findValuesAsText("resource")).containsExactly("two");
        assertThat(run("lock", "acquire", "two", "--wait", "600ms")).isEqualTo(4);
        assertThat(terminal.err()).contains("waiting, held by cli-", "not granted in time");
        assertThat(run("lock", "acquire", "two", "--mode", "NL", "--for", "1ms"))
                .as("compatible")
                .isZero();

        Files.createFile(go);
        assertThat(holder.get()).isZero();
        assertThat(run("lock", "acquire", "two", "--wait", "10s", "--for", "1ms"))
                .isZero();
    }

    @Test
    void lock_askedForWrongly_isRefused() {
        assertThat(run("lock", "acquire", "x".repeat(65), "--for", "1ms")).isEqualTo(2);
        assertThat(run("lock", "acquire", "x", "--mode", "XX", "--for", "1ms")).isEqualTo(2);
        assertThat(run("lock", "acquire", "x", "--for", "1ms", "--", "true")).isEqualTo(2);
        assertThat(run("lock", "acquire", "x", "--", "/no/such/program")).isEqualTo(127);
        assertThat(run("lock", "list", "--space", "none")).isEqualTo(3);
    }

    @Test
    void array_thatLosesAMember_isMendedByCommands() throws Exception {
        Path members = files.resolve("members");
        String[] create = {
            "array",
            "create",
            "small",
            "--level",
            "5",
            "--member-size",
            "64MiB",
            "file:" + members.resolve("0"),
            "file:" + members.resolve("1"),
            "file:" + members.resolve("2")
        };
        assertThat(run(create)).isZero();
        assertThat(run(create)).as("exists").isEqualTo(4);
        assertThat(run("array", "create", "other", "--level", "7", "file:" + files.resolve("x")))
                .as("level")
                .isEqualTo(2);
        assertThat(run(
                        "array",
                        "create",
                        "other",
                        "--level",
                        "5",
                        "file:" + members.resolve("0"),
                        "file:/no/b",
                        "file:/no/c"))
                .as("in use")
                .isEqualTo(4);
        assertThat(run("volume", "create", "onsmall", "--pool", "small", "--size", "32MiB"))
                .isZero();
        assertThat(run("array", "rebuild", "small")).as("nothing to do").isEqualTo(4);

        assertThat(run("array", "fail", "small", "5", "--yes"))
                .as("no such member")
                .isEqualTo(2);
        assertThat(run("array", "fail", "small", "1", "--yes")).isZero();
        assertThat(run("array", "fail", "small", "2", "--yes"))
                .as("one too many")
                .isEqualTo(4);
        assertThat(run("status")).as("degraded").isEqualTo(5);
        assertThat(out()).contains("RAID_DEGRADED array small: 2 of 3 members active");
        assertThat(run("array", "replace", "small", "0", "--yes"))
                .as("a good member")
                .isEqualTo(4);
        assertThat(run("array", "replace", "small", "1", "--yes")).isZero();
        assertThat(run("array", "rebuild", "small")).isZero();
        assertThat(out()).contains("rebuild small 100 %", "rebuild small: done", "0 blocks lost");
        assertThat(run("array", "scrub", "small", "-o", "json")).isZero();
        assertThat(Json.read(out().lines().toList().getLast()).path("badBlocks").asInt())
                .isZero();
        assertThat(run("status")).isZero();
        assertThat(run("array", "show", "small")).isZero();
        assertThat(out()).contains("3 of 3", "member1-1");
        assertThat(run("array", "show", "none")).isEqualTo(3);
        assertThat(run("volume", "delete", "onsmall", "--yes")).isZero();
    }

    @Test
    void arrays_ofEveryLevel_areMadeShownAndChecked() throws Exception {
        Map<String, Integer> levels = Map.of("0", 2, "1", 2, "3", 3, "6", 4, "10", 3);
        for (Map.Entry<String, Integer> level : levels.entrySet()) {
            String name = "level" + level.getKey();
            assertThat(create(name, level.getKey(), 1)).as("one member").isEqualTo(2);
            assertThat(create(name, level.getKey(), level.getValue())).isZero();
            assertThat(run("array", "show", name)).isZero();
            assertThat(out()).contains("level:    " + level.getKey(), "optimal", level.getValue() + " of ");
            assertThat(run("array", "scrub", name)).isZero();
        }
        assertThat(create("mostly", "1", 2, "--write-mostly", "1")).isZero();
        assertThat(out()).contains("active, write-mostly");
        assertThat(create("refused", "5", 3, "--write-mostly", "1"))
                .as("no copies")
                .isEqualTo(2);
        assertThat(run("array", "fail", "level0", "0", "--yes"))
                .as("none to spare")
                .isEqualTo(4);
    }

    @Test
    void array_thatLosesTwoMembers_isMendedByCommands() throws Exception {
        assertThat(create("double", "6", 5)).isZero();
        for (String role : List.of("0", "3")) {
            assertThat(run("array", "fail", "double", role, "--yes")).isZero();
        }
        assertThat(run("array", "fail", "double", "1", "--yes"))
                .as("one too many")
                .isEqualTo(4);
        for (String role : List.of("3", "0")) {
            assertThat(run("array", "replace", "double", role, "--yes")).isZero();
        }
        assertThat(run("array", "rebuild", "double")).isZero();
        assertThat(run("array", "show", "double")).isZero();
        assertThat(out()).contains("5 of 5");
    }

    private int create(String name, String level, int members, String... more) {
        return run(CommandTest.creation(files, name, level, members, more));
    }

    private static FakeTerminal terminal(Map<String, String> more) {
        var environment = new HashMap<>(more);
        environment.put("QUOIN_DIR", directory.toString());
        return new FakeTerminal("", false, environment);
    }

    /** Runs a line; what it prints comes after what was printed before. */
    private int run(String... arguments) {
        outBefore = terminal.out().length();
        return Parser.run(terminal.terminal(), arguments);
    }

    /** What the last line printed on standard output. */
    private String out() {
        return terminal.out().substring(outBefore);
    }
}
