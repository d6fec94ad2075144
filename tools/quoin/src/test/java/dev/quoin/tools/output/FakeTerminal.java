package dev.quoin.tools.output;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A terminal that keeps what is printed and has its input ready. */
public final class FakeTerminal {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal;

    /** Makes a terminal in front of which somebody sits, or not. */
    public FakeTerminal(String input, boolean interactive, Map<String, String> environment) {
        terminal = new Terminal(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                interactive,
                environment);
    }

    /** A terminal of a script. */
    public static FakeTerminal script() {
        return new FakeTerminal("", false, Map.of());
    }

    /** The terminal to hand to what is tested. */
    public Terminal terminal() {
        return terminal;
    }

    /** What went to standard output. */
    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** What went to standard error. */
    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** Forgets what was printed. */
    public void clear() {
        out.reset();
        err.reset();
    }
}
