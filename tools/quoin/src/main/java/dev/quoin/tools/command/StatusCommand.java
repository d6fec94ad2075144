package dev.quoin.tools.command;

import dev.quoin.admin.proto.StatusReply;
import dev.quoin.admin.proto.StatusRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.StatusView;
import java.time.Instant;
import picocli.CommandLine.Command;

/** {@code quoin status}. */
@Command(
        name = "status",
        description = {
            "Show a running node on one screen; the first line says whether somebody must act.",
            "Ends with 0 if all is well, 5 if redundancy is spent, 6 if something does not work."
        },
        footer = {"  quoin status", "  quoin status -o json"})
final class StatusCommand extends NodeCommand {

    @Override
    protected int run(AdminClient client) throws Fault {
        StatusReply status = ask(client, stub -> stub.status(StatusRequest.getDefaultInstance()));
        StatusView.print(terminal(), format(), status, Instant.now());
        return StatusView.exitCode(status).number();
    }
}
