package dev.quoin.tools.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.tools.output.FakeTerminal;
import dev.quoin.tools.output.OutputFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of what was agreed on to be printed, and what a terminal was given in their stead. */
final class Golden {

    private final FakeTerminal terminal;

    Golden(FakeTerminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Takes what was printed since the last call. What was printed instead is left in target/golden, to be looked at and, if it is right,
     * agreed on.
     */
    void assertPrinted(String name, OutputFormat format) throws IOException {
        String file = name + (format == OutputFormat.JSON ? ".json" : ".txt");
        Path printed = Path.of("target", "golden", file);
        Files.createDirectories(printed.getParent());
        Files.writeString(printed, terminal.out());
        assertThat(terminal.out()).as(file).isEqualToNormalizingNewlines(golden(file));
        terminal.clear();
    }

    private static String golden(String file) throws IOException {
        try (InputStream resource = Golden.class.getResourceAsStream("golden/" + file)) {
            return resource == null
                    ? "no file golden/" + file
                    : new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
