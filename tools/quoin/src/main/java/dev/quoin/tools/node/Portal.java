package dev.quoin.tools.node;

import dev.quoin.blockstore.VolumeInfo;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.IscsiTargetConfig;
import dev.quoin.iscsi.SessionInfo;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The target of this node and what it exports.
 *
 * <p>Exports are changed one at a time, which may block for devices; who only looks waits for nobody.
 */
public final class Portal implements AutoCloseable {

    private final IscsiTarget target;
    private final HostPort address;
    private final @Nullable ChapLogin own;
    private final Map<Integer, String> exports = new ConcurrentSkipListMap<>();

    private Portal(IscsiTarget target, HostPort address, @Nullable ChapLogin own) {
        this.target = target;
        this.address = address;
        this.own = own;
    }

    /**
     * Starts a target without units, on the first free port from the one configured.
     *
     * @throws Fault if none of the ports that may be tried is free, or a secret cannot be used
     */
    static Portal start(TargetConfig config, ReservationStore reservations) throws Fault {
        TargetAccess access = TargetAccess.of(config);
        HostPort listen = config.listen();
        int last = Math.min(65_535, listen.port() + config.portTries() - 1);
        for (int port = listen.port(); ; port++) {
            HostPort address = listen.withPort(port);
            try {
                IscsiTarget target =
                        IscsiTarget.start(IscsiTargetConfig.of(config.name(), address.socketAddress(), List.of())
                                .withPortals(portals(address, config.alsoListen()))
                                .withAnnounced(config.announce().stream()
                                        .map(HostPort::toString)
                                        .toArray(String[]::new))
                                .withReservations(reservations)
                                .withInitiators(Set.copyOf(config.initiators()))
                                .withChap(access.chap()));
                return new Portal(target, address.withPort(target.port()), access.own());
            } catch (BindException busy) {
                if (port >= last) {
                    throw new Fault(
                            ExitCode.CONFLICT,
                            "target port " + (last == listen.port() ? listen : listen + " to " + last),
                            "in use by another program, a free port expected",
                            "stop that program, or name another port",
                            busy);
                }
            } catch (IOException failure) {
                throw Fault.failed(
                        "target address " + address,
                        "cannot be listened on: " + failure.getMessage(),
                        "name an address of this machine",
                        failure);
            }
        }
    }

    private static List<InetSocketAddress> portals(HostPort first, List<HostPort> others) {
        return Stream.concat(Stream.of(first), others.stream())
                .map(HostPort::socketAddress)
                .toList();
    }

    /** Shows a volume under a number. */
    synchronized void export(int lun, VolumeInfo volume, Volumes volumes) throws Fault {
        String other = exports.get(lun);
        if (other != null) {
            throw Fault.conflict(
                    "LUN " + lun,
                    "taken by volume " + other + ", a free number expected",
                    "name another with --lun; quoin volume list shows those in use");
        }
        try {
            target.addUnit(new LogicalUnit(
                    lun,
                    volumes.device(volume.name()),
                    UnitIdentity.of(volume.id().toString())));
        } catch (IOException unreadable) {
            throw Fault.failed(
                    "volume " + volume.name(),
                    "its reservations cannot be read: " + unreadable.getMessage(),
                    "see to the lock manager: quoin dlm status",
                    unreadable);
        }
        exports.put(lun, volume.name());
    }

    /** Takes a volume away from initiators, and waits until none of their commands is under way. Blocking. */
    synchronized void unexport(String volume) {
        Optional<Integer> lun = lunOf(volume);
        if (lun.isPresent()) {
            exports.remove(lun.get());
            target.removeUnit(lun.get()).join();
        }
    }

    /** The number of a volume; empty if it is not exported. */
    public Optional<Integer> lunOf(String volume) {
        return exports.entrySet().stream()
                .filter(export -> export.getValue().equals(volume))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The iSCSI name. */
    public String name() {
        return target.name();
    }

    /** Where it listens. */
    public HostPort address() {
        return address;
    }

    /**
     * Logs in to a unit from this process, which is allowed to under any name that is not fenced. Blocking.
     *
     * @throws DeviceException {@link DeviceException.Code#FENCED} if the name is fenced, {@link DeviceException.Code#GONE} if there is
     *     no such unit
     */
    public BlockDevice open(int lun, String initiator) throws DeviceException {
        target.allow(initiator);
        InitiatorConfig config = InitiatorConfig.of(initiator);
        return IscsiDevice.open(
                IscsiUrl.parse("iscsi://" + address + "/" + name() + "/" + lun),
                own == null ? config : config.withChap(own),
                DeviceProvider.Access.READ_WRITE);
    }

    /** The sessions that can read and write. */
    public List<SessionInfo> sessions() {
        return target.sessions().stream()
                .filter(session -> !session.discovery())
                .toList();
    }

    /** Cuts an initiator off: when the future completes, nothing of it can reach a volume any more. */
    CompletableFuture<Void> fence(String initiator) {
        return target.fenceAsync(initiator);
    }

    /** Ends all sessions. Blocking; idempotent. */
    @Override
    public void close() {
        target.close();
    }
}
