package dev.quoin.tools.demo;

import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.RaidArray;
import dev.quoin.tools.admin.AdminServer;
import dev.quoin.tools.admin.AdminService;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.TimeSpan;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.FileSystems;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.NodeDirectory;
import dev.quoin.tools.node.Portal;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A running demo: a node with everything in one process, and its administration door. */
public final class Demo implements AutoCloseable {

    private final Node node;
    private final AdminServer door;
    private final Duration startTime;

    private Demo(Node node, AdminServer door, Duration startTime) {
        this.node = node;
        this.door = door;
        this.startTime = startTime;
    }

    /**
     * Starts the demo in a directory, making what is not there. Blocking.
     *
     * @param port of the target; null takes 3260 or the next free one
     * @param version of this program, for people
     * @param notice is told what a person should know of the start, in sentences
     */
    public static Demo start(Path path, @Nullable Integer port, String version, Consumer<String> notice) throws Fault {
        long started = System.nanoTime();
        NodeDirectory directory = NodeDirectory.open(path, Node.SPACE_NEEDED);
        Logging.toDirectory(path);
        Node node = Node.start(directory, config(directory, port), notice);
        try {
            AdminServer door = AdminServer.start(new AdminService(node, version), AdminServer.ANY_LOOPBACK_PORT, path);
            return new Demo(node, door, Duration.ofNanos(System.nanoTime() - started));
        } catch (Fault fault) {
            node.close();
            throw fault;
        }
    }

    private static NodeConfig config(NodeDirectory directory, @Nullable Integer port) throws Fault {
        try {
            return DemoConfig.of(directory, port);
        } catch (Fault fault) {
            directory.closeQuietly();
            throw fault;
        }
    }

    /** The node. */
    public Node node() {
        return node;
    }

    /**
     * Says what is up and what to try, in plain words.
     *
     * @param options what commands need to find this demo, empty if nothing
     */
    public void welcome(PrintStream out, String options) {
        String leader = node.peers().leader().orElse("none");
        out.println("The Quoin demo is up after " + TimeSpan.format(startTime) + ": a whole cluster in this process.");
        out.println();
        row(out, "files", node.directory().path().toString());
        row(
                out,
                "lock manager",
                node.peers().list().size() + " peers, each with its own log and store; peer " + leader + " leads");
        for (Map.Entry<String, RaidArray> array : node.arrays().all().entrySet()) {
            row(out, "array", describe(array.getValue().status()));
        }
        row(
                out,
                "volumes",
                node.volumes().list().stream()
                        .map(volume -> volume.name() + " (" + ByteSize.format(volume.size())
                                + node.portal()
                                        .flatMap(portal -> portal.lunOf(volume.name()))
                                        .map(lun -> ", LUN " + lun)
                                        .orElse("")
                                + ")")
                        .collect(Collectors.joining(", ")));
        node.portal().ifPresent(portal -> row(out, "iSCSI target", describe(portal)));
        node.fileSystems().ifPresent(all -> all.list().forEach(state -> row(out, "file system", describe(state))));
        out.println();
        out.println("Try in another terminal:");
        out.println();
        out.println("  ./quoin status" + options);
        out.println("  ./quoin fs cp" + options + " README.md shared0:/readme && ./quoin fs cat" + options
                + " --node node-b shared0:/readme");
        out.println("  ./quoin lock acquire" + options + " backup -- sleep 10");
        out.println();
        out.println("Ctrl-C stops it. The next start finds everything as it was.");
    }

    private static String describe(ArrayStatus status) {
        return status.name() + ": RAID " + status.level().number() + " of "
                + status.members().size() + " member files, " + ByteSize.format(status.sizeBytes()) + ", "
                + status.health().name().toLowerCase(Locale.ROOT);
    }

    private static String describe(Portal portal) {
        return portal.name() + " at " + portal.address();
    }

    private static String describe(FileSystems.State state) {
        return "on " + state.volume() + ", open on " + String.join(" and ", state.nodes()) + " at once";
    }

    private static void row(PrintStream out, String name, String value) {
        out.println("  " + name + " ".repeat(Math.max(1, 14 - name.length())) + value);
    }

    /** Closes the door and then the node. Blocking; idempotent. */
    @Override
    public void close() {
        door.close();
        node.close();
    }
}
