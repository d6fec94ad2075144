package dev.quoin.tools.node;

import dev.quoin.blockstore.VolumeInfo;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.iscsi.AccessList;
import dev.quoin.iscsi.IscsiServer;
import dev.quoin.iscsi.IscsiServerConfig;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.SessionInfo;
import dev.quoin.iscsi.TargetDefinition;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.unit.ReservationStore;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.TargetConfig;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The iSCSI server of this node, the target that the configuration names, and those that commands made. What is durable of
 * them is kept by {@link Targets}.
 *
 * <p>Exports are changed one at a time, which may block for devices; who only looks waits for nobody.
 */
public final class Portal implements AutoCloseable {

    /** The group of the portals of the configuration. */
    static final int CONFIGURED_GROUP = 1;

    /** The number of the target of the configuration. */
    static final int CONFIGURED_TARGET = 0;

    /** A number of a target, by which initiators know a volume. */
    record Lun(String target, int number) implements Comparable<Lun> {
        private static final Comparator<Lun> ORDER =
                Comparator.comparing(Lun::target).thenComparingInt(Lun::number);

        @Override
        public int compareTo(Lun other) {
            return ORDER.compare(this, other);
        }
    }

    private final IscsiServer server;
    private final TargetConfig config;
    private final TargetAccess access;
    private final Map<Lun, String> exports = new ConcurrentSkipListMap<>();
    private final Set<String> mounts = ConcurrentHashMap.newKeySet();
    private volatile HostPort address;

    private Portal(IscsiServer server, TargetConfig config, TargetAccess access) {
        this.server = server;
        this.config = config;
        this.access = access;
        this.address = config.listen();
    }

    /**
     * Starts a server with the target of the configuration, without units. It does not listen yet.
     *
     * @throws Fault if a secret cannot be used
     */
    static Portal start(TargetConfig config, ReservationStore reservations) throws Fault {
        TargetAccess access = TargetAccess.of(config);
        IscsiServerConfig settings =
                IscsiServerConfig.of().withReservations(reservations).withDiscovery(access.chap());
        try {
            IscsiServer server =
                    IscsiServer.start(config.balanceLogins() ? settings.withBalancedLogins() : settings, List.of());
            Portal portal = new Portal(server, config, access);
            AccessList list = config.initiators().isEmpty()
                    ? AccessList.EVERYBODY
                    : AccessList.of(Set.copyOf(config.initiators()));
            portal.addTarget(config.name(), CONFIGURED_TARGET, list, Set.of());
            return portal;
        } catch (IOException unlikely) {
            throw Fault.failed(
                    "target " + config.name(),
                    "cannot be started: " + unlikely.getMessage(),
                    "see the node's log",
                    unlikely);
        }
    }

    /**
     * Listens on the first free port from the one configured, and on the further addresses.
     *
     * @throws Fault if none of the ports that may be tried is free
     */
    void listen() throws Fault {
        HostPort first = config.listen();
        int last = Math.min(65_535, first.port() + config.portTries() - 1);
        for (int port = first.port(); ; port++) {
            HostPort tried = first.withPort(port);
            try {
                address = tried.withPort(
                        server.addPortal(configured(tried)).address().getPort());
                break;
            } catch (BindException busy) {
                if (port >= last) {
                    throw new Fault(
                            ExitCode.CONFLICT,
                            "target port " + (last == first.port() ? first : first + " to " + last),
                            "in use by another program, a free port expected",
                            "stop that program, or name another port",
                            busy);
                }
            } catch (IOException failure) {
                throw cannotListen(tried, failure);
            }
        }
        for (HostPort other : config.alsoListen()) {
            open(other, configured(other));
        }
    }

    private PortalConfig configured(HostPort listen) {
        return PortalConfig.of(CONFIGURED_GROUP, listen.socketAddress())
                .announcedAs(config.announce().stream().map(HostPort::toString).toList());
    }

    /** Listens at one more address. */
    void open(HostPort listen, PortalConfig portal) throws Fault {
        try {
            server.addPortal(portal);
        } catch (BindException busy) {
            throw new Fault(
                    ExitCode.CONFLICT,
                    "portal " + listen,
                    "in use by another program, or no address of this machine: " + busy.getMessage(),
                    "stop that program, or name another address",
                    busy);
        } catch (IOException failure) {
            throw cannotListen(listen, failure);
        } catch (IllegalArgumentException tooMany) {
            throw Fault.usage("portal " + listen, String.valueOf(tooMany.getMessage()), "quoin portal list");
        }
    }

    private static Fault cannotListen(HostPort listen, IOException failure) {
        return Fault.failed(
                "target address " + listen,
                "cannot be listened on: " + failure.getMessage(),
                "name an address of this machine",
                failure);
    }

    /** Whether an address is one of the configuration. */
    boolean isConfigured(InetSocketAddress portal) {
        return portal.equals(address.socketAddress())
                || config.alsoListen().stream()
                        .anyMatch(other -> other.socketAddress().equals(portal));
    }

    IscsiServer server() {
        return server;
    }

