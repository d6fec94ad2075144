package dev.quoin.tools.command.fs;

import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.Fault;
import picocli.CommandLine.Option;

/** A verb that works on paths through one of the nodes that have the file system open. */
abstract class PathCommand extends NodeCommand {

    @Option(names = "--node", paramLabel = "NODE", description = "The node to go through. Default: the first.")
    private String node = "";

    /** The node to go through, empty for the first. */
    final String node() {
        return node;
    }

    /** Reads a path that has to be one in a cluster file system. */
    static RemotePath remote(String text) throws Fault {
        return RemotePath.parse(text)
                .orElseThrow(() -> Fault.usage(
                        "path " + text,
                        "no path in a cluster file system found, VOLUME:/path or /path expected",
                        "see the volumes with quoin status"));
    }
}
