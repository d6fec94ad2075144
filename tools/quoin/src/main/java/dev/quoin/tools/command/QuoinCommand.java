package dev.quoin.tools.command;

import dev.quoin.tools.command.acl.AclCommand;
import dev.quoin.tools.command.array.ArrayCommand;
import dev.quoin.tools.command.dlm.DlmCommand;
import dev.quoin.tools.command.fs.FsCommand;
import dev.quoin.tools.command.lock.LockCommand;
import dev.quoin.tools.command.lun.LunCommand;
import dev.quoin.tools.command.pool.PoolCommand;
import dev.quoin.tools.command.portal.PortalCommand;
import dev.quoin.tools.command.session.SessionCommand;
import dev.quoin.tools.command.target.TargetCommand;
import dev.quoin.tools.command.volume.VolumeCommand;
import dev.quoin.tools.output.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The command {@code quoin} itself. */
@Command(
        name = "quoin",
        description =
                "A shared-disk cluster: replicated locks, RAID, block volumes over iSCSI, and a cluster file system.",
        versionProvider = Version.class,
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            StatusCommand.class,
            ArrayCommand.class,
            PoolCommand.class,
            VolumeCommand.class,
            TargetCommand.class,
            LunCommand.class,
            AclCommand.class,
            PortalCommand.class,
            FsCommand.class,
            LockCommand.class,
            SessionCommand.class,
            DlmCommand.class,
            HelpCommand.class
        },
        footer = {
            "  quoin demo                                   everything in one process, to try it",
            "  quoin demo --check                           the same, and prove that it works",
            "  quoin status                                 what runs, in another terminal",
            "  quoin fs cp README.md shared0:/README.md     copy a file into the cluster",
            "  quoin lock acquire backup -- ./backup.sh     run it on one machine at a time"
        })
public final class QuoinCommand extends GroupCommand {

    private final Terminal terminal;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    QuoinCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** The terminal that a command was started from. */
    static Terminal terminal(CommandSpec spec) {
        return ((QuoinCommand) spec.root().userObject()).terminal;
    }
}
