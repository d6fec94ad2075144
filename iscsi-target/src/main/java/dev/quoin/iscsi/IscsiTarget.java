package dev.quoin.iscsi;

import dev.quoin.iscsi.chap.ChapStage;
import dev.quoin.iscsi.connection.BufferPool;
import dev.quoin.iscsi.connection.SessionThread;
import dev.quoin.iscsi.connection.TargetContext;
import dev.quoin.iscsi.login.LoginMachine;
import dev.quoin.iscsi.login.LoginPolicy;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.login.NoAuthentication;
import dev.quoin.iscsi.login.SecurityStage;
import dev.quoin.iscsi.login.SessionParameters;
import dev.quoin.iscsi.portal.Portal;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.session.Sessions;
import dev.quoin.iscsi.session.Units;
import dev.quoin.iscsi.unit.ServedUnit;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running iSCSI target: one target name, one or more portals, any number of logical units and sessions.
 *
 * <p><b>Durability.</b> A plain write is answered when the device has completed it as cached; the caching page says so. With FUA,
 * or after SYNCHRONIZE CACHE, it is durable as far as the device is.
 *
 * <p><b>Threads.</b> One for each portal ({@code iscsi-portal-PORT}), one for each session ({@code iscsi-session-n}). All methods may
 * be called from any thread.
 */
