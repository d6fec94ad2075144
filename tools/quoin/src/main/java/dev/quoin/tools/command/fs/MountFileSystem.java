package dev.quoin.tools.command.fs;

import dev.quoin.admin.proto.MountFileSystemRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.FileView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin fs mount}. */
@Command(
        name = "mount",
        description = "Open the file system of a volume on the node's file system nodes, now and at each start.",
        footer = "  quoin fs mount shared0")
final class MountFileSystem extends NodeCommand {

    @Parameters(paramLabel = "VOLUME", description = "The volume of the file system.")
    private String volume = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = MountFileSystemRequest.newBuilder().setVolume(volume).build();
        FileView.print(terminal(), format(), ask(client, stub -> stub.mountFileSystem(request)));
        return ExitCode.DONE.number();
    }
}
