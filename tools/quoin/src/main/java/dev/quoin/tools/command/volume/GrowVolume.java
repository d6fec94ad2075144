package dev.quoin.tools.command.volume;

import dev.quoin.admin.proto.GrowVolumeRequest;
import dev.quoin.admin.proto.ListVolumesRequest;
import dev.quoin.admin.proto.VolumeInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.DryRun;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.VolumeView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin volume grow}. */
@Command(
        name = "grow",
        description = {
            "Make a volume larger while it is in use. It cannot be made smaller again.",
            "Initiators are told; what is on the volume has to be grown there, as with resize2fs.",
            "A file system made by quoin fs mkfs keeps its size."
        },
        footer = {"  quoin volume grow disk1 --size 512MiB", "  quoin volume grow disk1 --size 512MiB --dry-run"})
final class GrowVolume extends NodeCommand {

    @Parameters(paramLabel = "VOLUME", description = "The name of the volume.")
    private String volume = "";

    @Option(
            names = "--size",
            required = true,
            paramLabel = "SIZE",
            description = "The size that it is to have: 512MiB, 2GiB.")
    private ByteSize size = new ByteSize(0);

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    protected int run(AdminClient client) throws Fault {
        if (dryRun.asked()) {
            VolumeInfo now = find(client);
            dryRun.say(
                    terminal(),
                    "grow volume " + volume + " from " + ByteSize.format(now.getSizeBytes()) + " to "
                            + ByteSize.format(size.bytes()));
            return ExitCode.DONE.number();
        }
        var request = GrowVolumeRequest.newBuilder().setName(volume).setSizeBytes(size.bytes());
        VolumeView.print(terminal(), format(), ask(client, stub -> stub.growVolume(request.build())));
        return ExitCode.DONE.number();
    }

    private VolumeInfo find(AdminClient client) throws Fault {
        var reply = ask(client, stub -> stub.listVolumes(ListVolumesRequest.getDefaultInstance()));
        for (VolumeInfo each : reply.getVolumesList()) {
            if (each.getName().equals(volume)) {
                return each;
            }
        }
        throw Fault.notFound("volume " + volume, "no such volume found", "quoin volume list");
    }
}
