package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.ExamineDevicesReply;
import dev.quoin.admin.proto.ExamineDevicesRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ExaminationView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin array examine}. */
@Command(
        name = "examine",
        description = {
            "Look at devices that no array uses: what they are, and which arrays could start from them. Changes nothing.",
            "Ends with 1 if no array was found, or one that cannot start without losing something."
        },
        footer = {
            "  quoin array examine /srv/members/*",
            "  quoin array examine file:/d1/main file:/d2/main -o json",
            "  quoin array assemble main /srv/members/*     start what was found"
        })
final class ExamineDevices extends NodeCommand {

    @Parameters(
            arity = "1..*",
            paramLabel = "DEVICE",
            description = "The devices, as URLs or paths; a directory stands for the files in it.")
    private List<String> devices = List.of();

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ExamineDevicesRequest.newBuilder()
                .addAllDevices(DeviceArguments.urls(devices))
                .build();
        ExamineDevicesReply found = ask(client, stub -> stub.examineDevices(request));
        ExaminationView.print(terminal(), format(), found);
        boolean all = found.getArraysCount() > 0
                && found.getArraysList().stream()
                        .allMatch(array ->
                                array.getLossCount() == 0 && !array.getStart().equals("refused"));
        return (all ? ExitCode.DONE : ExitCode.FAILED).number();
    }
}
