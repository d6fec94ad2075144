package dev.quoin.tools.command.acl;

import dev.quoin.admin.proto.ChangeAccessRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin acl allow}. */
@Command(
        name = "allow",
        description = "Let initiators log in to a target.",
        footer = {
            "  quoin acl allow iqn.2026-11.org.example:web iqn.1993-08.org.debian:01:web1",
            "  quoin acl allow iqn.2026-11.org.example:web iqn.1993-08.org.debian:01:web1 --only    where everybody could",
            "  quoin acl allow iqn.2026-11.org.example:web --everybody"
        })
final class AllowInitiators extends NodeCommand {

    @Parameters(index = "0", paramLabel = "TARGET", description = "The name of the target.")
    private String target = "";

    @Parameters(index = "1..*", paramLabel = "INITIATOR", arity = "0..*", description = "Who may log in.")
    private List<String> initiators = List.of();

    @Option(names = "--everybody", description = "Let everybody log in.")
    private boolean everybody;

    @Option(names = "--only", description = "Let nobody log in who is not on the list; sessions of others are ended.")
    private boolean only;

    @Override
    protected void check() throws Fault {
        if ((everybody && only) || (initiators.isEmpty() && !everybody && !only)) {
            throw Fault.usage(
                    "target " + target,
                    initiators.isEmpty() && !everybody ? "no initiator found" : "--everybody and --only found",
                    "name initiators, or one of --everybody and --only");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ChangeAccessRequest.newBuilder().setName(target).addAllAllow(initiators);
        if (everybody || only) {
            request.setEverybody(everybody);
        }
        TargetView.print(terminal(), format(), ask(client, stub -> stub.changeAccess(request.build())));
        return ExitCode.DONE.number();
    }
}
