package dev.quoin.iscsi;

import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.connection.ConnectionLimits;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.unit.ReservationStore;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What a target exports and where.
 *
 * @param targetName the iSCSI name, {@code iqn.}, {@code eui.} or {@code naa.}, at most 223 bytes
 * @param portals the addresses to listen on, 1 to {@link #PORTALS_MAX}, all of one portal group; port 0 takes any free one
 * @param units the logical units; they can be changed later
 * @param powerOnAttention whether the first command of each session to each unit ends with a unit attention, as SAM-5 5.14 asks
 *     for; some simple initiators cannot do with it
 * @param sessionsMax how many sessions there may be
 * @param commandWindow how many commands of a session may be open, 1 to 1,024
 * @param pendingLoginsMax how many connections may be in their login
 * @param loginDeadline how long a login may take
 * @param poolBytesMax how many bytes the commands of all sessions may hold in buffers
 * @param limits the limits of each connection
 * @param announced the addresses, {@code host:port}, that discovery tells of, for initiators behind an address translation or a port
 *     forward; if there are none, discovery tells of the address that the initiator came to
 * @param reservations where persistent reservations are kept, by the serial numbers of the units
 * @param initiators the names that may log in, kept in lower case; empty for everybody
 * @param chap who has to prove itself with CHAP, and how the target does
 */
public record IscsiTargetConfig(
        String targetName,
        List<InetSocketAddress> portals,
        List<LogicalUnit> units,
        boolean powerOnAttention,
        int sessionsMax,
        int commandWindow,
        int pendingLoginsMax,
        Duration loginDeadline,
        long poolBytesMax,
        ConnectionLimits limits,
        List<String> announced,
        ReservationStore reservations,
        Set<String> initiators,
        ChapAccess chap) {

    /** The most addresses to listen on. */
    public static final int PORTALS_MAX = 16;

    /** The default of {@link #sessionsMax()}. */
    public static final int SESSIONS_MAX = 256;

    /** The default of {@link #commandWindow()}. */
    public static final int COMMAND_WINDOW = 128;

    /** The default of {@link #pendingLoginsMax()}. */
    public static final int PENDING_LOGINS_MAX = 16_384;

    /** The default of {@link #loginDeadline()}. */
    public static final Duration LOGIN_DEADLINE = Duration.ofSeconds(15);

    private static final int NAME_BYTES_MAX = 223;
    private static final long POOL_BYTES_LEAST = 64L << 20;
    private static final long POOL_BYTES_MOST = 1L << 30;

    public IscsiTargetConfig {
        portals = List.copyOf(portals);
        if (portals.isEmpty() || portals.size() > PORTALS_MAX) {
            throw new IllegalArgumentException(portals.size() + " portals found, 1 to " + PORTALS_MAX + " expected");
        }
        units = List.copyOf(units);
        announced = List.copyOf(announced);
        initiators =
                initiators.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        if (!targetName.matches("(iqn|eui|naa)\\.[a-z0-9.:-]+") || targetName.length() > NAME_BYTES_MAX) {
            throw new IllegalArgumentException("target name '" + targetName
                    + "' found, a name like iqn.2026-11.org.example:disks of lower-case letters, digits, '.', '-' and ':'"
                    + " and at most " + NAME_BYTES_MAX + " bytes expected");
        }
        if (commandWindow < 1 || commandWindow > 1024) {
            throw new IllegalArgumentException("command window " + commandWindow + " found, 1 to 1024 expected");
        }
    }

    /** A target with the default limits, which everybody may use. */
    public static IscsiTargetConfig of(String targetName, InetSocketAddress portal, List<LogicalUnit> units) {
        return new IscsiTargetConfig(
                targetName,
                List.of(portal),
                units,
                true,
                SESSIONS_MAX,
                COMMAND_WINDOW,
                PENDING_LOGINS_MAX,
                LOGIN_DEADLINE,
                Math.clamp(Runtime.getRuntime().maxMemory() / 4, POOL_BYTES_LEAST, POOL_BYTES_MOST),
                ConnectionLimits.DEFAULT,
                List.of(),
                ReservationStore.inMemory(),
                Set.of(),
                ChapAccess.OPEN);
    }

    /** The same without unit attentions for new sessions. */
    public IscsiTargetConfig withoutPowerOnAttention() {
        return with(draft -> draft.powerOnAttention = false);
    }

    /** The same with another login deadline. */
    public IscsiTargetConfig withLoginDeadline(Duration deadline) {
        return with(draft -> draft.loginDeadline = deadline);
    }

    /** The same with other limits of each connection. */
    public IscsiTargetConfig withLimits(ConnectionLimits newLimits) {
        return with(draft -> draft.limits = newLimits);
    }

    /** The same with another place for persistent reservations. */
    public IscsiTargetConfig withReservations(ReservationStore store) {
        return with(draft -> draft.reservations = store);
    }

    /** The same, listening on these addresses instead. */
    public IscsiTargetConfig withPortals(List<InetSocketAddress> addresses) {
        return with(draft -> draft.portals = addresses);
    }

    /** The same, telling of these addresses in discovery. */
    public IscsiTargetConfig withAnnounced(String... addresses) {
        return with(draft -> draft.announced = List.of(addresses));
    }

    /** The same for these initiators only; for everybody if there are none. */
    public IscsiTargetConfig withInitiators(Set<String> names) {
        return with(draft -> draft.initiators = names);
    }

    /** The same for those only who prove who they are. */
    public IscsiTargetConfig withChap(ChapAccess access) {
        return with(draft -> draft.chap = access);
    }

    private IscsiTargetConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new IscsiTargetConfig(
                targetName,
                draft.portals,
                units,
                draft.powerOnAttention,
                sessionsMax,
                commandWindow,
                pendingLoginsMax,
                draft.loginDeadline,
                poolBytesMax,
                draft.limits,
                draft.announced,
                draft.reservations,
                draft.initiators,
                draft.chap);
    }

    /** What the methods above change. */
    private static final class Draft {
        private List<InetSocketAddress> portals;
        private boolean powerOnAttention;
        private Duration loginDeadline;
        private ConnectionLimits limits;
        private List<String> announced;
        private ReservationStore reservations;
        private Set<String> initiators;
        private ChapAccess chap;

        Draft(IscsiTargetConfig config) {
            portals = config.portals;
            powerOnAttention = config.powerOnAttention;
            loginDeadline = config.loginDeadline;
            limits = config.limits;
            announced = config.announced;
            reservations = config.reservations;
            initiators = config.initiators;
            chap = config.chap;
        }
    }
}
