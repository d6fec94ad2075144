package dev.quoin.tools.command;

import dev.quoin.tools.output.Terminal;
import picocli.CommandLine.Option;

/** Only says what would be done, to what is there. */
public final class DryRun {

    @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
    private boolean asked;

    /** Whether nothing shall be done. */
    public boolean asked() {
        return asked;
    }

    /** Says what would be done. */
    public void say(Terminal terminal, String what) {
        terminal.out().println("would " + what + "; nothing was done");
    }
}
