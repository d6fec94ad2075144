package dev.quoin.tools.command.fs;

import dev.quoin.admin.proto.UnmountFileSystemRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.FileView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin fs unmount}. */
@Command(
        name = "unmount",
        description =
                "Close the file system of a volume on all of the node's file system nodes, now and for later starts.",
        footer = "  quoin fs unmount shared0")
final class UnmountFileSystem extends NodeCommand {

    @Parameters(paramLabel = "VOLUME", description = "The volume of the file system.")
    private String volume = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = UnmountFileSystemRequest.newBuilder().setVolume(volume).build();
        FileView.print(terminal(), format(), ask(client, stub -> stub.unmountFileSystem(request)));
        return ExitCode.DONE.number();
    }
}
