package dev.quoin.tools.command.portal;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.DeletePortalRequest;
import dev.quoin.admin.proto.ListPortalsReply;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.fault.Fault;
import io.grpc.StatusException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code quoin portal delete}. */
@Command(
        name = "delete",
        description = "Listen at an address no more, and break off what came in by it: drain it first.",
        footer = "  quoin portal delete 10.1.0.1:3260 --yes")
final class DeletePortal extends PortalCall {

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        confirmation.require(
                terminal(),
                "portal " + address(),
                address(),
                "Sessions that came in by portal " + address() + " will be broken off.");
    }

    @Override
    ListPortalsReply change(AdminGrpc.AdminBlockingV2Stub stub) throws StatusException, InterruptedException {
        return stub.deletePortal(
                DeletePortalRequest.newBuilder().setAddress(address()).build());
    }
}
