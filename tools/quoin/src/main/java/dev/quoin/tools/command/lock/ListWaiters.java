package dev.quoin.tools.command.lock;

import dev.quoin.admin.proto.ListWaitsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.LockView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code quoin lock waiters}. */
@Command(
        name = "waiters",
        description = {"List who waits for whom, the longest wait first."},
        footer = {"  quoin lock waiters"})
final class ListWaiters extends NodeCommand {

    @Option(names = "--space", paramLabel = "NAME", description = "Only this lockspace. Default: all of them.")
    private String space = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ListWaitsRequest.newBuilder().setLockspace(space).build();
        LockView.WAITS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.listWaits(request)).getWaitsList());
        return ExitCode.DONE.number();
    }
}
