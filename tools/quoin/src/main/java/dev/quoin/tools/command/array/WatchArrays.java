package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.ArrayNews;
import dev.quoin.admin.proto.Progress;
import dev.quoin.admin.proto.WatchArraysRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.ProgressPrinter;
import dev.quoin.tools.view.UpkeepView;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin array watch}. */
@Command(
        name = "watch",
        description = {
            "Follow what happens to arrays, and how far rebuilds and scrubs are, until Ctrl-C.",
            "The events have the names that mdadm --monitor gives them."
        },
        footer = {
            "  quoin array watch main",
            "  quoin array watch --after 250 -o json     first what was missed since event 250",
            "  quoin array watch main --until-idle       end when nothing runs any more"
        })
final class WatchArrays extends NodeCommand {

    @Parameters(paramLabel = "ARRAY", arity = "0..1", description = "The name of the array. Default: all.")
    private String array = "";

    @Option(names = "--after", paramLabel = "INDEX", description = "Begin behind this event. Default: with what comes.")
    private @Nullable Long after;

    @Option(names = "--until-idle", description = "End when no rebuild, scrub or reshape runs any more.")
    private boolean untilIdle;

    private final Map<String, ProgressPrinter> printers = new HashMap<>();

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = WatchArraysRequest.newBuilder().setArray(array).setUntilIdle(untilIdle);
        if (after != null) {
            request.setAfter(Math.max(0, after));
        }
        return client.await(stub -> {
            try {
                follow(stub.watchArrays(request.build()));
            } finally {
                endLines();
            }
            return ExitCode.DONE.number();
        });
    }

    private void follow(BlockingClientCall<?, ArrayNews> news) throws StatusException, InterruptedException {
        for (ArrayNews next = news.read(); next != null; next = news.read()) {
            switch (next.getNewsCase()) {
                case EVENT -> {
                    endLines();
                    UpkeepView.printEvent(terminal(), format(), next.getEvent());
                    terminal().out().flush();
                }
                case PROGRESS -> progress(next.getProgress());
                case NEWS_NOT_SET -> {
                    // News of a newer node that this version cannot show.
                }
            }
        }
    }

    private void progress(Progress work) {
        String label = work.getWork() + " " + work.getArray();
        // One that begins anew has a clock of its own.
        if (work.getDoneBytes() == 0) {
            printers.remove(label);
        }
        printers.computeIfAbsent(label, name -> new ProgressPrinter(terminal(), format(), name, System::nanoTime))
                .update(work.getDoneBytes(), work.getTotalBytes());
    }

    /** A bar that stands has its line to itself. */
    private void endLines() {
        printers.values().forEach(ProgressPrinter::finish);
    }
}
