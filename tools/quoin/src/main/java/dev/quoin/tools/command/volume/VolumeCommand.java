package dev.quoin.tools.command.volume;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code volume}. */
@Command(
        name = "volume",
        description = "Volumes: pieces of a pool that are exported as disks.",
        subcommands = {
            ListVolumes.class,
            CreateVolume.class,
            GrowVolume.class,
            DeleteVolume.class,
            ShowReservations.class
        },
        footer = {
            "  quoin volume list",
            "  quoin volume create disk1 --size 256MiB --lun 2      make one and export it",
            "  quoin volume grow disk1 --size 512MiB                make it larger while it is in use",
            "  quoin volume delete disk1 --yes",
            "  quoin volume reservations disk1                      who has registered, and who holds it"
        })
public final class VolumeCommand extends GroupCommand {}
