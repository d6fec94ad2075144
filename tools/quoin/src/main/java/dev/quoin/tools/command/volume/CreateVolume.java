package dev.quoin.tools.command.volume;

import dev.quoin.admin.proto.CreateVolumeRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.VolumeView;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin volume create}. */
@Command(
        name = "create",
        description = "Make a volume, and export it if a LUN is named.",
        footer = {"  quoin volume create disk1 --size 256MiB", "  quoin volume create disk1 --size 256MiB --lun 2"})
final class CreateVolume extends NodeCommand {

    private static final int LUN_MAX = 255;

    @Parameters(paramLabel = "VOLUME", description = "The name of the new volume.")
    private String volume = "";

    @Option(names = "--size", required = true, paramLabel = "SIZE", description = "The size: 256MiB, 1GiB.")
    private ByteSize size = new ByteSize(0);

    @Option(names = "--pool", paramLabel = "POOL", description = "The pool. Default: the only one.")
    private String pool = "";

    @Option(names = "--lun", paramLabel = "N", description = "The number under which the target shows it.")
    private @Nullable Integer lun;

    @Override
    protected void check() throws Fault {
        if (lun != null && (lun < 0 || lun > LUN_MAX)) {
            throw Fault.usage(
                    "volume " + volume, "LUN " + lun + " found, 0 to " + LUN_MAX + " expected", "name another");
        }
        if (size.bytes() == 0) {
            throw Fault.usage("volume " + volume, "a size of 0 found, a larger one expected", "name another");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request =
                CreateVolumeRequest.newBuilder().setName(volume).setPool(pool).setSizeBytes(size.bytes());
        if (lun != null) {
            request.setLun(lun);
        }
        VolumeView.print(terminal(), format(), ask(client, stub -> stub.createVolume(request.build())));
        return ExitCode.DONE.number();
    }
}
