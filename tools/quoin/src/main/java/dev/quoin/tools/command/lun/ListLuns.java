package dev.quoin.tools.command.lun;

import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin lun list}. */
@Command(name = "list", description = "List the LUNs of a target.", footer = "  quoin lun list -o json")
final class ListLuns extends NodeCommand {

    @Parameters(
            paramLabel = "TARGET",
            arity = "0..1",
            description = "The name of the target. Default: the one of the configuration.")
    private String target = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ShowTargetRequest.newBuilder().setName(target).build();
        TargetView.LUNS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.showTarget(request)).getLunsList());
        return ExitCode.DONE.number();
    }
}
