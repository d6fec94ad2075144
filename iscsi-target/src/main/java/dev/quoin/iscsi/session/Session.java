package dev.quoin.iscsi.session;

import dev.quoin.iscsi.login.LoginMachine;
import dev.quoin.iscsi.login.LoginResult;
import dev.quoin.iscsi.reservation.Nexus;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.unit.UnitState;
import dev.quoin.iscsi.wire.IscsiName;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One initiator port's relation to the target (I_T nexus), over one connection or several.
 *
 * <p>It is drained when nothing that it asked for can reach a device any more. Only then may a session that takes its place
 * serve commands, and only then is its initiator fenced: a write of the old session must never land after one of the new.
 */
public final class Session {

    /** By which way a connection came in: told once that it has ended, or was not taken. */
    @FunctionalInterface
    public interface Place {
        /** The connection is no more. Idempotent; must not block. */
        void left();
    }

    /** What the session asks of the connection that serves it. May be called by any thread; none blocks. */
    public interface Link {
        /** Breaks the connection off; what runs in a device is not answered any more. */
        void terminate(String why);

        /** Lets what runs end, answers it, and closes. */
        void stop();

        /**
         * Asks the initiator to log out within so many seconds (RFC 7143 11.9.1, event 1).
         *
         * @param place the way of the connections that are asked; null for all
         */
        void askToLogOut(int seconds, @Nullable Place place);

        /**
         * Aborts the commands of a unit without answers.
         *
         * @param unit a number, or {@link #ALL_UNITS}
         * @return completes when none of them can reach the device any more
         */
        CompletableFuture<Void> abortTasks(int unit);

        /** As {@link #abortTasks(int)}, under whatever numbers the session reaches the unit, or has reached it. */
        CompletableFuture<Void> abortTasks(UnitState unit);

        /**
         * Ends the commands of a unit that are not allowed any more, those that have begun when they have left the device.
         *
         * @param forbidden which commands
         * @return completes when none of them can reach the device any more
         */
        CompletableFuture<Void> forbidTasks(int unit, Predicate<ScsiCommand> forbidden);

        /**
         * Takes in one more connection, which belongs to the callee; it sends the last response of the login, or refuses it.
         *
         * @param channel in non-blocking mode
         * @param login its last step, whose response is not yet sent
         */
        void join(SocketChannel channel, String peer, LoginMachine.Established login, Place place);
    }

    private static final Units NO_UNITS = new Units(List.of());

    /** All units of the target. */
    public static final int ALL_UNITS = -1;

    private final LoginResult login;
    private final Nexus port;
    private final int tsih;
    private final String peer;
    private final CommandWindow window;
    private final Attentions attentions = new Attentions();
    private final CompletableFuture<Void> before;
    private final Supplier<Units> units;

    /** What a table of units comes to for the session. */
    private record View(Units of, Units visible) {}

    private volatile View lastView = new View(NO_UNITS, NO_UNITS);
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile Runnable farewell = () -> {};
    private @Nullable Link link;
    private @Nullable String endedBefore;

    Session(
            LoginResult login,
            int targetPort,
            int tsih,
            String peer,
            int commandWindow,
            Supplier<Units> units,
            CompletableFuture<Void> before) {
        this.units = units;
        this.port = new Nexus(login.initiatorName(), login.isid(), targetPort);
        this.login = login;
        this.tsih = tsih;
        this.peer = peer;
        this.window = new CommandWindow(login.firstCmdSn(), commandWindow);
        this.before = before;
    }

    public LoginResult login() {
        return login;
    }

    /** The units that the session sees at this moment. */
    public Units units() {
        Units all = units.get();
        View view = lastView;
        if (!all.equals(view.of())) {
            view = new View(all, all.visibleTo(port.initiator()));
            lastView = view;
        }
        return view.visible();
    }

    /** The I_T nexus by which units know the session. */
    public Nexus port() {
        return port;
    }

