package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.ShowArrayRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ArrayView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin array show}. */
@Command(
        name = "show",
        description = {
            "Show an array and its members.",
            "Of each member it tells the device and, of disks, the serial number, also when it failed or is gone."
        },
        footer = "  quoin array show main")
final class ShowArray extends NodeCommand {

    @Parameters(paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ShowArrayRequest.newBuilder().setName(array).build();
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.showArray(request)));
        return ExitCode.DONE.number();
    }
}
