package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.ScheduleScrubRequest;
import dev.quoin.admin.proto.ScrubArrayRequest;
import dev.quoin.admin.proto.StopScrubRequest;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.config.TimeSpan;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.UpkeepView;
import dev.quoin.tools.view.WorkView;
import io.grpc.stub.BlockingClientCall;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code quoin array scrub}. */
@Command(
        name = "scrub",
        description = {
            "Read everything, check every checksum and every parity, and mend what does not fit.",
            "Goes on where it was when one was stopped or interrupted before its end.",
            "Ends with 1 if blocks were found that cannot be mended or were not to be, or if it was stopped."
        },
        footer = {
            "  quoin array scrub main",
            "  quoin array scrub main --check         count what is bad, change nothing",
            "  quoin array scrub main --stop          stop the one that runs",
            "  quoin array scrub main --every 30d     let the node do it by itself; 'never' ends that"
        })
final class ScrubArray extends ArrayWork {

    private static final String NEVER = "never";

    @Option(names = "--check", description = "Count what is bad and change nothing.")
    private boolean checkOnly;

    @Option(names = "--stop", description = "Stop the scrub that runs; the next goes on there.")
    private boolean stop;

    @Option(
            names = "--every",
            paramLabel = "SPAN",
            description = "Scrub now and then without being asked, first when the span is over, such as 30d; or never.")
    private @Nullable String every;

    ScrubArray() {
        super("scrub");
    }

    @Override
    protected void check() throws Fault {
        if (stop && (checkOnly || every != null)) {
            throw Fault.usage("array " + array(), "--stop with another option found, --stop alone expected", "choose");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (every != null) {
            var request = ScheduleScrubRequest.newBuilder()
                    .setArray(array())
                    .setEveryMillis(everyMillis(every))
                    .setCheckOnly(checkOnly)
                    .build();
            UpkeepView.print(terminal(), format(), ask(client, stub -> stub.scheduleScrub(request)));
            return ExitCode.DONE.number();
        }
        if (stop) {
            var request = StopScrubRequest.newBuilder().setArray(array()).build();
            WorkView.print(terminal(), format(), ask(client, stub -> stub.stopScrub(request)));
            return ExitCode.DONE.number();
        }
        return super.run(client);
    }

    private long everyMillis(String text) throws Fault {
        if (text.equals(NEVER)) {
            return 0;
        }
        try {
            long millis = TimeSpan.parse(text).toMillis();
            if (millis > 0) {
                return millis;
            }
        } catch (IllegalArgumentException | ArithmeticException invalid) {
            throw Fault.usage("array " + array(), String.valueOf(invalid.getMessage()), "name a span, or never");
        }
        throw Fault.usage("array " + array(), "--every " + text + " found, 1s or more expected", "say never for never");
    }

    @Override
    BlockingClientCall<?, WorkEvent> start(AdminGrpc.AdminBlockingV2Stub stub, String name) {
        return stub.scrubArray(ScrubArrayRequest.newBuilder()
                .setArray(name)
                .setCheckOnly(checkOnly)
                .build());
    }

    @Override
    ExitCode outcome(WorkReport report) {
        var counts = report.getScrub();
        long bad = counts.getDataChecksums() + counts.getParityChecksums() + counts.getReadErrors();
        boolean left = report.getBadBlocks() > 0 || (counts.getCheckOnly() && bad > 0);
        return left || report.getStopped() ? ExitCode.FAILED : ExitCode.DONE;
    }
}