    /** Adds a target without units. */
    IscsiTarget addTarget(String name, int number, AccessList list, Set<Integer> groups) throws Fault {
        try {
            return server.addTarget(TargetDefinition.of(name, number, List.of())
                    .withAccess(list)
                    .withPortalGroups(groups)
                    .withChap(access.chap()));
        } catch (IllegalArgumentException wrong) {
            throw Fault.usage("target " + name, String.valueOf(wrong.getMessage()), "choose another name");
        } catch (IOException unlikely) {
            throw Fault.failed(
                    "target " + name, "cannot be started: " + unlikely.getMessage(), "see the node's log", unlikely);
        }
    }

    /** Ends a target with its sessions. Blocking. */
    void removeTarget(String name) {
        server.target(name).ifPresent(IscsiTarget::close);
        exports.keySet().removeIf(lun -> lun.target().equals(name));
    }

    /** Shows a volume under a number. */
    synchronized void export(Lun lun, VolumeInfo volume, Volumes volumes, boolean readOnly, Set<String> initiators)
            throws Fault {
        String other = exports.get(lun);
        if (other != null) {
            throw Fault.conflict(
                    "LUN " + lun.number(),
                    "taken by volume " + other + ", a free number expected",
                    "name another; quoin lun list shows those in use");
        }
        try {
            target(lun.target())
                    .addUnit(new LogicalUnit(
                            lun.number(),
                            volumes.device(volume.name()),
                            UnitIdentity.of(volume.id().toString()),
                            readOnly,
                            withMounts(lun.target(), initiators)));
        } catch (IOException unreadable) {
            throw Fault.failed(
                    "volume " + volume.name(),
                    "its reservations cannot be read: " + unreadable.getMessage(),
                    "see to the lock manager: quoin dlm status",
                    unreadable);
        }
        exports.put(lun, volume.name());
    }

    private IscsiTarget target(String name) {
        return server.target(name).orElseThrow(() -> new IllegalStateException("target " + name + " does not run"));
    }

    /** Takes a number away from initiators, and waits until none of their commands is under way. Blocking. */
    synchronized void unexport(Lun lun) {
        if (exports.remove(lun) != null) {
            target(lun.target()).removeUnit(lun.number()).join();
        }
    }

    /** Shows a volume to these initiators only, or to everybody if there are none. Blocking, as {@link #unexport}. */
    synchronized void mask(Lun lun, Set<String> initiators) {
        if (exports.containsKey(lun)) {
            target(lun.target())
                    .maskUnit(lun.number(), withMounts(lun.target(), initiators))
                    .join();
        }
    }

    /** The mounts of this node come through the configured target, under names that no list has. */
    private Set<String> withMounts(String target, Set<String> initiators) {
        if (initiators.isEmpty() || !target.equals(name())) {
            return initiators;
        }
        Set<String> all = new HashSet<>(initiators);
        all.addAll(mounts);
        return all;
    }

    /** The number of a volume at the target of the configuration; empty if it is not exported there. */
    public Optional<Integer> lunOf(String volume) {
        return exports.entrySet().stream()
                .filter(export -> export.getKey().target().equals(name())
                        && export.getValue().equals(volume))
                .map(export -> export.getKey().number())
                .findFirst();
    }

    /** The iSCSI name of the target of the configuration. */
    public String name() {
        return config.name();
    }

    /** Where the first portal listens. */
    public HostPort address() {
        return address;
    }

    /**
     * Logs in to a unit of the configured target from this process, which is allowed to under any name that is not fenced. Blocking.
     *
     * @throws DeviceException {@link DeviceException.Code#FENCED} if the name is fenced, {@link DeviceException.Code#GONE} if there is
     *     no such unit
     */
    public BlockDevice open(int lun, String initiator) throws DeviceException {
        letIn(lun, initiator);
        InitiatorConfig settings = InitiatorConfig.of(initiator);
        ChapLogin own = access.own();
        return IscsiDevice.open(
                IscsiUrl.parse("iscsi://" + address + "/" + name() + "/" + lun),
                own == null ? settings : settings.withChap(own),
                DeviceProvider.Access.READ_WRITE);
    }

    private synchronized void letIn(int lun, String initiator) {
        IscsiTarget target = target(name());
        target.allow(initiator);
        mounts.add(initiator);
        Optional<LogicalUnit> masked = target.units().stream()
                .filter(unit -> unit.number() == lun && !unit.initiators().isEmpty())
                .findFirst();
        masked.ifPresent(unit -> mask(new Lun(name(), lun), unit.initiators()));
    }

    /** The sessions that can read and write, of all targets. */
    public List<SessionInfo> sessions() {
        return server.targets().stream()
                .flatMap(target -> target.sessions().stream())
                .toList();
    }

    /** Cuts an initiator off from all targets: when the future completes, nothing of it can reach a volume any more. */
    CompletableFuture<Void> fence(String initiator) {
        return server.fenceAsync(initiator);
    }

    /** Ends all sessions. Blocking; idempotent. */
    @Override
    public void close() {
        server.close();
    }
}
