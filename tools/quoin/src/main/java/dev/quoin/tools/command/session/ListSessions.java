package dev.quoin.tools.command.session;

import dev.quoin.admin.proto.ListSessionsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.LockView;
import picocli.CommandLine.Command;

/** {@code quoin session list}. */
@Command(
        name = "list",
        description = {"List the sessions at the lock manager, with the lease they have left."},
        footer = {"  quoin session list -o json"})
final class ListSessions extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        LockView.SESSIONS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.listSessions(ListSessionsRequest.getDefaultInstance()))
                        .getSessionsList());
        return ExitCode.DONE.number();
    }
}
