package dev.quoin.iscsi;

import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.connection.ConnectionLimits;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.unit.ReservationStore;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where a server listens, and what its targets share.
 *
 * @param portals at most {@link #PORTALS_MAX}; they can be changed later
 * @param pendingLoginsMax how many connections may be in their login at one portal
 * @param loginDeadline how long a login may take
 * @param connectionsMax how many connections of all targets there may be, each with a thread
 * @param poolBytesMax how many bytes the commands of all sessions may hold in buffers
 * @param limits the limits of each connection
 * @param reservations where persistent reservations are kept, by the serial numbers of the units
 * @param discovery who has to prove itself with CHAP to ask which targets there are
 * @param balanced whether logins are sent to the portal of their group with the fewest connections
 */
public record IscsiServerConfig(
        List<PortalConfig> portals,
        int pendingLoginsMax,
        Duration loginDeadline,
        int connectionsMax,
        long poolBytesMax,
        ConnectionLimits limits,
        ReservationStore reservations,
        ChapAccess discovery,
        boolean balanced) {

    /** The most portals of a server. */
    public static final int PORTALS_MAX = 16;

    /** The most targets of a server. */
    public static final int TARGETS_MAX = 256;

    /** The default of {@link #pendingLoginsMax()}. */
    public static final int PENDING_LOGINS_MAX = 16_384;

    /** The default of {@link #connectionsMax()}. */
    public static final int CONNECTIONS_MAX = 2_048;

    /** The default of {@link #loginDeadline()}. */
    public static final Duration LOGIN_DEADLINE = Duration.ofSeconds(15);

    private static final long POOL_BYTES_LEAST = 64L << 20;
    private static final long POOL_BYTES_MOST = 1L << 30;

    public IscsiServerConfig {
        portals = List.copyOf(portals);
        if (portals.size() > PORTALS_MAX) {
            throw new IllegalArgumentException(portals.size() + " portals found, at most " + PORTALS_MAX + " expected");
        }
    }

    /** A server with the default limits, where logins stay where they come to. */
    public static IscsiServerConfig of(PortalConfig... portals) {
        return new IscsiServerConfig(
                List.of(portals),
                PENDING_LOGINS_MAX,
                LOGIN_DEADLINE,
                CONNECTIONS_MAX,
                Math.clamp(Runtime.getRuntime().maxMemory() / 4, POOL_BYTES_LEAST, POOL_BYTES_MOST),
                ConnectionLimits.DEFAULT,
                ReservationStore.inMemory(),
                ChapAccess.OPEN,
                false);
    }

    /** The same with other portals. */
    public IscsiServerConfig withPortals(List<PortalConfig> others) {
        return with(draft -> draft.portals = others);
    }

    /** The same with another login deadline. */
    public IscsiServerConfig withLoginDeadline(Duration deadline) {
        return with(draft -> draft.loginDeadline = deadline);
    }

    /** The same with another limit of connections. */
    public IscsiServerConfig withConnectionsMax(int most) {
        return with(draft -> draft.connectionsMax = most);
    }

    /** The same with other limits of each connection. */
    public IscsiServerConfig withLimits(ConnectionLimits newLimits) {
        return with(draft -> draft.limits = newLimits);
    }

    /** The same with another place for persistent reservations. */
    public IscsiServerConfig withReservations(ReservationStore store) {
        return with(draft -> draft.reservations = store);
    }

    /** The same, telling of targets only to those who prove who they are. */
    public IscsiServerConfig withDiscovery(ChapAccess users) {
        return with(draft -> draft.discovery = users);
    }

    /** The same, sending logins to the portal of their group with the fewest connections. */
    public IscsiServerConfig withBalancedLogins() {
        return with(draft -> draft.balanced = true);
    }

    private IscsiServerConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new IscsiServerConfig(
                draft.portals,
                pendingLoginsMax,
                draft.loginDeadline,
                draft.connectionsMax,
                poolBytesMax,
                draft.limits,
                draft.reservations,
                draft.discovery,
                draft.balanced);
    }

    /** What the methods above change. */
    private static final class Draft {
        private List<PortalConfig> portals;
        private Duration loginDeadline;
        private int connectionsMax;
        private ConnectionLimits limits;
        private ReservationStore reservations;
        private ChapAccess discovery;
        private boolean balanced;

        Draft(IscsiServerConfig from) {
            portals = from.portals;
            loginDeadline = from.loginDeadline;
            connectionsMax = from.connectionsMax;
            limits = from.limits;
            reservations = from.reservations;
            discovery = from.discovery;
            balanced = from.balanced;
        }
    }
}
