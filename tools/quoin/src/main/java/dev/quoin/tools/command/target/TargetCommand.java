package dev.quoin.tools.command.target;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code target}. */
@Command(
        name = "target",
        description = "iSCSI targets: names under which initiators find volumes.",
        subcommands = {
            ListTargets.class,
            ShowTarget.class,
            CreateTarget.class,
            DeleteTarget.class,
            SetGroups.class,
            ListLogins.class
        },
        footer = {
            "  quoin target list",
            "  quoin target create iqn.2026-11.org.example:web      nobody may log in yet",
            "  quoin acl allow iqn.2026-11.org.example:web iqn.1993-08.org.debian:01:web1",
            "  quoin lun map iqn.2026-11.org.example:web 0 disk1",
            "  quoin target sessions"
        })
public final class TargetCommand extends GroupCommand {}
