package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.RemoveMemberRequest;
import dev.quoin.admin.proto.RemoveSpareRequest;
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

/** {@code quoin array remove}. */
@Command(
        name = "remove",
        description = "Take a failed member or a spare out of an array's table.",
        footer = {
            "  quoin array remove main 2 --yes                   a failed or missing member, for good",
            "  quoin array remove main file:/d9/spare --yes      a spare",
            "  quoin array remove --global file:/d9/any --yes    a spare of the node"
        })
final class RemoveMember extends NodeCommand {

    @Option(names = "--global", description = "A spare of the node.")
    private boolean global;

    @Parameters(
            arity = "1..2",
            paramLabel = "[ARRAY] ROLE|DEVICE",
            description = "The array, but with --global, and the number of the member or the device of the spare.")
    private String[] names = {};

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        ArrayAndMember.requireCount(names, global);
        confirmation.require(
                terminal(),
                (global ? "spare " : "array ") + names[0],
                names[0],
                names[names.length - 1] + " will be no part of it any more.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (global) {
            var request = RemoveSpareRequest.newBuilder().setDevice(names[0]).build();
            ArrayView.printSpares(terminal(), format(), ask(client, stub -> stub.removeSpare(request)));
            return ExitCode.DONE.number();
        }
        var request = RemoveMemberRequest.newBuilder().setArray(names[0]);
        if (names[1].matches("\\d{1,4}")) {
            request.setRole(Integer.parseInt(names[1]));
        } else {
            request.setSpare(names[1]);
        }
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.removeMember(request.build())));
        return ExitCode.DONE.number();
    }
}
