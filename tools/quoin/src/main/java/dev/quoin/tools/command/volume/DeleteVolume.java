package dev.quoin.tools.command.volume;

import dev.quoin.admin.proto.DeleteVolumeRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.OutputFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code quoin volume delete}. */
@Command(
        name = "delete",
        description = "Delete a volume and all that is on it.",
        footer = "  quoin volume delete disk1 --yes")
final class DeleteVolume extends NodeCommand {

    @Parameters(paramLabel = "VOLUME", description = "The name of the volume.")
    private String volume = "";

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        confirmation.require(terminal(), "volume " + volume, volume, "All data on volume " + volume + " will be lost.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = DeleteVolumeRequest.newBuilder().setName(volume).build();
        ask(client, stub -> stub.deleteVolume(request));
        terminal()
                .out()
                .println(
                        format() == OutputFormat.JSON
                                ? Json.line(Json.document("Deleted").put("object", "volume " + volume))
                                : "volume " + volume + ": deleted");
        return ExitCode.DONE.number();
    }
}
