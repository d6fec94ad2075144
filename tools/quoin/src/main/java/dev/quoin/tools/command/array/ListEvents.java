package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.ListArrayEventsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.UpkeepView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin array events}. */
@Command(
        name = "events",
        description = "List what happened to arrays, oldest first. The node keeps the last 1000 events.",
        footer = {"  quoin array events main", "  quoin array events --after 250 -o json"})
final class ListEvents extends NodeCommand {

    @Parameters(paramLabel = "ARRAY", arity = "0..1", description = "The name of the array. Default: all.")
    private String array = "";

    @Option(names = "--after", paramLabel = "INDEX", description = "Only those after this one.")
    private long after;

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ListArrayEventsRequest.newBuilder()
                .setArray(array)
                .setAfter(Math.max(0, after))
                .build();
        UpkeepView.EVENTS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.listArrayEvents(request)).getEventsList());
        return ExitCode.DONE.number();
    }
}
