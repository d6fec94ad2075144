package dev.quoin.tools.command.acl;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code acl}. */
@Command(
        name = "acl",
        description = "Who may log in to a target, by the name that an initiator gives.",
        subcommands = {ListInitiators.class, AllowInitiators.class, DenyInitiators.class},
        footer = {
            "  quoin acl list iqn.2026-11.org.example:web",
            "  quoin acl allow iqn.2026-11.org.example:web iqn.1993-08.org.debian:01:web1",
            "  quoin acl deny iqn.2026-11.org.example:web iqn.1993-08.org.debian:01:web1"
        })
public final class AclCommand extends GroupCommand {}
