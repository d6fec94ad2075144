package dev.quoin.tools.command.fs;

import dev.quoin.admin.proto.MakeFileSystemRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.FileView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin fs mkfs}. */
@Command(
        name = "mkfs",
        description = "Make an empty file system on a volume.",
        footer = {"  quoin volume create disk1 --size 256MiB --lun 2", "  quoin fs mkfs disk1", "  quoin fs mount disk1"
        })
final class MakeFileSystem extends NodeCommand {

    @Parameters(paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Option(names = "--overwrite", description = "Do it even if the volume holds a file system.")
    private boolean overwrite;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        if (overwrite) {
            confirmation.require(
                    terminal(), "volume " + volume, volume, "All files on volume " + volume + " will be lost.");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = MakeFileSystemRequest.newBuilder()
                .setVolume(volume)
                .setOverwrite(overwrite)
                .build();
        FileView.print(terminal(), format(), ask(client, stub -> stub.makeFileSystem(request)));
        return ExitCode.DONE.number();
    }
}
