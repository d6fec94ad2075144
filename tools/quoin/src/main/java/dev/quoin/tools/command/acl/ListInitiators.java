package dev.quoin.tools.command.acl;

import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin acl list}. */
@Command(
        name = "list",
        description = "List who may log in to a target.",
        footer = "  quoin acl list iqn.2026-11.org.example:web -o json")
final class ListInitiators extends NodeCommand {

    @Parameters(
            paramLabel = "TARGET",
            arity = "0..1",
            description = "The name of the target. Default: the one of the configuration.")
    private String target = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ShowTargetRequest.newBuilder().setName(target).build();
        TargetInfo found = ask(client, stub -> stub.showTarget(request));
        if (found.getEverybody() && format() == OutputFormat.TABLE) {
            terminal().err().println("everybody may log in to target " + found.getName());
        }
        TargetView.INITIATORS.print(terminal(), format(), found.getInitiatorsList());
        return ExitCode.DONE.number();
    }
}
