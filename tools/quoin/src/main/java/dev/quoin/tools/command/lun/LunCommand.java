package dev.quoin.tools.command.lun;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code lun}. */
@Command(
        name = "lun",
        description = "The numbers under which a target shows volumes.",
        subcommands = {ListLuns.class, MapLun.class, UnmapLun.class, MaskLun.class},
        footer = {
            "  quoin lun list iqn.2026-11.org.example:web",
            "  quoin lun map iqn.2026-11.org.example:web 0 disk1",
            "  quoin lun mask iqn.2026-11.org.example:web 0 iqn.1993-08.org.debian:01:web1",
            "  quoin lun unmap iqn.2026-11.org.example:web 0 --yes"
        })
public final class LunCommand extends GroupCommand {}
