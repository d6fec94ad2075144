package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.ListArraysRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ArrayView;
import picocli.CommandLine.Command;

/** {@code quoin array list}. */
@Command(name = "list", description = "List the arrays.", footer = "  quoin array list -o json")
final class ListArrays extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        var reply = ask(client, stub -> stub.listArrays(ListArraysRequest.getDefaultInstance()));
        ArrayView.ARRAYS.print(terminal(), format(), reply.getArraysList());
        return ExitCode.DONE.number();
    }
}
