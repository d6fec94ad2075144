package dev.quoin.tools.command.portal;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.DrainPortalRequest;
import dev.quoin.admin.proto.ListPortalsReply;
import io.grpc.StatusException;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code quoin portal drain}. */
@Command(
        name = "drain",
        description = {
            "Take no more logins at a portal, send them to others of its group, and ask those that came in by it to log out.",
            "quoin portal list shows how many connections are left. A restart of the node ends it, and quoin portal resume."
        },
        footer = "  quoin portal drain 10.1.0.1:3260 --within 1m")
final class DrainPortal extends PortalCall {

    @Option(
            names = "--within",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "How long initiators are told that they have, 1s to 65535s. Default: 30s.")
    private Duration within = Duration.ofSeconds(30);

    @Override
    ListPortalsReply change(AdminGrpc.AdminBlockingV2Stub stub) throws StatusException, InterruptedException {
        return stub.drainPortal(DrainPortalRequest.newBuilder()
                .setAddress(address())
                .setSeconds((int) Math.min(within.toSeconds(), Integer.MAX_VALUE))
                .build());
    }
}
