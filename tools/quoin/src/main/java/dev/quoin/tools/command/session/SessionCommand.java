package dev.quoin.tools.command.session;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code session}. */
@Command(
        name = "session",
        description = "Sessions at the lock manager.",
        subcommands = {ListSessions.class, ShowSession.class, ConfirmFenced.class},
        footer = {"  quoin session list", "  quoin session show 12"})
public final class SessionCommand extends GroupCommand {}
