package dev.quoin.tools.command.portal;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code portal}. */
@Command(
        name = "portal",
        description = "The addresses at which the node's targets are reached, in portal groups.",
        subcommands = {ListPortals.class, CreatePortal.class, DeletePortal.class, DrainPortal.class, ResumePortal.class
        },
        footer = {
            "  quoin portal list",
            "  quoin portal create 10.1.0.1:3260 --group 2",
            "  quoin portal drain 10.1.0.1:3260        before work on that network",
            "  quoin portal resume 10.1.0.1:3260"
        })
public final class PortalCommand extends GroupCommand {}