    /** The target's part of the session identifier, 1 to 65,535. */
    public int tsih() {
        return tsih;
    }

    /** The initiator's address and port. */
    public String peer() {
        return peer;
    }

    public CommandWindow window() {
        return window;
    }

    public Attentions attentions() {
        return attentions;
    }

    /** Completes when the session that this one replaces is drained; at once if there was none. */
    public CompletableFuture<Void> before() {
        return before;
    }

    /** Has something done when the session is drained, before anybody who waits for that goes on. */
    void atTheEnd(Runnable last) {
        farewell = last;
    }

    /** Completes when neither this session nor one that it replaced can reach a device. */
    public CompletableFuture<Void> drained() {
        return drained;
    }

    /** Says who serves the session. If it was ended in the meantime the link is terminated at once. */
    public void attach(Link server) {
        String why;
        synchronized (this) {
            link = server;
            why = endedBefore;
        }
        if (why != null) {
            server.terminate(why);
        }
    }

    /** Breaks the session off. */
    public void terminate(String why) {
        Link server;
        synchronized (this) {
            endedBefore = why;
            server = link;
        }
        if (server != null) {
            server.terminate(why);
        }
    }

    /** Ends the session after what runs. */
    public void stop() {
        Link server;
        synchronized (this) {
            server = link;
        }
        if (server == null) {
            terminate("the target stops");
        } else {
            server.stop();
        }
    }

    /** See {@link Link#askToLogOut}. */
    public void askToLogOut(int seconds, @Nullable Place place) {
        Link server;
        synchronized (this) {
            server = link;
        }
        if (server != null) {
            server.askToLogOut(seconds, place);
        }
    }

    /** See {@link Link#abortTasks(UnitState)}. */
    public CompletableFuture<Void> abortTasks(UnitState unit) {
        Link server;
        synchronized (this) {
            server = link;
        }
        return server == null ? CompletableFuture.completedFuture(null) : server.abortTasks(unit);
    }

    /** See {@link Link#abortTasks(int)}. */
    public CompletableFuture<Void> abortTasks(int unit) {
        Link server;
        synchronized (this) {
            server = link;
        }
        return server == null ? CompletableFuture.completedFuture(null) : server.abortTasks(unit);
    }

    /** See {@link Link#forbidTasks}. */
    CompletableFuture<Void> forbidTasks(int unit, Predicate<ScsiCommand> forbidden) {
        Link server;
        synchronized (this) {
            server = link;
        }
        return server == null ? CompletableFuture.completedFuture(null) : server.forbidTasks(unit, forbidden);
    }

    /** See {@link Link#join}. False if nobody serves the session yet, and then the connection still belongs to the caller. */
    public boolean join(SocketChannel channel, String address, LoginMachine.Established joining, Place place) {
        Link server;
        synchronized (this) {
            server = link;
        }
        if (server != null) {
            server.join(channel, address, joining, place);
        }
        return server != null;
    }

    /** All connections have ended; {@code running} completes when its last command has left the devices. */
    public void ended(CompletableFuture<Void> running) {
        CompletableFuture.allOf(before, running).whenComplete((nothing, failure) -> {
            // Before a session that takes its place may reserve anything.
            leaveUnits();
            farewell.run();
            drained.complete(null);
        });
    }

    /** What the end of an I_T nexus ends at the units: a RESERVE (6), but no registration (SPC-2 5.5.1). */
    public void leaveUnits() {
        units.get().all().forEach(served -> served.reservations().release(port));
    }

    /** The nexus: sessions of the same name, ISID and portal group replace each other (RFC 7143 6.3.5). */
    record Identity(IscsiName initiator, long isid, int portalGroup, boolean discovery) {
        static Identity of(LoginResult login) {
            return new Identity(
                    new IscsiName(login.initiatorName()), login.isid(), login.portalGroup(), login.discovery());
        }
    }

    Identity identity() {
        return Identity.of(login);
    }
}
