package dev.quoin.iscsi;

import dev.quoin.iscsi.login.LoginPolicy;
import dev.quoin.iscsi.login.LoginResult;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.reservation.PrChange;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.scsi.TargetPort;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.session.Sessions;
import dev.quoin.iscsi.session.Units;
import dev.quoin.iscsi.unit.Reservations;
import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.wire.IscsiName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running iSCSI target: one name, any number of logical units and sessions, and who may use it. {@link IscsiServer} hosts it with
 * others, or {@link #start} makes a server for it alone.
 *
 * <p><b>Durability.</b> A plain write is answered when the device has completed it as cached; the caching page says so. With FUA,
 * or after SYNCHRONIZE CACHE, it is durable as far as the device is.
 *
 * <p>All methods may be called from any thread.
 */
public final class IscsiTarget implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IscsiTarget.class);

    private final IscsiServer server;
    private final TargetDefinition definition;
    private final boolean alone;
    private final Sessions sessions;
    private final Reservations.Audience audience = this::reservationsChanged;
    private final Set<Withdrawal> withdrawals = ConcurrentHashMap.newKeySet();
    private final Set<IscsiName> guests = ConcurrentHashMap.newKeySet();
    private volatile Units units = new Units(List.of());
    private volatile AccessList access;
    private volatile Set<Integer> portalGroups;
    private volatile LoginPolicy.@Nullable Moved moved;

    /** Commands that end because a unit is taken from their sessions. */
    private static final class Withdrawal {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
    }

    private IscsiTarget(IscsiServer server, TargetDefinition definition, boolean alone) {
        this.server = server;
        this.definition = definition;
        this.alone = alone;
        this.access = definition.access();
        this.portalGroups = definition.portalGroups();
        this.sessions = new Sessions(
                definition.sessionsMax(),
                definition.commandWindow(),
                definition.powerOnAttention(),
                definition.number());
    }

    static IscsiTarget of(IscsiServer server, TargetDefinition definition, boolean alone) throws IOException {
        IscsiTarget target = new IscsiTarget(server, definition, alone);
        try {
            for (LogicalUnit unit : definition.units()) {
                target.addUnit(unit);
            }
            return target;
        } catch (IOException | IllegalArgumentException failure) {
            target.leaveUnits();
            throw failure;
        }
    }

    /**
     * Starts a target with a server of its own, which closes with it. Blocking for a moment; initiators can log in when it returns.
     *
     * @throws IOException a {@link java.net.BindException} that names the port if it is in use
     */
    public static IscsiTarget start(IscsiTargetConfig config) throws IOException {
        IscsiServer server = IscsiServer.start(config.server().withPortals(List.of()), List.of());
        try {
            IscsiTarget target = server.addTarget(config.target(), true);
            for (var portal : config.server().portals()) {
                server.addPortal(portal);
            }
            return target;
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw failure;
        }
    }

    /** The server that hosts it. */
    public IscsiServer server() {
        return server;
    }

    /** The addresses through which it can be reached, with their real ports. */
    public List<InetSocketAddress> addresses() {
        return server.portals().stream()
                .filter(portal -> isReachedThrough(portal.group()))
                .map(PortalInfo::address)
                .toList();
    }

    /** The port of the first of its portals. */
    public int port() {
        return address().getPort();
    }

    /** The address of the first of its portals. */
    public InetSocketAddress address() {
        return addresses().getFirst();
    }

    /** The iSCSI name. */
    public String name() {
        return definition.name();
    }

    /** What tells its ports from those of the other targets of the server. */
    public int number() {
        return definition.number();
    }

    /** The sessions at this moment, also those that are ending. */
    public List<SessionInfo> sessions() {
        return sessions.all().stream().map(SessionInfo::of).toList();
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
     * @throws IllegalArgumentException if there is a unit of the number, or another device of the serial number in the server
     * @throws IOException if its reservations cannot be read
     */
    public synchronized void addUnit(LogicalUnit unit) throws IOException {
        ServedUnit served = server.units().serve(unit);
        // Before anybody can use it: a change of reservations must not miss a command.
        served.reservations().tell(audience);
        List<ServedUnit> all = new ArrayList<>(units.all());
        all.add(served);
        try {
            units = new Units(all);
        } catch (IllegalArgumentException taken) {
            leave(served);
            throw taken;
        }
        watch(served);
        tellUnitsChanged();
    }

    private void watch(ServedUnit served) {
        served.watch(code -> {
            for (Session session : sessions.all()) {
                if (served.equals(session.units().get(served.number()))) {
                    session.attentions().add(served.number(), code);
                }
            }
        });
    }

    /** What sessions had under way when a unit was taken from them is waited for like that of those who have it. */
    private CompletableFuture<Void> reservationsChanged(Reservations changed, PrChange change) {
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        withdrawals.forEach(withdrawal -> ends.add(withdrawal.done));
        ends.add(sessions.changed(changed, change));
        return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
    }

    /**
     * Takes a unit away; sessions are told that the list changed. The device is not closed.
     *
     * @return completes when no command can reach the device through this target under this number any more
     */
    public synchronized CompletableFuture<Void> removeUnit(int number) {
        ServedUnit gone = units.get(number);
        if (gone == null) {
            return CompletableFuture.completedFuture(null);
        }
        units = new Units(units.all().stream().filter(u -> u.number() != number).toList());
        tellUnitsChanged();
        return withdraw(gone, sessions.all()).thenCompose(nothing -> leave(gone));
    }

    /**
     * Says for whom alone a unit is there (LUN masking); sessions are told that the list changed.
     *
     * @param initiators the iSCSI names; everybody who may use the target if there are none
     * @return completes when no command of anybody else can reach the device through this target under this number any more
     * @throws IllegalArgumentException if there is no unit of the number
     */
    public synchronized CompletableFuture<Void> maskUnit(int number, Set<String> initiators) {
        ServedUnit before = units.get(number);
        if (before == null) {
            throw new IllegalArgumentException("target " + name() + ": unit " + number + " not found, one of "
                    + units.all().stream().map(ServedUnit::number).toList() + " expected");
        }
        ServedUnit after =
                before.as(before.unit().forInitiators(AccessList.of(initiators).names()));
        units = new Units(units.all().stream()
                .map(unit -> unit.number() == number ? after : unit)
                .toList());
        before.unwatch();
        watch(after);
        tellUnitsChanged();
        return withdraw(
                before,
                sessions.all().stream()
                        .filter(session -> session.units().get(number) == null)
                        .toList());
    }

    /** Ends what sessions have under way at a unit that they do not see any more, and what they hold of it. */
    private CompletableFuture<Void> withdraw(ServedUnit gone, List<Session> from) {
        Withdrawal withdrawal = new Withdrawal();
        withdrawals.add(withdrawal);
        CompletableFuture.allOf(from.stream()
                        .map(session -> session.abortTasks(gone.number()).thenRun(() -> {
                            if (session.units().numbersOf(gone.state()).isEmpty()) {
                                gone.reservations().release(session.port());
                            }
                        }))
                        .toArray(CompletableFuture[]::new))
                .whenComplete((nothing, failure) -> {
                    withdrawals.remove(withdrawal);
                    withdrawal.done.complete(null);
                });
        return withdrawal.done;
    }

    /** Gives up a unit of which nothing is under way here. */
    private CompletableFuture<Void> leave(ServedUnit gone) {
        gone.unwatch();
        if (units.numbersOf(gone.state()).isEmpty()) {
            gone.reservations().tellNoMore(audience);
        }
        return server.units().leave(gone);
    }

    /** Gives up all units, when nothing is under way here any more. */
    CompletableFuture<Void> leaveUnits() {
        List<ServedUnit> served = List.copyOf(units.all());
        units = new Units(List.of());
        return CompletableFuture.allOf(served.stream().map(this::leave).toArray(CompletableFuture[]::new));
    }

    private void tellUnitsChanged() {
        for (Session session : sessions.all()) {
            for (ServedUnit unit : session.units().all()) {
                session.attentions().add(unit.number(), SenseCode.REPORTED_LUNS_CHANGED);
            }
        }
    }

    /** Who may see and use it. */
    public AccessList access() {
        return access;
    }

    /**
     * Changes who may see and use it. Sessions of those who may not any more are ended.
     *
     * @return completes when none of their commands can reach a device any more
     */
    public CompletableFuture<Void> access(AccessList list) {
        access = list;
        return end(
                sessions.all().stream()
                        .filter(session -> !isVisibleTo(session.login().initiatorName()))
                        .toList(),
                "the initiator is not on the access list any more");
    }

    /** Lets an initiator in that is not on the access list, until the target is closed. */
    public void allow(String initiatorName) {
        guests.add(new IscsiName(initiatorName));
    }

    /** The tags of the portal groups through which it can be reached; all if there are none. */
    public Set<Integer> portalGroups() {
        return portalGroups;
    }

    /**
     * Changes through which portal groups it can be reached. Sessions through others are ended.
     *
     * @return completes when none of their commands can reach a device any more
     */
    public CompletableFuture<Void> portalGroups(Set<Integer> tags) {
        tags.forEach(TargetPort::checkGroup);
        portalGroups = Set.copyOf(tags);
        return end(
                sessions.all().stream()
                        .filter(session -> !isReachedThrough(session.login().portalGroup()))
                        .toList(),
                "the target is not reached through the portal group any more");
    }

    private static CompletableFuture<Void> end(List<Session> some, String why) {
        some.forEach(session -> session.terminate(why));
        return CompletableFuture.allOf(some.stream().map(Session::drained).toArray(CompletableFuture[]::new));
    }

    boolean isVisibleTo(String initiatorName) {
        return access.admits(initiatorName) || guests.contains(new IscsiName(initiatorName));
    }

    boolean isReachedThrough(int portalGroup) {
        Set<Integer> tags = portalGroups;
        return tags.isEmpty() || tags.contains(portalGroup);
    }

    /** Its SCSI target ports: one for each portal group through which it can be reached now. */
    List<TargetPort> ports() {
        return server.portalGroups().stream()
                .filter(this::isReachedThrough)
                .map(this::port)
                .toList();
    }

    TargetPort port(int portalGroup) {
        return TargetPort.of(name(), number(), portalGroup);
    }

    TargetDefinition definition() {
        return definition;
    }

    Sessions table() {
        return sessions;
    }

    /** Makes a session, if the login may still have one. */
    Sessions.Admission admit(LoginResult login, String peer) {
        Sessions.Admission admission = sessions.admit(login, peer, () -> units);
        if (admission instanceof Sessions.Admitted(Session session)
                && !(isVisibleTo(login.initiatorName()) && isReachedThrough(login.portalGroup()))) {
            // The list was changed during the login, maybe before the session was there to be ended by that.
            session.terminate("the initiator is not on the access list any more");
        }
        return admission;
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

    /** Lets a fenced initiator log in again. */
    public void unfence(String initiatorName) {
        sessions.unfence(initiatorName);
    }

    /** The initiators that are fenced, in lower case. */
    public Set<String> fenced() {
        return sessions.fenced();
    }

    boolean isFenced(String initiatorName) {
        return !sessions.admits(initiatorName);
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
        moved = address == null ? null : new LoginPolicy.Moved(LoginStatus.TARGET_MOVED_TEMPORARILY, address);
    }

    /** As {@link #redirect}, for good: initiators may remember it, and not ask here again. */
    public void redirectForGood(String address) {
        moved = new LoginPolicy.Moved(LoginStatus.TARGET_MOVED_PERMANENTLY, address);
    }

    /** Where logins are sent; null if they are taken. */
    LoginPolicy.@Nullable Moved moved() {
        return moved;
    }

    /** Admits no more sessions and asks those that exist to end after what runs. */
    CompletableFuture<Void> stop() {
        return sessions.stop();
    }

    /**
     * Lets commands under way end within their deadline, ends all sessions, and leaves the server; a server that was made for it is
     * closed. Blocking; idempotent.
     */
    @Override
    public synchronized void close() {
        if (alone) {
            server.close();
            return;
        }
        // Others that reach its units must find its sessions until nothing of them is under way.
        if (server.await(stop(), name())) {
            server.await(leaveUnits(), name());
        }
        server.forget(this);
        LOG.info("target removed; name={}", name());
    }
}
