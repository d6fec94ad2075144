package dev.quoin.tools.command.target;

import dev.quoin.admin.proto.ListTargetsRequest;
import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin target sessions}. */
@Command(
        name = "sessions",
        description = "List the initiators that are logged in.",
        footer = {"  quoin target sessions", "  quoin target sessions iqn.2026-11.org.example:web -o json"})
final class ListLogins extends NodeCommand {

    @Parameters(paramLabel = "TARGET", arity = "0..1", description = "The name of a target. Default: all targets.")
    private String target = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        TargetView.LOGINS.print(
                terminal(),
                format(),
                targets(client).stream()
                        .flatMap(one -> one.getSessionsList().stream()
                                .map(session -> new TargetView.Login(one.getName(), session)))
                        .toList());
        return ExitCode.DONE.number();
    }

    private List<TargetInfo> targets(AdminClient client) throws Fault {
        if (target.isEmpty()) {
            return ask(client, stub -> stub.listTargets(ListTargetsRequest.getDefaultInstance()))
                    .getTargetsList();
        }
        var request = ShowTargetRequest.newBuilder().setName(target).build();
        TargetInfo one = ask(client, stub -> stub.showTarget(request));
        return List.of(one);
    }
}
