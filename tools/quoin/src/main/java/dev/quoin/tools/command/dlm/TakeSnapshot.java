package dev.quoin.tools.command.dlm;

import dev.quoin.admin.proto.SnapshotDlmRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin dlm snapshot}. */
@Command(
        name = "snapshot",
        description = {"Have a peer write its state to disk and let the log before it go."},
        footer = {"  quoin dlm snapshot a"})
final class TakeSnapshot extends NodeCommand {

    @Parameters(index = "0", paramLabel = "PEER", description = "Its name.")
    private String id = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = SnapshotDlmRequest.newBuilder().setId(id).build();
        long index = client.await(stub -> stub.snapshotDlm(request)).getIndex();
        terminal().out().println("peer " + id + ": durable as of index " + index);
        return ExitCode.DONE.number();
    }
}
