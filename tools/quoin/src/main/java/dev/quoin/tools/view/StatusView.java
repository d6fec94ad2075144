package dev.quoin.tools.view;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.admin.proto.Health;
import dev.quoin.admin.proto.HealthCheck;
import dev.quoin.admin.proto.NodeInfo;
import dev.quoin.admin.proto.PeerInfo;
import dev.quoin.admin.proto.StatusReply;
import dev.quoin.tools.config.TimeSpan;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The state of a whole node on one screen: the first line says whether a person must act, and why. */
public final class StatusView {

    private static final Listing<HealthCheck> CHECKS = Listing.<HealthCheck>of("Check")
            .text("HEALTH", "health", check -> word(check.getHealth()))
            .text("CHECK", "name", HealthCheck::getName)
            .text("OBJECT", "object", HealthCheck::getObject)
            .text("FOUND", "summary", HealthCheck::getSummary)
            .text("NEXT", "next", HealthCheck::getNext);

    private static final Listing<NodeInfo> NODE = Listing.<NodeInfo>of("Node")
            .text("NODE", "name", NodeInfo::getName)
            .text("VERSION", "version", NodeInfo::getVersion)
            .number("PID", "pid", NodeInfo::getPid)
            .time("STARTED", "startedAt", NodeInfo::getStartedAt)
            .text("DIRECTORY", "directory", NodeInfo::getDirectory);

    private static final Listing<PeerInfo> PEERS = Listing.<PeerInfo>of("Peer")
            .text("LOCK MANAGER PEER", "id", PeerInfo::getId)
            .text("STATE", "state", PeerInfo::getState)
            .text("ADDRESS", "address", PeerInfo::getAddress);

    private StatusView() {}

    /** How {@code quoin status} ends: 0, 5 if there is a warning, 6 if something is critical. */
    public static ExitCode exitCode(StatusReply status) {
        return switch (status.getHealth()) {
            case HEALTH_OK -> ExitCode.DONE;
            case HEALTH_WARN -> ExitCode.DEGRADED;
            case HEALTH_CRIT, HEALTH_UNSPECIFIED, UNRECOGNIZED -> ExitCode.CRITICAL;
        };
    }

    /**
     * Prints the state.
     *
     * @param now for the time that the node has been up
     */
    public static void print(Terminal terminal, OutputFormat format, StatusReply status, Instant now) {
        switch (format) {
            case TABLE -> terminal.out().print(screen(status, now));
            case JSON -> terminal.out().println(Json.pretty(document(status)));
        }
    }

    private static String screen(StatusReply status, Instant now) {
        NodeInfo node = status.getNode();
        Duration up = Duration.between(Instant.ofEpochMilli(node.getStartedAt()), now);
        var text = new StringBuilder();
        text.append(word(status.getHealth()) + "  node " + node.getName() + ", quoin " + node.getVersion() + ", pid "
                + node.getPid() + ", up " + TimeSpan.format(up) + ", in " + node.getDirectory() + "\n");
        for (HealthCheck check : status.getChecksList()) {
            text.append("  " + word(check.getHealth()) + " " + check.getName() + " " + check.getObject() + ": "
                    + check.getSummary() + "\n       next: " + check.getNext() + "\n");
        }
        section(text, PEERS, status.getPeersList());
        section(text, ArrayView.ARRAYS, status.getArraysList());
        section(text, VolumeView.VOLUMES, status.getVolumesList());
        section(text, TargetView.TARGETS, status.getTargetsList());
        section(text, FileView.FILE_SYSTEMS, status.getFileSystemsList());
        return text.toString();
    }

    private static <T> void section(StringBuilder text, Listing<T> form, List<T> items) {
        if (!items.isEmpty()) {
            text.append('\n').append(form.table(items));
        }
    }

    private static ObjectNode document(StatusReply status) {
        ObjectNode root = Json.document("Status").put("health", word(status.getHealth()));
        root.set("checks", CHECKS.array(status.getChecksList()));
        root.set("node", NODE.object(status.getNode()));
        root.set("peers", PEERS.array(status.getPeersList()));
        root.set("arrays", ArrayView.ARRAYS.array(status.getArraysList()));
        root.set("volumes", VolumeView.VOLUMES.array(status.getVolumesList()));
        root.set("targets", TargetView.TARGETS.array(status.getTargetsList()));
        root.set("fileSystems", FileView.FILE_SYSTEMS.array(status.getFileSystemsList()));
        return root;
    }

    private static String word(Health health) {
        return switch (health) {
            case HEALTH_OK -> "OK";
            case HEALTH_WARN -> "WARN";
            case HEALTH_CRIT -> "CRIT";
            case HEALTH_UNSPECIFIED, UNRECOGNIZED -> "UNKNOWN";
        };
    }
}
