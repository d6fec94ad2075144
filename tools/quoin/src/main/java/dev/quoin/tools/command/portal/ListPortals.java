package dev.quoin.tools.command.portal;

import dev.quoin.admin.proto.ListPortalsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;

/** {@code quoin portal list}. */
@Command(name = "list", description = "List the portals of the node.", footer = "  quoin portal list -o json")
final class ListPortals extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ListPortalsRequest.getDefaultInstance();
        TargetView.PORTALS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.listPortals(request)).getPortalsList());
        return ExitCode.DONE.number();
    }
}
