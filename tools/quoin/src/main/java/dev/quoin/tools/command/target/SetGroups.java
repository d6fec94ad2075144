package dev.quoin.tools.command.target;

import dev.quoin.admin.proto.SetTargetGroupsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin target set}. */
@Command(
        name = "set",
        description = "Say through which portal groups a target is reached. Sessions through others are ended.",
        footer = {
            "  quoin target set iqn.2026-11.org.example:web --group 1 --group 2",
            "  quoin target set iqn.2026-11.org.example:web --all-groups"
        })
final class SetGroups extends NodeCommand {

    @Parameters(paramLabel = "TARGET", description = "The name of the target.")
    private String target = "";

    @Option(names = "--group", paramLabel = "N", description = "A portal group; may be repeated.")
    private List<Integer> groups = List.of();

    @Option(names = "--all-groups", description = "All portal groups, also those to come.")
    private boolean all;

    @Override
    protected void check() throws Fault {
        if (groups.isEmpty() != all) {
            throw Fault.usage(
                    "target " + target,
                    all ? "--group and --all-groups found, one of them expected" : "no --group found, one expected",
                    "name the groups, or --all-groups");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = SetTargetGroupsRequest.newBuilder()
                .setName(target)
                .addAllGroups(groups)
                .build();
        TargetView.print(terminal(), format(), ask(client, stub -> stub.setTargetGroups(request)));
        return ExitCode.DONE.number();
    }
}
