package dev.quoin.tools.command.lock;

import dev.quoin.admin.proto.ListLocksRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.LockView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code quoin lock list}. */
@Command(
        name = "list",
        description = "List locks held and waited for.",
        footer = {"  quoin lock list", "  quoin lock list --space cli -o json"})
final class ListLocks extends NodeCommand {

    @Option(names = "--space", paramLabel = "NAME", description = "Only this lockspace. Default: all of them.")
    private String space = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ListLocksRequest.newBuilder().setLockspace(space).build();
        LockView.LOCKS.print(
                terminal(),
                format(),
                ask(client, stub -> stub.listLocks(request)).getLocksList());
        return ExitCode.DONE.number();
    }
}
