package dev.quoin.tools.command;

import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A verb that asks a running node. */
public abstract class NodeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    final HelpOption help = new HelpOption();

    @Mixin
    private NodeOptions node = new NodeOptions();

    /** Connects, asks and says how it ended. */
    @Override
    public final Integer call() throws Fault {
        check();
        try (AdminClient client = node.connect(terminal())) {
            return run(client);
        }
    }

    /** Checks what can be checked without the node. */
    protected void check() throws Fault {}

    /** Asks the node, prints the answer and returns the exit status. Blocking. */
    protected abstract int run(AdminClient client) throws Fault;

    /** Sends a request with the time limit of the command line. */
    protected final <R> R ask(AdminClient client, AdminClient.Request<R> request) throws Fault {
        return client.ask(node.timeout(), request);
    }

    /** Where to print. */
    protected final Terminal terminal() {
        return QuoinCommand.terminal(spec);
    }

    /** What to print. */
    protected final OutputFormat format() {
        return node.format();
    }
}
