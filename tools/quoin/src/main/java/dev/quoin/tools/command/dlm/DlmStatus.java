package dev.quoin.tools.command.dlm;

import dev.quoin.admin.proto.DlmInfo;
import dev.quoin.admin.proto.ShowDlmRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.DlmView;
import picocli.CommandLine.Command;

/** {@code quoin dlm status}. */
@Command(
        name = "status",
        description = {
            "Show the lock manager: who leads, term, applied index, lag.",
            "Ends with 0 if all is well, with 5 if there is something to complain of, with 7 without a leader."
        },
        footer = {"  quoin dlm status -o json"})
final class DlmStatus extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        DlmInfo info = ask(client, stub -> stub.showDlm(ShowDlmRequest.getDefaultInstance()));
        DlmView.print(terminal(), format(), info);
        return DlmView.exitCode(info).number();
    }
}
