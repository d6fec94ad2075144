package dev.quoin.tools.command.pool;

import dev.quoin.admin.proto.ListPoolsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.PoolView;
import picocli.CommandLine.Command;

/** {@code quoin pool list}. */
@Command(name = "list", description = "List the pools.", footer = "  quoin pool list -o json")
final class ListPools extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        var reply = ask(client, stub -> stub.listPools(ListPoolsRequest.getDefaultInstance()));
        PoolView.POOLS.print(terminal(), format(), reply.getPoolsList());
        return ExitCode.DONE.number();
    }
}
