package dev.quoin.tools.command.dlm;

import dev.quoin.admin.proto.ShowDlmRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.DlmView;
import picocli.CommandLine.Command;

/** {@code quoin dlm members}. */
@Command(
        name = "members",
        description = {"List the members with their addresses."},
        footer = {"  quoin dlm members"})
final class ListMembers extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        DlmView.MEMBERS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.showDlm(ShowDlmRequest.getDefaultInstance()))
                        .getPeersList());
        return ExitCode.DONE.number();
    }
}
