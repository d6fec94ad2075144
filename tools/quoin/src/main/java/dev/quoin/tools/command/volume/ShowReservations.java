package dev.quoin.tools.command.volume;

import dev.quoin.admin.proto.ShowReservationsRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ReservationView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin volume reservations}. */
@Command(
        name = "reservations",
        description = {
            "Show the persistent reservations of a volume: the keys, whose they are, and who holds the volume.",
            "They are those of all nodes that serve it."
        },
        footer = {"  quoin volume reservations disk1", "  quoin volume reservations disk1 -o json"})
final class ShowReservations extends NodeCommand {

    @Parameters(paramLabel = "VOLUME", description = "The name of the volume.")
    private String volume = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ShowReservationsRequest.newBuilder().setVolume(volume).build();
        ReservationView.print(terminal(), format(), ask(client, stub -> stub.showReservations(request)));
        return ExitCode.DONE.number();
    }
}
