package dev.quoin.tools.command.fs;

import dev.quoin.admin.proto.CheckFileSystemReply;
import dev.quoin.admin.proto.CheckFileSystemRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.FileView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin fs fsck}. */
@Command(
        name = "fsck",
        description = {
            "Check a file system that no node has open. Changes nothing.",
            "Ends with 1 if something is found."
        },
        footer = {"  quoin fs unmount shared0", "  quoin fs fsck shared0", "  quoin fs mount shared0"})
final class CheckFileSystem extends NodeCommand {

    @Parameters(paramLabel = "VOLUME", description = "The volume of the file system.")
    private String volume = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = CheckFileSystemRequest.newBuilder().setVolume(volume).build();
        // It reads the whole file system: no time is too long.
        CheckFileSystemReply reply = client.await(stub -> stub.checkFileSystem(request));
        FileView.printCheck(terminal(), format(), reply);
        return (reply.getClean() ? ExitCode.DONE : ExitCode.FAILED).number();
    }
}
