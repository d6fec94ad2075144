package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.ReplaceMemberRequest;
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

/** {@code quoin array replace}. */
@Command(
        name = "replace",
        description =
                "Put a blank device in the place of a member; one that works is copied first and stays in use until then.",
        footer = {
            "  quoin array replace main 2 --yes                          a new file beside the others",
            "  quoin array replace main 2 --with file:/srv/new --yes     a device of your choice, also for a member that works"
        })
final class ReplaceMember extends NodeCommand {

    @Parameters(index = "0", paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Parameters(index = "1", paramLabel = "ROLE", description = "The number of the member, from 0.")
    private int role;

    @Option(
            names = "--with",
            paramLabel = "DEVICE",
            description =
                    "The new device, as a URL; a file that does not exist is made. Default: a new file beside the other "
                            + "members, if the member failed or is missing.")
    private String device = "";

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        confirmation.require(
                terminal(),
                "array " + array,
                array,
                "What is on " + (device.isEmpty() ? "the new file" : device) + " will be lost.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ReplaceMemberRequest.newBuilder()
                .setArray(array)
                .setRole(role)
                .setDevice(device)
                .build();
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.replaceMember(request)));
        return ExitCode.DONE.number();
    }
}
