package dev.quoin.tools.command.target;

import dev.quoin.admin.proto.CreateTargetRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin target create}. */
@Command(
        name = "create",
        description = {
            "Make a target without LUNs, for those only who are named with --initiator.",
            "Where the configuration of the node has CHAP users, they have to prove themselves at this target too."
        },
        footer = {
            "  quoin target create iqn.2026-11.org.example:web --initiator iqn.1993-08.org.debian:01:web1",
            "  quoin target create iqn.2026-11.org.example:all --everybody --group 2"
        })
final class CreateTarget extends NodeCommand {

    @Parameters(
            paramLabel = "TARGET",
            description = "The iSCSI name of the new target: iqn.YEAR-MONTH.REVERSED-DOMAIN:ANYTHING.")
    private String target = "";

    @Option(names = "--initiator", paramLabel = "NAME", description = "An initiator that may log in; may be repeated.")
    private List<String> initiators = List.of();

    @Option(names = "--everybody", description = "Let everybody log in who reaches a portal.")
    private boolean everybody;

    @Option(
            names = "--group",
            paramLabel = "N",
            description = "A portal group through which it is reached; may be repeated. Default: all.")
    private List<Integer> groups = List.of();

    @Option(names = "--if-absent", description = "Change nothing if there is a target of the name.")
    private boolean ifAbsent;

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = CreateTargetRequest.newBuilder()
                .setName(target)
                .setEverybody(everybody)
                .addAllInitiators(initiators)
                .addAllGroups(groups)
                .setIfAbsent(ifAbsent)
                .build();
        TargetView.print(terminal(), format(), ask(client, stub -> stub.createTarget(request)));
        return ExitCode.DONE.number();
    }
}
