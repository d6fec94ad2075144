package dev.quoin.tools.command.portal;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.CreatePortalRequest;
import dev.quoin.admin.proto.ListPortalsReply;
import io.grpc.StatusException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code quoin portal create}. */
@Command(
        name = "create",
        description = "Listen at one more address, now and at each start.",
        footer = {
            "  quoin portal create 10.1.0.1:3260 --group 2",
            "  quoin portal create 0.0.0.0:3260 --announce storage:3260"
        })
final class CreatePortal extends PortalCall {

    @Option(
            names = "--group",
            paramLabel = "N",
            description = "Its portal group, 1 to 255; sessions and redirects stay in one group. Default: 1.")
    private int group = 1;

    @Option(
            names = "--announce",
            paramLabel = "HOST:PORT",
            description = "An address that discovery tells of instead, behind a port forward; may be repeated.")
    private List<String> announced = List.of();

    @Option(
            names = "--weight",
            paramLabel = "N",
            description = "How many connections it is to have beside others of its group, 1 to 1000. Default: 100.")
    private int weight = 100;

    @Override
    ListPortalsReply change(AdminGrpc.AdminBlockingV2Stub stub) throws StatusException, InterruptedException {
        return stub.createPortal(CreatePortalRequest.newBuilder()
                .setAddress(address())
                .setGroup(group)
                .addAllAnnounced(announced)
                .setWeight(weight)
                .build());
    }
}
