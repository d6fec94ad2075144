package dev.quoin.tools.view;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.admin.proto.DlmInfo;
import dev.quoin.admin.proto.DlmPeerInfo;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;

/** The lock manager's peers: who leads, who lags. */
public final class DlmView {

    /** Peers with what they know, one a line. */
    public static final Listing<DlmPeerInfo> PEERS = Listing.<DlmPeerInfo>of("DlmPeer")
            .text("PEER", "id", peer -> peer.getMember().getId())
            .text("ROLE", "role", DlmPeerInfo::getRole)
            .number("TERM", "term", DlmView::isKnown, DlmPeerInfo::getTerm)
            .number("APPLIED", "appliedIndex", DlmView::isKnown, DlmPeerInfo::getAppliedIndex)
            .number("LAG", "lag", DlmPeerInfo::hasLag, DlmPeerInfo::getLag)
            .number("SILENT MS", "silentMillis", DlmPeerInfo::hasSilentMillis, DlmPeerInfo::getSilentMillis)
            .number("SNAPSHOT", "snapshotIndex", DlmView::isKnown, DlmPeerInfo::getSnapshotIndex)
            .size("LOG", "logBytes", DlmView::isKnown, DlmPeerInfo::getLogBytes)
            .text("DIGEST", "digest", DlmPeerInfo::getDigest);

    /** Members with their addresses, one a line. */
    public static final Listing<DlmPeerInfo> MEMBERS = Listing.<DlmPeerInfo>of("DlmMember")
            .text("PEER", "id", peer -> peer.getMember().getId())
            .text("ROLE", "role", DlmPeerInfo::getRole)
            .text("PEERS REACH IT AT", "peerAddress", peer -> peer.getMember().getPeerAddress())
            .words(
                    "CLIENTS REACH IT AT",
                    "clientAddresses",
                    peer -> peer.getMember().getClientAddressesList(),
                    peer -> String.join(", ", peer.getMember().getClientAddressesList()))
            .flag("WITNESS", "witness", peer -> peer.getMember().getWitness())
            .text("LOG GOES BY", "transport", DlmPeerInfo::getTransport)
            .flag("TLS", "tls", DlmPeerInfo::getTls);

    private DlmView() {}

    private static boolean isKnown(DlmPeerInfo peer) {
        return !peer.getRole().equals("unreachable");
    }

    /** How {@code quoin dlm status} ends: 0; 5 if there is something to complain of; 7 without a leader. */
    public static ExitCode exitCode(DlmInfo info) {
        if (info.getLeader().isEmpty()) {
            return ExitCode.NO_QUORUM;
        }
        return info.getWarningsCount() == 0 ? ExitCode.DONE : ExitCode.DEGRADED;
    }

    /** Prints the group. */
    public static void print(Terminal terminal, OutputFormat format, DlmInfo info) {
        switch (format) {
            case TABLE -> terminal.out().print(screen(info));
            case JSON -> terminal.out().println(Json.pretty(document(info)));
        }
    }

    private static String screen(DlmInfo info) {
        var text = new StringBuilder();
        if (info.getLeader().isEmpty()) {
            text.append("no leader: most of the peers must run and reach each other\n");
        } else {
            text.append("leader " + info.getLeader() + ", term " + info.getTerm() + "; " + info.getLocks() + " locks, "
                    + info.getWaiters() + " requests wait, " + info.getSessions() + " sessions\n");
        }
        info.getWarningsList().forEach(warning -> text.append("  WARN " + warning + "\n"));
        return text.append('\n').append(PEERS.table(info.getPeersList())).toString();
    }

    private static ObjectNode document(DlmInfo info) {
        ObjectNode root = Json.document("Dlm")
                .put("leader", info.getLeader())
                .put("term", info.getTerm())
                .put("locks", info.getLocks())
                .put("waiters", info.getWaiters())
                .put("sessions", info.getSessions());
        ArrayNode warnings = root.putArray("warnings");
        info.getWarningsList().forEach(warnings::add);
        root.set("peers", PEERS.array(info.getPeersList()));
        root.set("members", MEMBERS.array(info.getPeersList()));
        return root;
    }
}
