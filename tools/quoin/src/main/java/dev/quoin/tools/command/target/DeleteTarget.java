package dev.quoin.tools.command.target;

import dev.quoin.admin.proto.DeleteTargetRequest;
import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.DryRun;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.OutputFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin target delete}. */
@Command(
        name = "delete",
        description = "Delete a target and end its sessions. Its volumes and all that is on them stay.",
        footer = "  quoin target delete iqn.2026-11.org.example:web --yes")
final class DeleteTarget extends NodeCommand {

    @Parameters(paramLabel = "TARGET", description = "The name of the target.")
    private String target = "";

    @Option(names = "--if-present", description = "Change nothing if there is no target of the name.")
    private boolean ifPresent;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    protected void check() throws Fault {
        if (!dryRun.asked()) {
            confirmation.require(
                    terminal(),
                    "target " + target,
                    target,
                    "Initiators that are logged in to target " + target + " will lose its disks.");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (dryRun.asked()) {
            var look = ShowTargetRequest.newBuilder().setName(target).build();
            TargetInfo found = ask(client, stub -> stub.showTarget(look));
            dryRun.say(
                    terminal(),
                    "delete target " + target + " with " + found.getLunsCount() + " LUNs and end "
                            + found.getSessionsCount() + " sessions");
            return ExitCode.DONE.number();
        }
        var request = DeleteTargetRequest.newBuilder()
                .setName(target)
                .setIfPresent(ifPresent)
                .build();
        ask(client, stub -> stub.deleteTarget(request));
        terminal()
                .out()
                .println(
                        format() == OutputFormat.JSON
                                ? Json.line(Json.document("Deleted").put("object", "target " + target))
                                : "target " + target + ": deleted");
        return ExitCode.DONE.number();
    }
}
