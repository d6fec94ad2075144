package dev.quoin.tools.command;

import dev.quoin.tools.config.ProductVersion;
import dev.quoin.tools.demo.Demo;
import dev.quoin.tools.demo.DemoCheck;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Terminal;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quoin demo}. */
@Command(
        name = "demo",
        description = {
            "Run a whole cluster in this process, over files in one directory; no root, nothing to configure.",
            "It stays up until Ctrl-C, and the next start finds everything as it was."
        },
        footer = {
            "  quoin demo                          in ~/.cache/quoin/demo",
            "  quoin demo --dir /srv/demo          in a directory of your choice",
            "  quoin demo --check                  in a fresh directory, and prove that it works"
        })
final class DemoCommand implements Callable<Integer> {

    private static final int PORT_MAX = 65_535;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    final HelpOption help = new HelpOption();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description =
                    "Where to keep everything. Default: QUOIN_DIR, else ~/.cache/quoin/demo. With --check: where to make "
                            + "the fresh directory. Default: the directory for temporary files.")
    private @Nullable Path directory;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port of the iSCSI target. Default: 3260, or the next free one.")
    private @Nullable Integer port;

    @Option(
            names = "--check",
            description = "Prove in a fresh directory that everything works; ends with 0 only if it does.")
    private boolean check;

    @Override
    public Integer call() throws Fault {
        Terminal terminal = QuoinCommand.terminal(spec);
        if (port != null && (port < 1 || port > PORT_MAX)) {
            throw Fault.usage("target port " + port, "1 to " + PORT_MAX + " expected", "name another with --port");
        }
        try (var running = new Running()) {
            return check ? check(terminal, running) : stay(terminal, running);
        }
    }

    private int stay(Terminal terminal, Running running) throws Fault {
        Path place = Directories.choose(terminal, directory);
        terminal.err().println("starting in " + place + " ...");
        try (Demo demo = Demo.start(
                place, port, ProductVersion.number(), notice -> terminal.err().println(notice))) {
            String options = place.equals(Directories.choose(terminal, null)) ? "" : " --dir " + place;
            demo.welcome(terminal.out(), options);
            terminal.out().flush();
            running.awaitStop();
            terminal.err().println("stopping ...");
        }
        terminal.err().println("stopped; everything is kept in " + place);
        return ExitCode.DONE.number();
    }

    private int check(Terminal terminal, Running running) throws Fault {
        String home = System.getProperty("quoin.home");
        return new DemoCheck(
                        terminal, home == null ? null : Path.of(home), port, ProductVersion.number(), running::isAsked)
                .run(directory);
    }
}
