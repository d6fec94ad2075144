package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quoin.tools.output.FakeTerminal;
import dev.quoin.tools.output.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;

/** What tests of commands that ask a running node do: type a command and read what it says. */
abstract class CommandTest {

    private FakeTerminal terminal = FakeTerminal.script();

    /** That of the node. */
    protected abstract Path directory();

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

    protected final JsonNode json(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-o", "json"));
        assertThat(run(all.toArray(new String[0]))).as(terminal.err()).isZero();
        return Json.read(terminal.out());
    }
}
