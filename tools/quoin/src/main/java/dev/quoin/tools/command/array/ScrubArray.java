package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.ScrubArrayRequest;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.tools.fault.ExitCode;
import io.grpc.stub.BlockingClientCall;
import picocli.CommandLine.Command;

/** {@code quoin array scrub}. */
@Command(
        name = "scrub",
        description = {
            "Read everything, check every checksum and every parity, and mend what does not fit.",
            "Ends with 1 if blocks were found that cannot be mended."
        },
        footer = "  quoin array scrub main")
final class ScrubArray extends ArrayWork {

    ScrubArray() {
        super("scrub");
    }

    @Override
    BlockingClientCall<?, WorkEvent> start(AdminGrpc.AdminBlockingV2Stub stub, String name) {
        return stub.scrubArray(ScrubArrayRequest.newBuilder().setArray(name).build());
    }

    @Override
    ExitCode outcome(WorkReport report) {
        return report.getBadBlocks() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }
}
