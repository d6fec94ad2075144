package dev.quoin.tools.command;

import dev.quoin.tools.fault.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A noun: does nothing without a verb but show the verbs that there are. */
public abstract class GroupCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    final HelpOption help = new HelpOption();

    /** Shows the verbs, as an error. */
    @Override
    public final Integer call() {
        spec.commandLine().usage(QuoinCommand.terminal(spec).err());
        return ExitCode.USAGE.number();
    }
}
