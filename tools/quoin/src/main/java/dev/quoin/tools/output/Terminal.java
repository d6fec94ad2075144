package dev.quoin.tools.output;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a command reads and writes: its streams, its environment, and whether a person sits in front of it.
 *
 * @param in standard input
 * @param out data goes here
 * @param err messages go here
 * @param interactive whether both ends are a terminal, so that a question can be asked and a bar be drawn
 * @param environment the environment variables
 */
public record Terminal(
        InputStream in, PrintStream out, PrintStream err, boolean interactive, Map<String, String> environment) {

    public Terminal {
        environment = Map.copyOf(environment);
    }

    /** The terminal of this process. */
    public static Terminal ofProcess() {
        boolean interactive =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        return new Terminal(System.in, System.out, System.err, interactive, System.getenv());
    }

    /** An environment variable, null if it is not set or empty. */
    public @Nullable String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Asks and waits for a line; null at the end of the input. Blocking. */
    public @Nullable String ask(String question) throws IOException {
        err.print(question);
        err.flush();
        // A reader of its own takes more from the stream than the line. Nothing else reads after a question.
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
    }
}
