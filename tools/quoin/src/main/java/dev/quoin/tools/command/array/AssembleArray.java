package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.ExamineDevicesReply;
import dev.quoin.admin.proto.ExamineDevicesRequest;
import dev.quoin.admin.proto.FoundArray;
import dev.quoin.admin.proto.StartArrayRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.DryRun;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.view.ArrayView;
import dev.quoin.tools.view.ExaminationView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin array assemble}. */
@Command(
        name = "assemble",
        description = {
            "Start an array that does not run, and open the pool on it.",
            "Without devices it is one that the node knows. With devices its members are found among them, which the"
                    + " node knows from then on: for an array that was made elsewhere, or whose members were moved."
        },
        footer = {
            "  quoin array assemble main                           one that was stopped",
            "  quoin array assemble main /srv/members/*            from these devices; what else they are is said",
            "  quoin array assemble main /srv/members/* --dry-run  what it would be; ends with 1 if it would not start",
            "  quoin array assemble main /srv/members/* --force    also if something is lost by that, which is said first"
        })
final class AssembleArray extends NodeCommand {

    @Parameters(index = "0", paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "DEVICE",
            description = "Where its members are, as URLs or paths; a directory stands for the files in it.")
    private List<String> devices = List.of();

    @Option(
            names = "--force",
            description =
                    "Start it even from stale members, or without damaged batches of its journal. Says what is lost by"
                            + " that and asks; what may be wrong by it is reported as unreadable.")
    private boolean force;

    @Mixin
    private DryRun dryRun = new DryRun();

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected int run(AdminClient client) throws Fault {
        List<String> urls = DeviceArguments.urls(devices);
        if (dryRun.asked()) {
            return tell(client, urls).number();
        }
        if (!urls.isEmpty() || force) {
            examine(client, urls);
        }
        var request = StartArrayRequest.newBuilder()
                .setArray(array)
                .addAllDevices(urls)
                .setForce(force)
                .build();
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.startArray(request)));
        return ExitCode.DONE.number();
    }

    private ExamineDevicesReply look(AdminClient client, List<String> urls) throws Fault {
        var request = ExamineDevicesRequest.newBuilder()
                .setArray(array)
                .addAllDevices(urls)
                .build();
        return ask(client, stub -> stub.examineDevices(request));
    }

    /** Says what would be started. */
    private ExitCode tell(AdminClient client, List<String> urls) throws Fault {
        ExamineDevicesReply found = look(client, urls);
        ExaminationView.print(terminal(), format(), found);
        List<String> starts = found.getArraysList().stream()
                .filter(each -> each.getName().equals(array))
                .map(FoundArray::getStart)
                .toList();
        boolean can = starts.size() == 1
                && switch (starts.getFirst()) {
                    case "complete", "degraded" -> true;
                    case "forced" -> force;
                    default -> false;
                };
        if (can && format() == OutputFormat.TABLE) {
            dryRun.say(terminal(), "start array " + array + " (" + starts.getFirst() + ")");
        }
        return can ? ExitCode.DONE : ExitCode.FAILED;
    }

    private void examine(AdminClient client, List<String> urls) throws Fault {
        ExamineDevicesReply found = look(client, urls);
        if (format() == OutputFormat.TABLE) {
            terminal().err().print(ExaminationView.devices(found));
        }
        for (FoundArray each : found.getArraysList()) {
            if (force && each.getName().equals(array) && each.getLossCount() > 0) {
                confirmation.require(
                        terminal(), "array " + array, array, String.join(System.lineSeparator(), each.getLossList()));
            }
        }
    }
}
