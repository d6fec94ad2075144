package dev.quoin.tools.command.portal;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.ListPortalsReply;
import dev.quoin.admin.proto.ResumePortalRequest;
import io.grpc.StatusException;
import picocli.CommandLine.Command;

/** {@code quoin portal resume}. */
@Command(
        name = "resume",
        description = "Take logins again at a portal that was drained.",
        footer = "  quoin portal resume 10.1.0.1:3260")
final class ResumePortal extends PortalCall {

    @Override
    ListPortalsReply change(AdminGrpc.AdminBlockingV2Stub stub) throws StatusException, InterruptedException {
        return stub.resumePortal(
                ResumePortalRequest.newBuilder().setAddress(address()).build());
    }
}
