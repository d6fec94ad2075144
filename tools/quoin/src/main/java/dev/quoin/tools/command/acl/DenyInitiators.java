package dev.quoin.tools.command.acl;

import dev.quoin.admin.proto.ChangeAccessRequest;
import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.DryRun;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code quoin acl deny}. */
@Command(
        name = "deny",
        description =
                "Let initiators log in no more, and end their sessions. Waits until nothing of them is under way.",
        footer = "  quoin acl deny iqn.2026-11.org.example:web iqn.1993-08.org.debian:01:web1")
final class DenyInitiators extends NodeCommand {

    @Parameters(index = "0", paramLabel = "TARGET", description = "The name of the target.")
    private String target = "";

    @Parameters(index = "1..*", paramLabel = "INITIATOR", arity = "1..*", description = "Who may log in no more.")
    private List<String> initiators = List.of();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    protected int run(AdminClient client) throws Fault {
        if (dryRun.asked()) {
            var look = ShowTargetRequest.newBuilder().setName(target).build();
            TargetInfo found = ask(client, stub -> stub.showTarget(look));
            long sessions = found.getSessionsList().stream()
                    .filter(session -> initiators.stream().anyMatch(session.getInitiator()::equalsIgnoreCase))
                    .count();
            dryRun.say(
                    terminal(),
                    "take " + String.join(", ", initiators) + " off the list of target " + target + " and end "
                            + sessions + " sessions");
            return ExitCode.DONE.number();
        }
        var request = ChangeAccessRequest.newBuilder()
                .setName(target)
                .addAllDeny(initiators)
                .build();
        TargetView.print(terminal(), format(), ask(client, stub -> stub.changeAccess(request)));
        return ExitCode.DONE.number();
    }
}
