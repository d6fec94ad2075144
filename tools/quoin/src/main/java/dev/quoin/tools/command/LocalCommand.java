package dev.quoin.tools.command;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A verb that needs no running node. */
public abstract class LocalCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    final HelpOption help = new HelpOption();

    /** Does it and says how it ended. */
    @Override
    public final Integer call() throws Fault {
        run();
        return ExitCode.DONE.number();
    }

    /** Does it and prints what it did. Blocking. */
    protected abstract void run() throws Fault;

    /** Where to print. */
    protected final Terminal terminal() {
        return QuoinCommand.terminal(spec);
    }
}
