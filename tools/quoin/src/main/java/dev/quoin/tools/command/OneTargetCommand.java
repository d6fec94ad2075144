package dev.quoin.tools.command;

import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import picocli.CommandLine.Parameters;

/** A command that shows something of one target. */
public abstract class OneTargetCommand extends NodeCommand {

    @Parameters(
            paramLabel = "TARGET",
            arity = "0..1",
            description = "The name of the target. Default: the one of the configuration.")
    private String target = "";

    @Override
    protected final int run(AdminClient client) throws Fault {
        var request = ShowTargetRequest.newBuilder().setName(target).build();
        show(ask(client, stub -> stub.showTarget(request)));
        return ExitCode.DONE.number();
    }

    /** Prints what is asked for. */
    protected abstract void show(TargetInfo found);
}
