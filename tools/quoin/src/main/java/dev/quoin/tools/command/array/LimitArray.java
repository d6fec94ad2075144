package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.SetWorkLimitsRequest;
import dev.quoin.admin.proto.ShowUpkeepRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.UpkeepView;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin array limits}. */
@Command(
        name = "limits",
        description = {
            "Show or set how fast rebuild and scrub of an array may go, also while they run.",
            "Counted are bytes of one member in a second. While more than one in a hundred reads and writes takes longer",
            "than the latency bound, the work gets slower, down to the minimum."
        },
        footer = {
            "  quoin array limits main",
            "  quoin array limits main --min 10MiB --max 200MiB --latency 50ms",
            "  quoin array limits main --max 0        no maximum"
        })
final class LimitArray extends NodeCommand {

    @Parameters(paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Option(names = "--min", paramLabel = "SIZE", description = "Go at least so fast, whoever waits. Default: 4MiB.")
    private @Nullable ByteSize min;

    @Option(names = "--max", paramLabel = "SIZE", description = "Go at most so fast; 0 is no maximum, the default.")
    private @Nullable ByteSize max;

    @Option(
            names = "--latency",
            paramLabel = "SPAN",
            description = "Get slower while requests take longer than this, 1 ms to 1 m. Default: 100ms.")
    private @Nullable Duration latency;

    @Override
    protected int run(AdminClient client) throws Fault {
        if (min == null && max == null && latency == null) {
            var request = ShowUpkeepRequest.newBuilder().setArray(array).build();
            UpkeepView.print(terminal(), format(), ask(client, stub -> stub.showUpkeep(request)));
            return ExitCode.DONE.number();
        }
        var request = SetWorkLimitsRequest.newBuilder().setArray(array);
        if (min != null) {
            request.setMinBytes(min.bytes());
        }
        if (max != null) {
            request.setMaxBytes(max.bytes());
        }
        if (latency != null) {
            request.setLatencyMillis(latency.toMillis());
        }
        UpkeepView.print(terminal(), format(), ask(client, stub -> stub.setWorkLimits(request.build())));
        return ExitCode.DONE.number();
    }
}
