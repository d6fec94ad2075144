package dev.quoin.tools.node;

import dev.quoin.iscsi.PortalInfo;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.TargetRecords.PortalRecord;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The portals of this node: those of the configuration, in group 1, and those that commands made, which are kept in the registry.
 * Changes are made one at a time and block.
 */
public final class TargetPortals {

    private static final Logger LOG = LoggerFactory.getLogger(TargetPortals.class);
    private static final String LIST = "quoin portal list";

    private final TargetRecords records;
    private final Portal portal;
    private final Map<String, PortalRecord> down = new TreeMap<>();

    TargetPortals(TargetRecords records, Portal portal) {
        this.records = records;
        this.portal = portal;
    }

    /**
     * A portal at one moment.
     *
     * @param state open, draining, or down if it cannot be listened on
     */
    public record State(String address, int group, List<String> announced, int weight, int connections, String state) {
        public State {
            announced = List.copyOf(announced);
        }
    }

    /** Listens at all portals. One that a command made and that cannot be had now is down, which keeps the node from nothing. */
    synchronized void listen() throws Fault {
        portal.listen();
        for (Map.Entry<HostPort, PortalRecord> entry : records.portals().entrySet()) {
            try {
                portal.open(entry.getKey(), config(entry.getKey(), entry.getValue()));
            } catch (Fault unavailable) {
                LOG.warn("portal is down; address={} why=\"{}\"", entry.getKey(), unavailable.message());
                down.put(entry.getKey().toString(), entry.getValue());
            }
        }
    }

    private static PortalConfig config(HostPort listen, PortalRecord record) throws Fault {
        try {
            return new PortalConfig(record.group(), listen.socketAddress(), record.announced(), record.weight());
        } catch (IllegalArgumentException wrong) {
            throw Fault.usage("portal " + listen, String.valueOf(wrong.getMessage()), "correct it");
        }
    }

    /** The portals. */
    public synchronized List<State> list() {
        var all = new ArrayList<State>();
        for (PortalInfo info : portal.server().portals()) {
            all.add(new State(
                    text(info.address()),
                    info.group(),
                    info.announced(),
                    info.weight(),
                    info.connections(),
                    info.draining() ? "draining" : "open"));
        }
        down.forEach((address, record) ->
                all.add(new State(address, record.group(), record.announced(), record.weight(), 0, "down")));
        return all;
    }

    private static String text(InetSocketAddress address) {
        return new HostPort(address.getAddress().getHostAddress(), address.getPort()).toString();
    }

    /** Listens at one more address, now and at each start. */
    public synchronized void create(HostPort listen, int group, List<String> announced, int weight) throws Fault {
        PortalRecord record = new PortalRecord(group, announced, weight);
        if (listen.port() == 0) {
            throw Fault.usage("portal " + listen, "port 0 found, one that stays the same expected", "name a port");
        }
        portal.open(listen, config(listen, record));
        try {
            records.put(listen, record);
        } catch (Fault notKept) {
            portal.server().removePortal(listen.socketAddress());
            throw notKept;
        }
        down.remove(listen.toString());
    }

    /** Listens no more, now and at later starts, and ends what came in by the portal. */
    public synchronized void delete(HostPort listen) throws Fault {
        if (portal.isConfigured(listen.socketAddress())) {
            throw Fault.conflict(
                    "portal " + listen,
                    "it is of the configuration, one that a command made expected",
                    "take it out of the configuration, and start the node again; quoin portal drain " + listen
                            + " empties it now");
        }
        if (!records.portals().containsKey(listen)) {
            throw noSuchPortal(listen);
        }
        records.deletePortal(listen);
        down.remove(listen.toString());
        portal.server().removePortal(listen.socketAddress()).ifPresent(gone -> gone.join());
    }

    /** Takes no more logins at a portal, sends them to others of its group, and asks those that came in by it to log out. */
    public void drain(HostPort listen, int seconds) throws Fault {
        if (seconds < 1 || seconds > 0xFFFF) {
            throw Fault.usage("portal " + listen, seconds + " s found, 1 to 65535 expected", "name another time");
        }
        if (portal.server().drainPortal(listen.socketAddress(), seconds).isEmpty()) {
            throw noSuchPortal(listen);
        }
    }

    /** Takes logins again. */
    public void resume(HostPort listen) throws Fault {
        if (!portal.server().resumePortal(listen.socketAddress())) {
            throw noSuchPortal(listen);
        }
    }

    private Fault noSuchPortal(HostPort listen) {
        return Fault.notFound(
                "portal " + listen,
                "no such portal found, one of "
                        + list().stream().map(State::address).toList() + " expected",
                LIST);
    }
}