public final class IscsiTarget implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IscsiTarget.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int PORTAL_GROUP = 1;

    /** How long {@link #close()} waits, beyond the deadline of each connection, for devices to let go of commands. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

    private final IscsiTargetConfig config;
    private final Sessions sessions;
    private final TargetContext context;
    private final String incarnation = UUID.randomUUID().toString();
    private final AtomicInteger sessionNumber = new AtomicInteger();
    private final Set<String> allowed = ConcurrentHashMap.newKeySet();
    private final List<Portal> portals = new CopyOnWriteArrayList<>();
    private volatile Units units;
    private volatile @Nullable String movedTo;

    private IscsiTarget(IscsiTargetConfig config) throws IOException {
        this.config = config;
        this.allowed.addAll(config.initiators());
        this.sessions = new Sessions(config.sessionsMax(), config.commandWindow(), config.powerOnAttention());
        this.units = new Units(serve(config.units()));
        this.context = new TargetContext(
                config.targetName(),
                PORTAL_GROUP,
                config.announced(),
                this::addresses,
                sessions,
                new BufferPool(config.poolBytesMax()),
                config.limits());
        try {
            for (InetSocketAddress address : config.portals()) {
                portals.add(Portal.open(
                        address, new Policy(), this::establish, config.pendingLoginsMax(), config.loginDeadline()));
            }
        } catch (IOException failure) {
            portals.forEach(Portal::close);
            leave(units.all());
            throw failure;
        }
        LOG.info(
                "target started; name={} address={} units={}",
                config.targetName(),
                addresses(),
                config.units().size());
    }

    /**
     * Starts a target. Blocking for a moment; initiators can log in when it returns.
     *
     * @throws IOException a {@link java.net.BindException} that names the port if it is in use
     */
    public static IscsiTarget start(IscsiTargetConfig config) throws IOException {
        return new IscsiTarget(config);
    }

    /** The addresses that are listened on, with their real ports. */
    public List<InetSocketAddress> addresses() {
        return portals.stream().map(Portal::address).toList();
    }

    /** The port of the first portal. */
    public int port() {
        return address().getPort();
    }

    /** The address of the first portal. */
    public InetSocketAddress address() {
        return portals.getFirst().address();
    }

    /** The iSCSI name. */
    public String name() {
        return config.targetName();
    }

    /** The sessions at this moment, also those that are ending. */
    public List<SessionInfo> sessions() {
        return sessions.all().stream()
                .map(s -> new SessionInfo(
                        s.login().initiatorName(),
                        s.login().isid(),
                        s.tsih(),
                        s.peer(),
                        s.login().discovery()))
                .toList();
    }

    /** The logical units in the order of their numbers. */
    public List<LogicalUnit> units() {
        return units.all().stream().map(ServedUnit::unit).toList();
    }

    /**
     * Adds a unit; sessions are told that the list changed.
     *
     * <p>Blocking until its persistent reservations are known: before that nobody may use it.
     *
     * @throws IllegalArgumentException if there is a unit of the number
     * @throws IOException if its reservations cannot be read
     */
    public synchronized void addUnit(LogicalUnit unit) throws IOException {
        List<ServedUnit> all = new ArrayList<>(units.all());
        List<ServedUnit> added = serve(List.of(unit));
        all.addAll(added);
        try {
            units = new Units(all);
        } catch (IllegalArgumentException taken) {
            leave(added);
            throw taken;
        }
        tellUnitsChanged();
    }

    /**
     * Takes a unit away; sessions are told that the list changed. The device is not closed.
     *
     * @return completes when no command can reach the device through this target any more
     */
    public synchronized CompletableFuture<Void> removeUnit(int number) {
        ServedUnit removed = units.get(number);
        units = new Units(units.all().stream().filter(u -> u.number() != number).toList());
        tellUnitsChanged();
        CompletableFuture<Void> aborted = CompletableFuture.allOf(
                sessions.all().stream().map(s -> s.abortTasks(number)).toArray(CompletableFuture[]::new));
        if (removed == null) {
            return aborted;
        }
        removed.unwatch();
        return CompletableFuture.allOf(aborted, removed.sanitation().stop())
                .thenRun(() -> removed.reservations().close());
    }

    private static void leave(Collection<ServedUnit> those) {
        for (ServedUnit served : those) {
            served.unwatch();
            served.reservations().close();
        }
    }

    private List<ServedUnit> serve(List<LogicalUnit> added) throws IOException {
        List<ServedUnit> all = new ArrayList<>();
        for (LogicalUnit unit : added) {
            ServedUnit served = new ServedUnit(unit, config.reservations());
            try {
                served.reservations().opened().join();
            } catch (CompletionException failure) {
                served.reservations().close();
                all.forEach(one -> one.reservations().close());
                throw new IOException(
                        "unit " + unit.number() + " is not served: its reservations cannot be read: "
                                + failure.getCause().getMessage(),
                        failure);
            }
            served.reservations().tell(sessions);
            all.add(served);
        }
        all.forEach(served -> served.watch(code -> tell(served, code)));
        return all;
    }

    private void tell(ServedUnit served, SenseCode code) {
        for (Session session : sessions.all()) {
            if (served.equals(session.units().get(served.number()))) {
                session.attentions().add(served.number(), code);
            }
        }
    }

    private void tellUnitsChanged() {
        for (Session session : sessions.all()) {
            for (ServedUnit unit : session.units().all()) {
                session.attentions().add(unit.number(), SenseCode.REPORTED_LUNS_CHANGED);
            }
        }
    }

    /**
     * Ends the sessions of an initiator, refuses its logins from now on, and waits until none of its commands can reach a device
     * any more. Blocking, for as long as a device takes to complete what it has.
     */
    public void fence(String initiatorName) {
        fenceAsync(initiatorName).join();
    }

    /** As {@link #fence}, without waiting: the future completes when none of the commands can reach a device any more. */
    public CompletableFuture<Void> fenceAsync(String initiatorName) {
        return sessions.fence(initiatorName);
    }

    /** Puts an initiator on the access list. Where there is no list everybody may log in, and this changes nothing. */
    public void allow(String initiatorName) {
        allowed.add(initiatorName.toLowerCase(Locale.ROOT));
    }

    /** Lets a fenced initiator log in again. */
    public void unfence(String initiatorName) {
        sessions.unfence(initiatorName);
    }

    /** The initiators that are fenced, in lower case. */
    public Set<String> fenced() {
        return sessions.fenced();
    }

    private @Nullable LoginStatus establish(SocketChannel channel, String peer, LoginMachine.Established login) {
        return switch (sessions.admit(login.result(), peer, () -> units)) {
            case Sessions.Rejected(LoginStatus status, String why) -> {
                LOG.info(
                        "login refused; initiator={} peer={} why=\"{}\"",
                        login.result().initiatorName(),
                        peer,
                        why);
                yield status;
            }
            case Sessions.Joins(Session session) ->
                session.join(channel, peer, login) ? null : LoginStatus.SESSION_DOES_NOT_EXIST;
            case Sessions.Admitted(Session session) -> {
                try {
                    SessionThread thread = new SessionThread(channel, session, login, context);
                    Thread.ofPlatform()
                            .name("iscsi-session-" + sessionNumber.incrementAndGet())
                            .daemon()
                            .start(thread);
                    yield null;
                } catch (IOException | OutOfMemoryError noResources) {
                    LOG.warn("login refused for want of resources; peer={}", peer, noResources);
                    session.ended(CompletableFuture.completedFuture(null));
                    yield LoginStatus.OUT_OF_RESOURCES;
                }
            }
        };
    }

    /**
     * For planned work: admits no more sessions, and asks the initiators of those that exist to log out. Those that have another path to
     * the units go on there; those that do not log out are ended by {@link #close}.
     *
     * @param seconds how long they may take, 1 to 65,535
     * @return completes when all sessions are gone
     */
    public CompletableFuture<Void> drain(int seconds) {
        return sessions.drain(Math.clamp(seconds, 1, 0xFFFF));
    }

    /**
     * Sends those who log in from now on to another portal, where a target of the same name must serve the same units. Sessions that exist
     * go on; {@link #drain} makes them come back.
     *
     * @param address {@code host:port}; null to take logins again
     */
    public void redirect(@Nullable String address) {
        movedTo = address;
    }

    /** Stops listening, lets commands under way end within their deadline, and ends all sessions. Idempotent. */
    @Override
    public void close() {
        portals.forEach(Portal::close);
        units.all().forEach(ServedUnit::unwatch);
        CompletableFuture<Void> drained = CompletableFuture.allOf(
                sessions.stop(),
                CompletableFuture.allOf(units.all().stream()
                        .map(served -> served.sanitation().stop())
                        .toArray(CompletableFuture[]::new)));
        Duration limit = config.limits().stopDeadline().plus(CLOSE_WAIT);
        try {
            drained.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            leave(units.all());
        } catch (TimeoutException slow) {
            LOG.warn("target closed with commands still in a device; name={} waited={}", config.targetName(), limit);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
        LOG.info("target stopped; name={}", config.targetName());
    }

    private final class Policy implements LoginPolicy {
        @Override
        public boolean admits(String initiatorName) {
            return sessions.admits(initiatorName);
        }

        @Override
        public boolean lists(String initiatorName) {
            return config.initiators().isEmpty() || allowed.contains(initiatorName.toLowerCase(Locale.ROOT));
        }

        @Override
        public boolean hasTarget(String initiatorName, String targetName) {
            return targetName.equals(config.targetName());
        }

        @Override
        public @Nullable String movedTo(String initiatorName, String targetName) {
            return movedTo;
        }

        @Override
        public @Nullable SessionParameters parametersOf(String initiatorName, long isid, int tsih) {
            Session session = sessions.find(initiatorName, isid, tsih);
            return session == null ? null : session.login().parameters();
        }

        @Override
        public SecurityStage security() {
            return config.chap().required() ? new ChapStage(config.chap(), RANDOM::nextBytes) : new NoAuthentication();
        }

        @Override
        public int portalGroup() {
            return PORTAL_GROUP;
        }

        @Override
        public int commandWindow() {
            return config.commandWindow();
        }

        @Override
        public String incarnation() {
            return incarnation;
        }
    }
}
