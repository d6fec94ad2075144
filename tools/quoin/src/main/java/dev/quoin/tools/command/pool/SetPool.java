package dev.quoin.tools.command.pool;

import dev.quoin.admin.proto.SetPoolRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.PoolView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin pool set}. */
@Command(
        name = "set",
        description = "Set what can be set of a pool at any time.",
        footer = "  quoin pool set main --warn-at 70")
final class SetPool extends NodeCommand {

    @Parameters(paramLabel = "POOL", description = "The name of the pool.")
    private String pool = "";

    @Option(
            names = "--warn-at",
            required = true,
            paramLabel = "PERCENT",
            description = "The share of the pool in use at which initiators are warned, 1 to 100.")
    private int warnAt;

    @Override
    protected void check() throws Fault {
        if (warnAt < 1 || warnAt > 100) {
            throw Fault.usage(
                    "pool " + pool, "--warn-at " + warnAt + " found, 1 to 100 expected", "name another share");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = SetPoolRequest.newBuilder()
                .setName(pool)
                .setWarnAtPercent(warnAt)
                .build();
        PoolView.print(terminal(), format(), ask(client, stub -> stub.setPool(request)));
        return ExitCode.DONE.number();
    }
}
