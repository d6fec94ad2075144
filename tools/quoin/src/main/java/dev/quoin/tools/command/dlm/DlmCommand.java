package dev.quoin.tools.command.dlm;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code dlm}. */
@Command(
        name = "dlm",
        description = "The lock manager: its peers and who leads.",
        subcommands = {
            DlmStatus.class,
            ListMembers.class,
            TransferLeadership.class,
            AddMember.class,
            RemoveMember.class,
            ReplaceMember.class,
            TakeSnapshot.class,
            CertsCommand.class
        },
        footer = {"  quoin dlm status", "  quoin dlm transfer b"})
public final class DlmCommand extends GroupCommand {}
