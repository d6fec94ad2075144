package dev.quoin.tools.view;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.admin.proto.LunInfo;
import dev.quoin.admin.proto.PortalInfo;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.admin.proto.TargetSession;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.util.List;

/** Targets, their LUNs, their sessions and the portals. */
public final class TargetView {

    private static final String EVERYBODY = "everybody";

    /** The LUNs of one target. */
    public static final Listing<LunInfo> LUNS = Listing.<LunInfo>of("Lun")
            .number("LUN", "lun", LunInfo::getLun)
            .text("VOLUME", "volume", LunInfo::getVolume)
            .size("SIZE", "sizeBytes", LunInfo::getSizeBytes)
            .flag("READ ONLY", "readOnly", LunInfo::getReadOnly)
            .words("FOR", "initiators", LunInfo::getInitiatorsList, lun -> names(lun.getInitiatorsList()));

    private static final Listing<TargetSession> SESSIONS = Listing.<TargetSession>of("TargetSession")
            .text("INITIATOR", "initiator", TargetSession::getInitiator)
            .text("PEER", "peer", TargetSession::getPeer)
            .number("GROUP", "group", TargetSession::getGroup)
            .text("ISID", "isid", TargetSession::getIsid)
            .number("TSIH", "tsih", TargetSession::getTsih);

    /** A session and the target that it is at. */
    public record Login(String target, TargetSession session) {}

    /** The sessions of several targets. */
    public static final Listing<Login> LOGINS = Listing.<Login>of("TargetSession")
            .text("TARGET", "target", Login::target)
            .text("INITIATOR", "initiator", login -> login.session().getInitiator())
            .text("PEER", "peer", login -> login.session().getPeer())
            .number("GROUP", "group", login -> login.session().getGroup())
            .text("ISID", "isid", login -> login.session().getIsid())
            .number("TSIH", "tsih", login -> login.session().getTsih());

    /** The targets of a node. */
    public static final Listing<TargetInfo> TARGETS = Listing.<TargetInfo>of("Target")
            .text("TARGET", "name", TargetInfo::getName)
            .words("PORTALS", "portals", TargetInfo::getPortalsList, t -> String.join(" ", t.getPortalsList()))
            .parts("LUNS", "luns", LUNS, TargetInfo::getLunsList, t -> Integer.toString(t.getLunsCount()))
            .parts(
                    "SESSIONS",
                    "sessions",
                    SESSIONS,
                    TargetInfo::getSessionsList,
                    t -> Integer.toString(t.getSessionsCount()))
            .flag("EVERYBODY", EVERYBODY, TargetInfo::getEverybody)
            .words(
                    "INITIATORS",
                    "initiators",
                    TargetInfo::getInitiatorsList,
                    t -> t.getEverybody() ? "" : Integer.toString(t.getInitiatorsCount()));

    /** The names on the access list of one target. */
    public static final Listing<String> INITIATORS =
            Listing.<String>of("Initiator").text("MAY LOG IN", "name", name -> name);

    /** The portals of a node. */
    public static final Listing<PortalInfo> PORTALS = Listing.<PortalInfo>of("Portal")
            .text("PORTAL", "address", PortalInfo::getAddress)
            .number("GROUP", "group", PortalInfo::getGroup)
            .text("STATE", "state", PortalInfo::getState)
            .number("CONNECTIONS", "connections", PortalInfo::getConnections)
            .number("WEIGHT", "weight", PortalInfo::getWeight)
            .words("ANNOUNCED", "announced", PortalInfo::getAnnouncedList, p -> String.join(" ", p.getAnnouncedList()));

    private TargetView() {}

    private static String names(List<String> initiators) {
        return initiators.isEmpty() ? EVERYBODY : String.join(" ", initiators);
    }

    /** Prints one target with what it exports, to whom, and who is there. */
    public static void print(Terminal terminal, OutputFormat format, TargetInfo target) {
        switch (format) {
            case TABLE -> terminal.out().print(screen(target));
            case JSON -> {
                ObjectNode document = TARGETS.document(target);
                target.getGroupsList().forEach(document.putArray("groups")::add);
                terminal.out().println(Json.pretty(document));
            }
        }
    }

    private static String screen(TargetInfo target) {
        var text = new StringBuilder(TARGETS.detail(target));
        if (!target.getLunsList().isEmpty()) {
            text.append('\n').append(LUNS.table(target.getLunsList()));
        }
        if (!target.getEverybody()) {
            text.append('\n').append(INITIATORS.table(target.getInitiatorsList()));
        }
        if (!target.getSessionsList().isEmpty()) {
            text.append('\n').append(SESSIONS.table(target.getSessionsList()));
        }
        return text.toString();
    }
}
