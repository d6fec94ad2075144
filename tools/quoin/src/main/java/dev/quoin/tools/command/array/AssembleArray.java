package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.StartArrayRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ArrayView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin array assemble}. */
@Command(
        name = "assemble",
        description = "Start an array that was stopped, and open the pool on it.",
        footer = "  quoin array assemble main")
final class AssembleArray extends NodeCommand {

    @Parameters(paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = StartArrayRequest.newBuilder().setArray(array).build();
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.startArray(request)));
        return ExitCode.DONE.number();
    }
}
