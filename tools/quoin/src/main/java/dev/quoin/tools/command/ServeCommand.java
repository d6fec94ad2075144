package dev.quoin.tools.command;

import dev.quoin.tools.admin.AdminServer;
import dev.quoin.tools.admin.AdminService;
import dev.quoin.tools.config.ExampleConfig;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.ProductVersion;
import dev.quoin.tools.config.StrictYaml;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.NodeDirectory;
import dev.quoin.tools.output.Terminal;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quoin serve}. */
@Command(
        name = "serve",
        description = {
            "Run a node as its configuration says, until Ctrl-C.",
            "What the configuration names and does not exist yet is made at the first start."
        },
        footer = {
            "  quoin serve --example > node.yaml      a configuration to start from, with every key",
            "  quoin serve --config node.yaml"
        })
final class ServeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    final HelpOption help = new HelpOption();

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration, in YAML.")
    private @Nullable Path file;

    @Option(names = "--example", description = "Print a configuration with every key, and end.")
    private boolean example;

    @Override
    public Integer call() throws Fault {
        Terminal terminal = QuoinCommand.terminal(spec);
        if (example) {
            terminal.out().print(ExampleConfig.text());
            return ExitCode.DONE.number();
        }
        if (file == null) {
            throw Fault.usage(
                    "quoin serve",
                    "no configuration found, --config FILE expected",
                    "quoin serve --example > node.yaml");
        }
        NodeConfig config = StrictYaml.read(file, NodeConfig.class);
        try (var running = new Running()) {
            return serve(terminal, config, running);
        }
    }

    private static int serve(Terminal terminal, NodeConfig config, Running running) throws Fault {
        Path place = config.directory().toAbsolutePath().normalize();
        NodeDirectory directory = NodeDirectory.open(place, Node.SPACE_NEEDED);
        Logging.toDirectory(place);
        try (Node node = Node.start(directory, config, notice -> terminal.err().println(notice));
                AdminServer door =
                        AdminServer.start(new AdminService(node, ProductVersion.number()), config.admin(), place)) {
            terminal.out().println("node " + config.node() + " is up, administration at " + door.address());
            node.portal()
                    .ifPresent(portal -> terminal.out().println("target " + portal.name() + " at " + portal.address()));
            node.metricsAddress()
                    .ifPresent(address -> terminal.out().println("metrics at http://" + address + "/metrics"));
            terminal.out().println("see it with: quoin status --dir " + place);
            terminal.out().flush();
            running.awaitStop();
            terminal.err().println("stopping ...");
        }
        return ExitCode.DONE.number();
    }
}
