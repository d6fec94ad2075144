package dev.quoin.tools;

import dev.quoin.tools.command.Parser;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.output.Terminal;

/** The program {@code quoin}. */
public final class Quoin {

    private Quoin() {}

    /** Runs one command line and ends the process with its exit status. */
    public static void main(String[] arguments) {
        Logging.toNowhere();
        System.exit(Parser.run(Terminal.ofProcess(), arguments));
    }
}
