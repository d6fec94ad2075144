package dev.quoin.tools.command.lun;

import dev.quoin.admin.proto.MapLunRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin lun map}. */
@Command(
        name = "map",
        description = {
            "Show a volume under a number of a target; sessions are told.",
            "A volume may be shown by several targets: reservations of it hold for all of them."
        },
        footer = {
            "  quoin lun map iqn.2026-11.org.example:web 0 disk1",
            "  quoin lun map iqn.2026-11.org.example:web 1 disk2 --initiator iqn.1993-08.org.debian:01:web1"
        })
final class MapLun extends LunCall {

    @Parameters(index = "2", paramLabel = "VOLUME", description = "The name of the volume.")
    private String volume = "";

    @Option(
            names = "--initiator",
            paramLabel = "NAME",
            description = "Show it to this initiator; may be repeated. Default: everybody who may log in.")
    private List<String> initiators = List.of();

    @Option(names = "--read-only", description = "Refuse writes.")
    private boolean readOnly;

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = MapLunRequest.newBuilder()
                .setTarget(target())
                .setLun(lun())
                .setVolume(volume)
                .setReadOnly(readOnly)
                .addAllInitiators(initiators)
                .build();
        TargetView.print(terminal(), format(), ask(client, stub -> stub.mapLun(request)));
        return ExitCode.DONE.number();
    }
}
