package dev.quoin.tools.command.lun;

import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.Fault;
import picocli.CommandLine.Parameters;

/** A verb that changes one LUN of a target. */
abstract class LunCall extends NodeCommand {

    private static final int LUN_MAX = 255;

    @Parameters(index = "0", paramLabel = "TARGET", description = "The name of the target.")
    private String target = "";

    @Parameters(index = "1", paramLabel = "LUN", description = "The number, 0 to 255.")
    private int lun;

    @Override
    protected void check() throws Fault {
        if (lun < 0 || lun > LUN_MAX) {
            throw Fault.usage(object(), "LUN " + lun + " found, 0 to " + LUN_MAX + " expected", "name another");
        }
    }

    final String target() {
        return target;
    }

    final int lun() {
        return lun;
    }

    /** What it is about, for messages. */
    final String object() {
        return "LUN " + lun + " of target " + target;
    }
}
