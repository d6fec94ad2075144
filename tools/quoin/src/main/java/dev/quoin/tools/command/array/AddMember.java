package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.AddMemberRequest;
import dev.quoin.admin.proto.AddSpareRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ArrayView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin array add}. */
@Command(
        name = "add",
        description = "Add a device to an array: a former member catches up, any other waits as a spare.",
        footer = {
            "  quoin array add main file:/d2/main --yes       a member that was away gets what was written since",
            "  quoin array add main file:/d9/spare --yes      a spare: takes over when a member fails",
            "  quoin array add --global file:/d9/any --yes    a spare for whichever array of the node needs it first"
        })
final class AddMember extends NodeCommand {

    @Option(names = "--global", description = "The device waits for whichever array of the node needs a spare first.")
    private boolean global;

    @Parameters(
            arity = "1..2",
            paramLabel = "[ARRAY] DEVICE",
            description = "The array, but with --global, and the device.")
    private String[] names = {};

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        ArrayAndMember.requireCount(names, global);
        String device = names[names.length - 1];
        confirmation.require(
                terminal(),
                "device " + device,
                global ? device : names[0],
                "What is on " + device + " will be lost, unless it was a member of the array.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (global) {
            var request = AddSpareRequest.newBuilder().setDevice(names[0]).build();
            ArrayView.printSpares(terminal(), format(), ask(client, stub -> stub.addSpare(request)));
            return ExitCode.DONE.number();
        }
        var request = AddMemberRequest.newBuilder()
                .setArray(names[0])
                .setDevice(names[1])
                .build();
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.addMember(request)));
        return ExitCode.DONE.number();
    }
}
