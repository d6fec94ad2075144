package dev.quoin.tools.command.fs;

import dev.quoin.admin.proto.DirectoryEntry;
import dev.quoin.admin.proto.ListDirectoryRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.FileView;
import io.grpc.stub.BlockingClientCall;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin fs ls}. */
@Command(name = "ls", description = "List a directory.", footer = "  quoin fs ls shared0:/")
final class ListDirectory extends PathCommand {

    @Parameters(paramLabel = "PATH", defaultValue = "/", description = "The directory. Default: /.")
    private String path = "/";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ListDirectoryRequest.newBuilder()
                .setPath(remote(path).toMessage(node()))
                .build();
        List<DirectoryEntry> entries = ask(client, stub -> {
            BlockingClientCall<?, DirectoryEntry> answers = stub.listDirectory(request);
            var all = new ArrayList<DirectoryEntry>();
            for (DirectoryEntry entry = answers.read(); entry != null; entry = answers.read()) {
                all.add(entry);
            }
            return all;
        });
        FileView.ENTRIES.print(terminal(), format(), entries);
        return ExitCode.DONE.number();
    }
}
