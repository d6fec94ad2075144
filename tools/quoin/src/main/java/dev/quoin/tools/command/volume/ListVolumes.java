package dev.quoin.tools.command.volume;

import dev.quoin.admin.proto.ListVolumesRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.VolumeView;
import picocli.CommandLine.Command;

/** {@code quoin volume list}. */
@Command(name = "list", description = "List the volumes.", footer = "  quoin volume list -o json")
final class ListVolumes extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        var reply = ask(client, stub -> stub.listVolumes(ListVolumesRequest.getDefaultInstance()));
        VolumeView.VOLUMES.print(terminal(), format(), reply.getVolumesList());
        return ExitCode.DONE.number();
    }
}
