package dev.quoin.tools.command.target;

import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.command.OneTargetCommand;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;

/** {@code quoin target show}. */
@Command(
        name = "show",
        description = "Show what a target exports, to whom, and who is logged in.",
        footer = "  quoin target show iqn.2026-11.org.example:web")
final class ShowTarget extends OneTargetCommand {

    @Override
    protected void show(TargetInfo found) {
        TargetView.print(terminal(), format(), found);
    }
}
