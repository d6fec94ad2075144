package dev.quoin.iscsi;

import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.connection.ConnectionLimits;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.unit.ReservationStore;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A target with a server of its own, for whom one is enough; all portals are of group 1.
 *
 * @param server where it listens
 * @param target what it exports
 */
public record IscsiTargetConfig(IscsiServerConfig server, TargetDefinition target) {

    private static final int GROUP = 1;

    /** A target with the default limits, which everybody may use. */
    public static IscsiTargetConfig of(String targetName, InetSocketAddress portal, List<LogicalUnit> units) {
        return new IscsiTargetConfig(
                IscsiServerConfig.of(PortalConfig.of(GROUP, portal)), TargetDefinition.of(targetName, 0, units));
    }

    /** The same without unit attentions for new sessions. */
    public IscsiTargetConfig withoutPowerOnAttention() {
        return new IscsiTargetConfig(server, target.withoutPowerOnAttention());
    }

    /** The same with another login deadline. */
    public IscsiTargetConfig withLoginDeadline(Duration deadline) {
        return new IscsiTargetConfig(server.withLoginDeadline(deadline), target);
    }

    /** The same with other limits of each connection. */
    public IscsiTargetConfig withLimits(ConnectionLimits limits) {
        return new IscsiTargetConfig(server.withLimits(limits), target);
    }

    /** The same with another place for persistent reservations. */
    public IscsiTargetConfig withReservations(ReservationStore store) {
        return new IscsiTargetConfig(server.withReservations(store), target);
    }

    /** The same, listening on these addresses instead. */
    public IscsiTargetConfig withPortals(List<InetSocketAddress> addresses) {
        List<PortalConfig> portals = addresses.stream()
                .map(address -> PortalConfig.of(GROUP, address))
                .toList();
        return new IscsiTargetConfig(server.withPortals(portals), target);
    }

    /** The same, telling of these addresses in discovery, at whatever portal. */
    public IscsiTargetConfig withAnnounced(String... addresses) {
        List<PortalConfig> portals = server.portals().stream()
                .map(portal -> portal.announcedAs(List.of(addresses)))
                .toList();
        return new IscsiTargetConfig(server.withPortals(portals), target);
    }

    /** The same for these initiators only; for everybody if there are none. */
    public IscsiTargetConfig withInitiators(Set<String> names) {
        return new IscsiTargetConfig(
                server, target.withAccess(names.isEmpty() ? AccessList.EVERYBODY : AccessList.of(names)));
    }

    /** The same for those only who prove who they are, also if they only ask which targets there are. */
    public IscsiTargetConfig withChap(ChapAccess access) {
        return new IscsiTargetConfig(server.withDiscovery(access), target.withChap(access));
    }
}
