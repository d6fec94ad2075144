package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.tools.config.ProductVersion;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.output.FakeTerminal;
import dev.quoin.tools.output.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Proves how command lines are read, explained and refused where no node is needed for it. */
class ParserTest {

    @TempDir
    Path directory;

    private FakeTerminal terminal = FakeTerminal.script();

    @Test
    void exitCodes_haveTheirNumbers_forEver() {
        assertThat(ExitCode.values())
                .extracting(ExitCode::number)
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 70, 130);
        assertThat(ExitCode.of(7)).isEqualTo(ExitCode.NO_QUORUM);
        assertThat(ExitCode.of(99)).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void version_isPrinted() {
        assertThat(run("--version")).isZero();
        assertThat(terminal.out()).startsWith("quoin " + ProductVersion.number() + " (Java ");
        assertThat(ProductVersion.number()).matches("\\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    void help_beginsWithExamples() {
        assertThat(run("help")).isZero();
        assertThat(terminal.out()).startsWith("Examples:").contains("quoin demo", "Commands:");
    }

    @Test
    void everyCommand_hasHelp_withExamplesAndDescription() {
        for (CommandLine command : all(Parser.commandLine(terminal.terminal()))) {
            String name = command.getCommandSpec().qualifiedName(" ");
            assertThat(command.getUsageMessage()).as(name).contains("Usage:");
            if (!name.endsWith("help")) {
                assertThat(command.getUsageMessage()).as(name).startsWith("Examples:");
                assertThat(command.getCommandSpec().usageMessage().footer())
                        .as(name)
                        .isNotEmpty();
                assertThat(command.getCommandSpec().usageMessage().description())
                        .as(name)
                        .isNotEmpty();
            }
        }
    }

    @Test
    void noun_withoutVerb_showsItsVerbs() {
        assertThat(run("array")).isEqualTo(2);
        assertThat(terminal.err()).contains("rebuild", "scrub");
        assertThat(terminal.out()).isEmpty();
    }

    @Test
    void unknownWord_isRefused_withTheNearest() {
        assertThat(run("stats")).isEqualTo(2);
        assertThat(terminal.err()).contains("stats", "next: did you mean 'status'?");
        terminal.clear();
        assertThat(run("array", "list", "--timout", "5s")).isEqualTo(2);
        assertThat(terminal.err()).contains("next: did you mean '--timeout'?");
    }

    @Test
    void wrongValue_isRefused_withWhatIsExpected() {
        assertThat(run("volume", "create", "v", "--size", "many")).isEqualTo(2);
        assertThat(terminal.err()).contains("--size", "'many' found", "GiB");
        terminal.clear();
        assertThat(run("status", "--timeout", "5")).isEqualTo(2);
        assertThat(terminal.err()).contains("'5' found", "a unit expected");
        terminal.clear();
        assertThat(run("volume", "create", "v", "--size", "1GiB", "--lun", "256"))
                .isEqualTo(2);
        assertThat(terminal.err()).contains("LUN 256 found, 0 to 255 expected");
    }

    @Test
    void missingValue_isRefused() {
        assertThat(run("volume", "create", "v")).isEqualTo(2);
        assertThat(terminal.err()).contains("--size");
    }

    @Test
    void error_withJson_isJsonOnStandardError() {
        for (List<String> form : List.of(List.of("-o", "json"), List.of("-ojson"), List.of("--output=JSON"))) {
            terminal.clear();
            var line = new ArrayList<>(List.of("volume", "create", "v"));
            line.addAll(form);
            assertThat(run(line.toArray(String[]::new))).isEqualTo(2);
            assertThat(terminal.err()).startsWith("{\"error\":{\"code\":\"USAGE\",");
            assertThat(terminal.out()).isEmpty();
        }
    }

    @Test
    void noNode_isNotFound() {
        assertThat(run("status", "--dir", directory.toString())).isEqualTo(3);
        assertThat(terminal.err()).contains("node in " + directory, "no running node found", "quoin demo");
    }

    @Test
    void deadEndpoint_isNotFound() {
        terminal = new FakeTerminal("", false, Map.of("QUOIN_ADMIN_TOKEN", "x"));
        assertThat(run("status", "--endpoint", "127.0.0.1:1", "-o", "json")).isEqualTo(3);
        assertThat(terminal.err()).contains("\"code\":\"NOT_FOUND\"", "node 127.0.0.1:1");
    }

    @Test
    void danger_inAScript_needsYes() {
        assertThat(run("volume", "delete", "disk0", "--dir", directory.toString()))
                .isEqualTo(2);
        assertThat(terminal.err()).contains("All data on volume disk0 will be lost.", "add --i-mean-it=disk0 or --yes");
        assertThat(run("volume", "delete", "disk0", "--i-mean-it=disk1", "--dir", directory.toString()))
                .isEqualTo(2);
        assertThat(terminal.err()).contains("--i-mean-it=disk1 found, --i-mean-it=disk0 expected");
    }

    @Test
    void danger_beforeAPerson_needsTheName() {
        terminal = new FakeTerminal("disk1\n", true, Map.of());
        assertThat(run("volume", "delete", "disk0", "--dir", directory.toString()))
                .isEqualTo(1);
        assertThat(terminal.err()).contains("Type the name 'disk0'", "'disk1' typed", "nothing was changed");

        terminal = new FakeTerminal("disk0\n", true, Map.of());
        assertThat(run("volume", "delete", "disk0", "--dir", directory.toString()))
                .as("goes on, and finds no node")
                .isEqualTo(3);
    }

    @Test
    void copy_withoutOneClusterPath_isRefused() {
        assertThat(run("fs", "cp", "a", "b")).isEqualTo(2);
        assertThat(run("fs", "cp", "shared0:/a", "shared0:/b")).isEqualTo(2);
        assertThat(terminal.err()).contains("one of them as VOLUME:/path expected");
    }

    @Test
    void directory_isChosen_asTheSpecificationSays() {
        assertThat(Directories.choose(variables(Map.of("HOME", "/h")), null)).hasToString("/h/.cache/quoin/demo");
        assertThat(Directories.choose(variables(Map.of("HOME", "/h", "XDG_CACHE_HOME", "/c")), null))
                .hasToString("/c/quoin/demo");
        assertThat(Directories.choose(variables(Map.of("HOME", "/h", "XDG_CACHE_HOME", "relative")), null))
                .hasToString("/h/.cache/quoin/demo");
        assertThat(Directories.choose(variables(Map.of("HOME", "/h", "QUOIN_DIR", "/q")), null))
                .hasToString("/q");
        assertThat(Directories.choose(variables(Map.of("QUOIN_DIR", "/q")), Path.of("/named/../d")))
                .hasToString("/d");
    }

    private static Terminal variables(Map<String, String> environment) {
        return new FakeTerminal("", false, environment).terminal();
    }

    private int run(String... arguments) {
        return Parser.run(terminal.terminal(), arguments);
    }

    private static List<CommandLine> all(CommandLine line) {
        var all = new ArrayList<CommandLine>(List.of(line));
        line.getSubcommands().values().forEach(sub -> all.addAll(all(sub)));
        return all;
    }
}
