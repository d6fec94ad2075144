package dev.quoin.tools.command.fs;

import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin fs cat}. */
@Command(
        name = "cat",
        description = "Write a file to standard output, byte for byte.",
        footer = "  quoin fs cat --node node-b shared0:/README.md")
final class ShowFile extends PathCommand {

    @Parameters(paramLabel = "PATH", description = "The file.")
    private String path = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        RemotePath file = remote(path);
        try {
            FileTransfer.download(client, file.toMessage(node()), terminal().out());
            terminal().out().flush();
        } catch (IOException unwritable) {
            throw Fault.failed(
                    "standard output",
                    "cannot be written: " + unwritable.getMessage(),
                    "free some space there",
                    unwritable);
        }
        return ExitCode.DONE.number();
    }
}
