package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.FailMemberRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ArrayView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code quoin array fail}. */
@Command(
        name = "fail",
        description = "Take a member out of use, as if its disk had died.",
        footer = "  quoin array fail main 2 --yes")
final class FailMember extends NodeCommand {

    @Parameters(index = "0", paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Parameters(index = "1", paramLabel = "ROLE", description = "The number of the member, from 0.")
    private int role;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        confirmation.require(
                terminal(),
                "array " + array,
                array,
                "Member " + role + " of array " + array + " will be out of use, and the array have less redundancy.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request =
                FailMemberRequest.newBuilder().setArray(array).setRole(role).build();
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.failMember(request)));
        return ExitCode.DONE.number();
    }
}
