package dev.quoin.tools.command.dlm;

import dev.quoin.admin.proto.TransferLeadershipRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.DlmView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin dlm transfer}. */
@Command(
        name = "transfer",
        description = {"Make another peer lead, before planned work on the one that does."},
        footer = {"  quoin dlm transfer         whoever is furthest", "  quoin dlm transfer b"})
final class TransferLeadership extends NodeCommand {

    @Parameters(index = "0", arity = "0..1", paramLabel = "PEER", description = "Who is to lead.")
    private String to = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = TransferLeadershipRequest.newBuilder().setTo(to).build();
        DlmView.print(terminal(), format(), client.await(stub -> stub.transferLeadership(request)));
        return ExitCode.DONE.number();
    }
}
