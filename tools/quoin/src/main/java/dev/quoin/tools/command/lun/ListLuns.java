package dev.quoin.tools.command.lun;

import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.tools.command.OneTargetCommand;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;

/** {@code quoin lun list}. */
@Command(name = "list", description = "List the LUNs of a target.", footer = "  quoin lun list -o json")
final class ListLuns extends OneTargetCommand {

    @Override
    protected void show(TargetInfo found) {
        TargetView.LUNS.print(terminal(), format(), found.getLunsList());
    }
}
