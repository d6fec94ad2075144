package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.GrowArrayRequest;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.stub.BlockingClientCall;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code quoin array grow}. */
@Command(
        name = "grow",
        description = {
            "Make an array larger while it serves, or give a mirror one leg more, and show how far it is.",
            "Goes on with a reshape that was interrupted."
        },
        footer = {
            "  quoin array grow main --size                       take larger devices into use",
            "  quoin array grow main --add file:/srv/new --yes    one member more: RAID 5, or a leg of RAID 1"
        })
final class GrowArray extends ArrayWork {

    @Option(
            names = "--size",
            description = "Take into use what the devices of all members have become larger by. The default.")
    private boolean size;

    @Option(
            names = "--add",
            paramLabel = "DEVICE",
            description = "One member more, as a URL; a file that does not exist is made. What is on it is lost.")
    private String add = "";

    @Mixin
    private Confirmation confirmation = new Confirmation();

    GrowArray() {
        super("grow");
    }

    @Override
    protected void check() throws Fault {
        if (size && !add.isEmpty()) {
            throw Fault.usage(
                    "array " + array(), "--size and --add found, one of them expected", "do one after the other");
        }
        if (!add.isEmpty()) {
            confirmation.require(terminal(), "array " + array(), array(), "What is on " + add + " will be lost.");
        }
    }

    @Override
    BlockingClientCall<?, WorkEvent> start(AdminGrpc.AdminBlockingV2Stub stub, String name) {
        return stub.growArray(
                GrowArrayRequest.newBuilder().setArray(name).setAdd(add).build());
    }

    @Override
    ExitCode outcome(WorkReport report) {
        return report.getBadBlocks() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }
}
