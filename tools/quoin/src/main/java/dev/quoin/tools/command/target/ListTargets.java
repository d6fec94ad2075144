package dev.quoin.tools.command.target;

import dev.quoin.admin.proto.ListTargetsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;

/** {@code quoin target list}. */
@Command(name = "list", description = "List the targets of the node.", footer = "  quoin target list -o json")
final class ListTargets extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ListTargetsRequest.getDefaultInstance();
        TargetView.TARGETS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.listTargets(request)).getTargetsList());
        return ExitCode.DONE.number();
    }
}
