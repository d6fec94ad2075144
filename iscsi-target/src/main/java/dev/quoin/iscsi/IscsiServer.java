package dev.quoin.iscsi;

import dev.quoin.iscsi.connection.BufferPool;
import dev.quoin.iscsi.connection.SessionThread;
import dev.quoin.iscsi.connection.TargetContext;
import dev.quoin.iscsi.login.LoginMachine;
import dev.quoin.iscsi.login.LoginResult;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.portal.Portal;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.portal.Redirected;
import dev.quoin.iscsi.scsi.TargetPort;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.session.Sessions;
import dev.quoin.iscsi.session.Units;
import dev.quoin.iscsi.unit.UnitStates;
import dev.quoin.iscsi.wire.IscsiName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens at portals and hosts targets, which share its threads, its buffers and the state of units that several of them export.
 *
 * <p>Portals belong to groups; a target can be reached through all groups or some, and is one SCSI target port in each (RFC 7143 4.4). A
 * reservation of a unit holds against everybody, through whatever target; registrations tell target ports apart.
 *
 * <p><b>Threads.</b> One for each portal ({@code iscsi-portal-PORT}), one for each session ({@code iscsi-session-n}). All methods may
 * be called from any thread.
 */
public final class IscsiServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IscsiServer.class);

    /** How long {@link #close()} waits, beyond the deadline of each connection, for devices to let go of commands. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

    private static final Units NO_UNITS = new Units(List.of());

    private final IscsiServerConfig config;
    private final String incarnation = UUID.randomUUID().toString();
    private final AtomicInteger sessionNumber = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<IscsiName, IscsiTarget> targets =
            new ConcurrentSkipListMap<>(Comparator.comparing(IscsiName::text));
    private final Set<IscsiName> fenced = ConcurrentHashMap.newKeySet();
    private final Redirected redirected = new Redirected();
    private final Portals portals = new Portals();
    private final SendTargets sendTargets;
    private final UnitStates units;
    private final Sessions discovery;
    private final BufferPool pool;

    private IscsiServer(IscsiServerConfig config) {
        this.config = config;
        this.sendTargets = new SendTargets(portals, config.balanced());
        this.units = new UnitStates(config.reservations());
        this.pool = new BufferPool(config.poolBytesMax());
        this.discovery = new Sessions(config.connectionsMax(), TargetDefinition.COMMAND_WINDOW, false, 0);
    }

    /**
     * Starts a server with targets. Blocking until the reservations of their units are known; initiators can log in when it returns.
     *
     * @throws IOException a {@link java.net.BindException} that names the port if it is in use; nothing is left open then
     */
    public static IscsiServer start(IscsiServerConfig config, List<TargetDefinition> targets) throws IOException {
        IscsiServer server = new IscsiServer(config);
        try {
            for (TargetDefinition target : targets) {
                server.addTarget(target);
            }
            // Last, so that nobody who comes back finds a target missing.
            for (PortalConfig portal : config.portals()) {
                server.addPortal(portal);
            }
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw failure;
        }
        return server;
    }

    /**
     * Adds a target. Blocking until the reservations of its units are known.
     *
     * @throws IllegalArgumentException if there is one of the name or the number, or there are too many
     * @throws IOException if the reservations of a unit cannot be read
     */
    public IscsiTarget addTarget(TargetDefinition definition) throws IOException {
        return addTarget(definition, false);
    }

    /** As {@link #addTarget(TargetDefinition)}, maybe for a target that this server is for alone. */
    synchronized IscsiTarget addTarget(TargetDefinition definition, boolean alone) throws IOException {
        for (IscsiTarget other : targets.values()) {
            if (other.name().equals(definition.name()) || other.number() == definition.number()) {
                throw new IllegalArgumentException("target " + definition.name() + " with number " + definition.number()
                        + " found, another name and number than those of target " + other.name() + " with number "
                        + other.number() + " expected");
            }
        }
        if (targets.size() >= IscsiServerConfig.TARGETS_MAX) {
            throw new IllegalArgumentException("target " + definition.name() + ": " + targets.size()
                    + " targets found already, at most " + IscsiServerConfig.TARGETS_MAX + " expected: remove one");
        }
        IscsiTarget target = IscsiTarget.of(this, definition, alone);
        targets.put(new IscsiName(target.name()), target);
        fenced.forEach(name -> target.fenceAsync(name.text()));
        LOG.info(
                "target added; name={} number={} units={}",
                target.name(),
                target.number(),
                definition.units().size());
        return target;
    }

    /** The target of a name, which may be in any case. */
    public Optional<IscsiTarget> target(String name) {
        return Optional.ofNullable(targets.get(new IscsiName(name)));
    }

    /** The targets by name. */
    public List<IscsiTarget> targets() {
        return List.copyOf(targets.values());
    }

    /** Takes a target away that ends its sessions itself. */
    void forget(IscsiTarget target) {
        targets.remove(new IscsiName(target.name()), target);
    }

    /**
     * Listens at one more portal. Blocking for a moment.
     *
     * @throws IOException a {@link java.net.BindException} that names the port if it is in use
     * @throws IllegalArgumentException if there are too many
     */
    public PortalInfo addPortal(PortalConfig portal) throws IOException {
        ServerPortal opened = portals.open(
                portal,
                made -> Portal.open(
                        portal.listen(),
                        local -> new LoginRouter(this, made, local),
                        (channel, peer, login) -> establish(made, channel, peer, login),
                        config.pendingLoginsMax(),
                        config.loginDeadline()));
        LOG.info("portal opened; address={} group={}", opened.address(), opened.group());
        return opened.info();
    }

    /**
     * Closes a portal, and breaks off what came in by it. Drain it first.
     *
     * @return whether there was one of the address; completes when none of its commands can reach a device any more
     */
    public Optional<CompletableFuture<Void>> removePortal(InetSocketAddress address) {
        ServerPortal portal = portals.remove(address);
        if (portal == null) {
            return Optional.empty();
        }
        LOG.info("portal closed; address={} group={}", address, portal.group());
        return Optional.of(portal.endConnections("the portal is closed"));
    }

    /**
     * For planned work at a portal: takes no more logins there, sends them to another portal of the group, and asks the initiators
     * that came in by it to log out.
     *
     * @param seconds how long they may take, 1 to 65,535; who does not is ended by {@link #removePortal} alone
     * @return empty if there is no portal of the address; completes when nothing that came in by it is left
     */
    public Optional<CompletableFuture<Void>> drainPortal(InetSocketAddress address, int seconds) {
        return Optional.ofNullable(portals.find(address)).map(portal -> {
            LOG.info("portal is drained; address={} seconds={}", address, seconds);
            return portal.drain(Math.clamp(seconds, 1, 0xFFFF));
        });
    }

    /** Takes logins again at a portal that was drained; false if there is none of the address. */
    public boolean resumePortal(InetSocketAddress address) {
        ServerPortal portal = portals.find(address);
        if (portal != null) {
            portal.resume();
        }
        return portal != null;
    }

    /** The portals in the order in which they were opened. */
    public List<PortalInfo> portals() {
        return portals.all().stream().map(ServerPortal::info).toList();
    }

    /** The sessions that ask which targets there are. */
    public List<SessionInfo> discoverySessions() {
        return discovery.all().stream().map(SessionInfo::of).toList();
    }

    /**
     * Ends the sessions of an initiator at all targets, also those that are added later, and refuses its logins from now on.
     *
     * @return completes when none of its commands can reach a device any more
     */
    public CompletableFuture<Void> fenceAsync(String initiatorName) {
        fenced.add(new IscsiName(initiatorName));
        return CompletableFuture.allOf(Stream.concat(
                        targets.values().stream().map(target -> target.fenceAsync(initiatorName)),
                        Stream.of(discovery.fence(initiatorName)))
                .toArray(CompletableFuture[]::new));
    }

    /** Lets a fenced initiator log in again. */
    public void unfence(String initiatorName) {
        fenced.remove(new IscsiName(initiatorName));
        discovery.unfence(initiatorName);
        targets.values().forEach(target -> target.unfence(initiatorName));
    }

    IscsiServerConfig config() {
        return config;
    }

    String incarnation() {
        return incarnation;
    }

    UnitStates units() {
        return units;
    }

    Redirected redirected() {
        return redirected;
    }

    boolean isFenced(String initiatorName) {
        return fenced.contains(new IscsiName(initiatorName));
    }

    List<Integer> portalGroups() {
        return portals.groups();
    }

    /** See {@link Portals#taking}. */
    @Nullable ServerPortal takingPortal(ServerPortal here, boolean balanced) {
        return portals.taking(here, balanced);
    }

    private List<Session> everybody() {
        List<Session> all = new ArrayList<>();
        targets.values().forEach(target -> all.addAll(target.table().all()));
        return all;
    }

    private @Nullable LoginStatus establish(
            ServerPortal portal, SocketChannel channel, String peer, LoginMachine.Established login) {
        LoginResult result = login.result();
        IscsiTarget target = result.discovery() ? null : targets.get(new IscsiName(result.targetName()));
        if (target == null && !result.discovery()) {
            return LoginStatus.NOT_FOUND; // It was taken away meanwhile.
        }
        Sessions.Admission admission =
                target == null ? discovery.admit(result, peer, () -> NO_UNITS) : target.admit(result, peer);
        return switch (admission) {
            case Sessions.Rejected(LoginStatus status, String why) -> {
                LOG.info("login refused; initiator={} peer={} why=\"{}\"", result.initiatorName(), peer, why);
                yield status;
            }
            case Sessions.Joins(Session session) -> join(portal, channel, peer, session, login);
            case Sessions.Admitted(Session session) ->
                begin(portal, channel, session, login, context(portal, channel, target, result));
        };
    }

    private TargetContext context(
            ServerPortal portal, SocketChannel channel, @Nullable IscsiTarget target, LoginResult login) {
        InetSocketAddress local = portal.localOf(channel);
        return target == null
                ? new TargetContext(
                        TargetPort.of("", 0, portal.group()),
                        List::of,
                        sendTargets.ofServer(login.initiatorName(), this::targets, portal, local),
                        discovery,
                        this::everybody,
                        pool,
                        config.limits())
                : new TargetContext(
                        target.port(portal.group()),
                        target::ports,
                        sendTargets.ofTarget(target, portal, local),
                        target.table(),
                        this::everybody,
                        pool,
                        config.limits());
    }

    /** Counts a connection in; null if there is no room. */
    private Session.@Nullable Place enter(ServerPortal portal, Session session) {
        if (connections.incrementAndGet() <= config.connectionsMax()) {
            Session.Place place = portal.enter(session, connections::decrementAndGet);
            if (place != null) {
                return place;
            }
        }
        connections.decrementAndGet();
        return null;
    }

    private static LoginStatus noRoom(ServerPortal portal) {
        return portal.isDraining() ? LoginStatus.SERVICE_UNAVAILABLE : LoginStatus.OUT_OF_RESOURCES;
    }

    /** Hands the connection to the session that it joins; null if that took it, else why the login is refused. */
    private @Nullable LoginStatus join(
            ServerPortal portal, SocketChannel channel, String peer, Session session, LoginMachine.Established login) {
        Session.Place place = enter(portal, session);
        if (place == null) {
            return noRoom(portal);
        }
        if (session.join(channel, peer, login, place)) {
            return null;
        }
        place.left();
        return LoginStatus.SESSION_DOES_NOT_EXIST;
    }

    /** Gives the session a thread; null if it has one, else why the login is refused. */
    private @Nullable LoginStatus begin(
            ServerPortal portal,
            SocketChannel channel,
            Session session,
            LoginMachine.Established login,
            TargetContext context) {
        Session.Place place = enter(portal, session);
        LoginStatus refused = noRoom(portal);
        if (place != null) {
            try {
                SessionThread thread = new SessionThread(channel, session, login, place, context);
                Thread.ofPlatform()
                        .name("iscsi-session-" + sessionNumber.incrementAndGet())
                        .daemon()
                        .start(thread);
                return null;
            } catch (IOException | OutOfMemoryError noResources) {
                LOG.warn("login refused for want of resources; peer={}", session.peer(), noResources);
                place.left();
                refused = LoginStatus.OUT_OF_RESOURCES;
            }
        } else {
            LOG.info("login refused; peer={} portal={} status={}", session.peer(), portal.address(), refused);
        }
        session.ended(CompletableFuture.completedFuture(null));
        return refused;
    }

    /** Stops listening, lets commands under way end within their deadline, and ends all sessions. Idempotent. */
    @Override
    public void close() {
        portals.close();
        List<CompletableFuture<Void>> drained = new ArrayList<>();
        drained.add(discovery.stop());
        targets.values().forEach(target -> drained.add(target.stop()));
        // A unit that may still be written to is not given up: nobody else may serve it yet.
        if (await(CompletableFuture.allOf(drained.toArray(CompletableFuture[]::new)), "server")) {
            await(
                    CompletableFuture.allOf(targets.values().stream()
                            .map(IscsiTarget::leaveUnits)
                            .toArray(CompletableFuture[]::new)),
                    "server");
        }
        targets.clear();
    }

    /** Waits until what was stopped is gone, for as long as one may wait; false if it is not. */
    boolean await(CompletableFuture<Void> drained, String what) {
        Duration limit = config.limits().stopDeadline().plus(CLOSE_WAIT);
        try {
            drained.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException slow) {
            LOG.warn("closed with commands still in a device; what={} waited={}", what, limit);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
        return false;
    }
}
