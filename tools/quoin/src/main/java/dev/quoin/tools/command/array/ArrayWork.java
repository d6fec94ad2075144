package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.ProgressPrinter;
import dev.quoin.tools.view.WorkView;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import picocli.CommandLine.Parameters;

/** A verb that starts a long work on an array and shows how far it is. */
abstract class ArrayWork extends NodeCommand {

    private final String work;

    @Parameters(paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    ArrayWork(String work) {
        this.work = work;
    }

    /** The name of the array. */
    final String array() {
        return array;
    }

    /** Starts the work. */
    abstract BlockingClientCall<?, WorkEvent> start(AdminGrpc.AdminBlockingV2Stub stub, String name);

    /** How the command ends when the work came to this. */
    abstract ExitCode outcome(WorkReport report);

    @Override
    protected int run(AdminClient client) throws Fault {
        return client.await(stub -> follow(start(stub, array)).number());
    }

    private ExitCode follow(BlockingClientCall<?, WorkEvent> events) throws StatusException, InterruptedException {
        var printer = new ProgressPrinter(terminal(), format(), work + " " + array, System::nanoTime);
        ExitCode outcome = ExitCode.BUG;
        try {
            for (WorkEvent event = events.read(); event != null; event = events.read()) {
                switch (event.getEventCase()) {
                    case PROGRESS ->
                        printer.update(
                                event.getProgress().getDoneBytes(),
                                event.getProgress().getTotalBytes());
                    case REPORT -> {
                        printer.finish();
                        WorkView.print(terminal(), format(), event.getReport());
                        outcome = outcome(event.getReport());
                    }
                    case EVENT_NOT_SET -> {
                        // An event of a newer node: the report that follows is what counts.
                    }
                }
            }
        } finally {
            printer.finish();
        }
        return outcome;
    }
}
