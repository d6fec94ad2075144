package dev.quoin.tools.command.pool;

import dev.quoin.admin.proto.GrowPoolRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.PoolView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin pool grow}. */
@Command(
        name = "grow",
        description = "Let a pool use the room that its array has got by quoin array grow.",
        footer = "  quoin pool grow main")
final class GrowPool extends NodeCommand {

    @Parameters(paramLabel = "POOL", description = "The name of the pool.")
    private String pool = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = GrowPoolRequest.newBuilder().setName(pool).build();
        PoolView.print(terminal(), format(), ask(client, stub -> stub.growPool(request)));
        return ExitCode.DONE.number();
    }
}
