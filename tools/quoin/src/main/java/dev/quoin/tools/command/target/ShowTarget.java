package dev.quoin.tools.command.target;

import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin target show}. */
@Command(
        name = "show",
        description = "Show what a target exports, to whom, and who is logged in.",
        footer = "  quoin target show iqn.2026-11.org.example:web")
final class ShowTarget extends NodeCommand {

    @Parameters(
            paramLabel = "TARGET",
            arity = "0..1",
            description = "The name of the target. Default: the one of the configuration.")
    private String target = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ShowTargetRequest.newBuilder().setName(target).build();
        TargetView.print(terminal(), format(), ask(client, stub -> stub.showTarget(request)));
        return ExitCode.DONE.number();
    }
}
