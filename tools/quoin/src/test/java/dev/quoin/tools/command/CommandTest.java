package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quoin.tools.FreePorts;
import dev.quoin.tools.demo.Demo;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.output.FakeTerminal;
import dev.quoin.tools.output.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of commands that ask a running node do: run the node of the demo, type a command and read what it says. */
abstract class CommandTest {

    /** Lasts as long as the node. */
    @TempDir
    static Path base;

    private static int port;
    private static @Nullable Demo demo;

    private FakeTerminal terminal = FakeTerminal.script();

    @BeforeAll
    static void start() throws Exception {
        port = FreePorts.next();
        startAgain();
    }

    /** After {@link #running} was closed. */
    protected static final void startAgain() throws Exception {
        startAgain(notice -> {});
    }

    /** The same, with what a person is told of the start. */
    protected static final void startAgain(Consumer<String> notice) throws Exception {
        demo = Demo.start(directory(), port, "test", notice);
    }

    @AfterAll
    static void stop() {
        if (demo != null) {
            demo.close();
        }
        Logging.toNowhere();
    }

    protected static final Demo running() {
        if (demo == null) {
            throw new IllegalStateException("the demo does not run");
        }
        return demo;
    }

    private static Path directory() {
        return base.resolve("node");
    }

    @BeforeEach
    final void newTerminal() {
        terminal = new FakeTerminal("", false, Map.of("QUOIN_DIR", directory().toString()));
    }

    protected final FakeTerminal terminal() {
        return terminal;
    }

    protected final int run(String... arguments) {
        terminal.clear();
        return Parser.run(terminal.terminal(), arguments);
    }

    protected final void done(String... arguments) {
        assertThat(run(arguments)).as(terminal.err()).isZero();
    }

    protected final JsonNode json(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-o", "json"));
        done(all.toArray(new String[0]));
        return Json.read(terminal.out());
    }

    /** Creates an array on new files of a directory, which are named after it and their role. */
    protected final int createArray(Path files, String name, String level, int members, String... more) {
        return run(creation(files, name, level, members, more));
    }

    /** The words of the command that does that. */
    static String[] creation(Path files, String name, String level, int members, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("array", "create", name, "--level", level, "--member-size", "16MiB"));
        arguments.addAll(List.of(more));
        for (int i = 0; i < members; i++) {
            arguments.add("file:" + files.resolve(name + "-" + i));
        }
        return arguments.toArray(String[]::new);
    }
}
