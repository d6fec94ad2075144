package dev.quoin.iscsi.session;

import dev.quoin.iscsi.login.LoginResult;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.reservation.AccessRules;
import dev.quoin.iscsi.reservation.Nexus;
import dev.quoin.iscsi.reservation.PrChange;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.scsi.TargetPort;
import dev.quoin.iscsi.unit.Reservations;
import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.wire.IscsiName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of a target, and who is fenced. May be used by any thread; one lock guards the tables and no call is made to a
 * session under it.
 */
public final class Sessions implements Reservations.Audience {

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
    private static final int TSIH_MAX = 0xFFFF;

    private final int sessionsMax;
    private final int commandWindow;
    private final boolean powerOnAttention;
    private final int targetNumber;
    private final Map<Integer, Session> byHandle = new HashMap<>();
    private final Map<Session.Identity, Session> byIdentity = new HashMap<>();
    private final Set<IscsiName> fenced = new HashSet<>();
    private int lastHandle;
    private boolean closed;

    /** What a login comes to. */
    public sealed interface Admission {}

    /** A session, which may serve commands when {@link Session#before()} is complete. */
    public record Admitted(Session session) implements Admission {}

    /** A session that exists, which the connection asks to join. */
    public record Joins(Session session) implements Admission {}

    /** No session. */
    public record Rejected(LoginStatus status, String why) implements Admission {}

    /**
     * Makes an empty table.
     *
     * @param sessionsMax how many sessions there may be at once
     * @param commandWindow how many commands each may have open
     * @param powerOnAttention whether a new session finds a unit attention at each unit
     * @param targetNumber tells the target's ports from those of others: see {@link TargetPort}
     */
    public Sessions(int sessionsMax, int commandWindow, boolean powerOnAttention, int targetNumber) {
        this.sessionsMax = sessionsMax;
        this.commandWindow = commandWindow;
        this.powerOnAttention = powerOnAttention;
        this.targetNumber = targetNumber;
    }

    /**
     * Makes a session for a finished login, or finds the one that it is to join. A session of the same initiator port is replaced by a
     * new one (RFC 7143 6.3.5).
     */
    public Admission admit(LoginResult login, String peer, Supplier<Units> units) {
        Session session;
        Session old;
        synchronized (this) {
            Rejected rejected = refusal(login);
            if (rejected != null) {
                return rejected;
            }
            if (login.tsih() != 0) {
                Session joined = login.discovery()
                        ? null
                        : find(login.initiatorName(), login.isid(), login.portalGroup(), login.tsih());
                return joined == null
                        ? new Rejected(LoginStatus.SESSION_DOES_NOT_EXIST, "no session " + login.tsih())
                        : new Joins(joined);
            }
            Session.Identity identity = Session.Identity.of(login);
            int port = TargetPort.of(login.targetName(), targetNumber, login.portalGroup())
                    .relativeId();
            old = byIdentity.get(identity);
            CompletableFuture<Void> before = old == null ? CompletableFuture.completedFuture(null) : old.drained();
            session = new Session(login, port, freeHandle(), peer, commandWindow, units, before);
            Session made = session;
            session.atTheEnd(() -> remove(made));
            byHandle.put(session.tsih(), session);
            byIdentity.put(identity, session);
        }
        if (old != null) {
            old.terminate("replaced by a new login of the same initiator port");
        }
        if (powerOnAttention && !login.discovery()) {
            for (ServedUnit unit : session.units().all()) {
                session.attentions().add(unit.number(), SenseCode.POWER_ON_OR_RESET);
            }
        }
        return new Admitted(session);
    }

    private @Nullable Rejected refusal(LoginResult login) {
        if (closed) {
            return new Rejected(LoginStatus.SERVICE_UNAVAILABLE, "the target stops");
        }
        if (fenced.contains(new IscsiName(login.initiatorName()))) {
            return new Rejected(LoginStatus.AUTHORIZATION_FAILURE, "initiator is fenced");
        }
        if (login.tsih() == 0 && byHandle.size() >= sessionsMax) {
            return new Rejected(LoginStatus.OUT_OF_RESOURCES, sessionsMax + " sessions");
        }
        return null;
    }

