package dev.quoin.tools.command;

import picocli.CommandLine.Option;

/** The option that every command has. */
public final class HelpOption {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean asked;

    /** Whether help was asked for. */
    public boolean asked() {
        return asked;
    }
}
