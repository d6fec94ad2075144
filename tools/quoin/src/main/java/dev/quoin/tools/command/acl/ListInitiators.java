package dev.quoin.tools.command.acl;

import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.command.OneTargetCommand;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;

/** {@code quoin acl list}. */
@Command(
        name = "list",
        description = "List who may log in to a target.",
        footer = "  quoin acl list iqn.2026-11.org.example:web -o json")
final class ListInitiators extends OneTargetCommand {

    @Override
    protected void show(TargetInfo found) {
        if (found.getEverybody() && format() == OutputFormat.TABLE) {
            terminal().err().println("everybody may log in to target " + found.getName());
        }
        TargetView.INITIATORS.print(terminal(), format(), found.getInitiatorsList());
    }
}