    /** The normal session of this initiator port, portal group and number, or null. */
    public synchronized @Nullable Session find(String initiatorName, long isid, int portalGroup, int tsih) {
        Session session = byHandle.get(tsih);
        var wanted = new Session.Identity(new IscsiName(initiatorName), isid, portalGroup, false);
        return session != null && session.identity().equals(wanted) ? session : null;
    }

    private int freeHandle() {
        do {
            lastHandle = lastHandle % TSIH_MAX + 1;
        } while (byHandle.containsKey(lastHandle));
        return lastHandle;
    }

    private synchronized void remove(Session session) {
        byHandle.remove(session.tsih(), session);
        byIdentity.remove(session.identity(), session);
    }

    /** Whether the initiator may log in. */
    public synchronized boolean admits(String initiatorName) {
        return !fenced.contains(new IscsiName(initiatorName));
    }

    /** The sessions at this moment, also those that are ending. */
    public synchronized List<Session> all() {
        return List.copyOf(byHandle.values());
    }

    /** Tells the sessions that see the unit, aborts what is to be aborted, and ends what is not allowed any more. */
    @Override
    public CompletableFuture<Void> changed(Reservations reservations, PrChange change) {
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (Session each : all()) {
            for (ServedUnit served : each.units().all()) {
                if (served.reservations() == reservations) {
                    ends.add(changed(each, served, change));
                }
            }
        }
        return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
    }

    private static CompletableFuture<Void> changed(Session session, ServedUnit served, PrChange change) {
        Nexus port = session.port();
        SenseCode news = change.told().get(port);
        if (news != null) {
            session.attentions().add(served.number(), news);
        }
        if (change.aborted().contains(port)) {
            return session.abortTasks(served.number());
        }
        // PERSISTENT RESERVE OUT has rules of its own, and one of them may wait for this very change.
        return change.takesFrom(port)
                ? session.forbidTasks(
                        served.number(), command -> change.after().conflicts(port, AccessRules.of(command)))
                : CompletableFuture.completedFuture(null);
    }

    /**
     * Ends all sessions of an initiator and lets it log in no more.
     *
     * @return completes when none of its commands can reach a device any more
     */
    public CompletableFuture<Void> fence(String initiatorName) {
        IscsiName name = new IscsiName(initiatorName);
        List<Session> its;
        synchronized (this) {
            fenced.add(name);
            its = byHandle.values().stream()
                    .filter(s -> s.identity().initiator().equals(name))
                    .toList();
        }
        LOG.info("initiator fenced; initiator={} sessions={}", name, its.size());
        its.forEach(s -> s.terminate("the initiator is fenced"));
        return drained(its);
    }

    /** Lets an initiator log in again. */
    public synchronized void unfence(String initiatorName) {
        IscsiName name = new IscsiName(initiatorName);
        if (fenced.remove(name)) {
            LOG.info("initiator unfenced; initiator={}", name);
        }
    }

    /** The initiators that may not log in, in lower case. */
    public synchronized Set<String> fenced() {
        return fenced.stream().map(IscsiName::text).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Admits no more sessions and asks the initiators of those that exist to log out within so many seconds.
     *
     * @return completes when all are gone
     */
    public CompletableFuture<Void> drain(int seconds) {
        List<Session> its;
        synchronized (this) {
            closed = true;
            its = List.copyOf(byHandle.values());
        }
        LOG.info("sessions are asked to log out; sessions={} seconds={}", its.size(), seconds);
        its.forEach(session -> session.askToLogOut(seconds, null));
        return drained(its);
    }

    /** Admits no more sessions and asks those that exist to end after what runs. */
    public CompletableFuture<Void> stop() {
        List<Session> its;
        synchronized (this) {
            closed = true;
            its = List.copyOf(byHandle.values());
        }
        its.forEach(Session::stop);
        return drained(its);
    }

    private static CompletableFuture<Void> drained(List<Session> its) {
        return CompletableFuture.allOf(its.stream().map(Session::drained).toArray(CompletableFuture[]::new));
    }
}
