package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.RebuildArrayRequest;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.tools.fault.ExitCode;
import io.grpc.stub.BlockingClientCall;
import picocli.CommandLine.Command;

/** {@code quoin array rebuild}. */
@Command(
        name = "rebuild",
        description = "Fill replaced members from the others, and show how far it is.",
        footer = "  quoin array rebuild main")
final class RebuildArray extends ArrayWork {

    RebuildArray() {
        super("rebuild");
    }

    @Override
    BlockingClientCall<?, WorkEvent> start(AdminGrpc.AdminBlockingV2Stub stub, String name) {
        return stub.rebuildArray(RebuildArrayRequest.newBuilder().setArray(name).build());
    }

    @Override
    ExitCode outcome(WorkReport report) {
        return report.getBadBlocks() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }
}
