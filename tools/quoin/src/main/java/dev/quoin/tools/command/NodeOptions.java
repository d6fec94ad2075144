package dev.quoin.tools.command;

import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.admin.NodeFile;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which node a command talks to, how long it waits and what it prints. */
public final class NodeOptions {

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "The directory of the node. Default: QUOIN_DIR, else ~/.cache/quoin/demo.")
    private @Nullable Path directory;

    @Option(
            names = "--endpoint",
            paramLabel = "HOST:PORT",
            description =
                    "The administration door of the node, with the token in QUOIN_ADMIN_TOKEN or in DIR. Default: "
                            + "QUOIN_ENDPOINT, else as recorded in DIR.")
    private @Nullable HostPort endpoint;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "How long to wait for an answer: 500ms, 30s, 5m. Default: 30s.")
    private Duration timeout = Duration.ofSeconds(30);

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            defaultValue = "table",
            description = "What to print: table for people, json for programs. Default: table.")
    private OutputFormat format = OutputFormat.TABLE;

    /** How long to wait for an answer. */
    public Duration timeout() {
        return timeout;
    }

    /** What to print. */
    public OutputFormat format() {
        return format;
    }

    /**
     * Connects to the node. Blocking.
     *
     * @throws Fault if no node is found or none answers
     */
    AdminClient connect(Terminal terminal) throws Fault {
        Path place = Directories.choose(terminal, directory);
        HostPort named = namedEndpoint(terminal);
        String token = terminal.variable("QUOIN_ADMIN_TOKEN");
        if (named != null && token != null) {
            return AdminClient.connect(named, token);
        }
        Optional<NodeFile> file = NodeFile.readFrom(place);
        if (file.isEmpty()) {
            throw Fault.notFound(
                    "node in " + place,
                    "no running node found there",
                    "start one with quoin demo, or name its directory with --dir");
        }
        return AdminClient.connect(
                named != null ? named : file.get().endpoint(),
                token != null ? token : file.get().token());
    }

    private @Nullable HostPort namedEndpoint(Terminal terminal) throws Fault {
        String variable = terminal.variable("QUOIN_ENDPOINT");
        if (endpoint != null || variable == null) {
            return endpoint;
        }
        try {
            return HostPort.parse(variable);
        } catch (IllegalArgumentException invalid) {
            throw Fault.usage("QUOIN_ENDPOINT", String.valueOf(invalid.getMessage()), "correct or unset the variable");
        }
    }
}
