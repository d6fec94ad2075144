package dev.quoin.tools.command.portal;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.ListPortalsReply;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import io.grpc.StatusException;
import picocli.CommandLine.Parameters;

/** A verb that changes one portal, and shows all of them then. */
abstract class PortalCall extends NodeCommand {

    @Parameters(paramLabel = "HOST:PORT", description = "The address that the portal listens on.")
    private HostPort address = new HostPort("127.0.0.1", 0);

    final String address() {
        return address.toString();
    }

    @Override
    protected final int run(AdminClient client) throws Fault {
        TargetView.PORTALS.print(terminal(), format(), ask(client, this::change).getPortalsList());
        return ExitCode.DONE.number();
    }

    /** Sends the request. */
    abstract ListPortalsReply change(AdminGrpc.AdminBlockingV2Stub stub) throws StatusException, InterruptedException;
}
