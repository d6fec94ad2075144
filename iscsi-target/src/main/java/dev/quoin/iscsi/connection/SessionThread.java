package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.login.LoginMachine;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.unit.UnitState;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one session in the full feature phase, from the last login response of its first connection to its end.
 *
 * <p>It waits for all connections in one selector, reads what is there, executes it, sends one batch for each. It never waits for a
 * device and never for a socket to take bytes. Other threads reach it through a mailbox.
 *
 * <p>One thread for all connections of a session makes the order of commands over them (RFC 7143 4.2.2.1) a matter of one counter: a
 * connection that holds a later command than the next one stands still until another connection has brought that.
 * ErrorRecoveryLevel is 0, so a connection that is lost ends the session (RFC 7143 7.1.4.4).
 */
public final class SessionThread implements Runnable, Session.Link {

    private static final Logger LOG = LoggerFactory.getLogger(SessionThread.class);

    /** How long a login waits for the session that it replaces to leave the devices. */
    private static final Duration REPLACE_WAIT = Duration.ofSeconds(15);

    private final SocketChannel firstChannel;
    private final LoginMachine.Established firstLogin;
    private final Session.Place firstPlace;
    private final Session session;
    private final TaskSet tasks;
    private final Selector selector;
    private final ConnectionGroup group = new ConnectionGroup();
    private final SessionContext scope;
    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();

    private volatile @Nullable String terminated;
    private volatile boolean ended;

    /**
     * A session that is to be run on a thread of its own.
     *
     * @param channel of the first connection, in non-blocking mode
     * @param login the last step of its login, whose response is not yet sent
     * @param place told of its end, if the thread runs
     * @throws IOException if the selector cannot be opened
     */
    public SessionThread(
            SocketChannel channel,
            Session session,
            LoginMachine.Established login,
            Session.Place place,
            TargetContext target)
            throws IOException {
        this.firstChannel = channel;
        this.firstLogin = login;
        this.firstPlace = place;
        this.session = session;
        this.selector = Selector.open();
        Budget budget = new Budget(target.limits().bufferBytesMax(), selector::wakeup);
        this.tasks = new TaskSet(session.window(), budget, target.pool(), selector::wakeup);
        this.scope = new SessionContext(
                session,
                target,
                group,
                selector,
                tasks,
                budget,
                new Copies(session, target.pool()),
                this::postWhileAlive);
    }

    @Override
    public void run() {
        String why = "the login could not be finished";
        try {
            if (establish()) {
                LOG.info(
                        "session begins; initiator={} peer={} tsih={} discovery={}",
                        session.login().initiatorName(),
                        session.peer(),
                        session.tsih(),
                        session.login().discovery());
                why = loop();
            }
        } catch (IOException broken) {
            why = String.valueOf(broken.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            why = "interrupted";
        } catch (RuntimeException bug) {
            LOG.error("session ends on a defect; peer={}", session.peer(), bug);
            why = "a defect of the target";
        } finally {
            end(terminated == null ? why : String.valueOf(terminated));
        }
    }

    /** Waits for the session that this one replaces, and sends the last login response. */
    private boolean establish() throws IOException, InterruptedException {
        session.attach(this);
        try {
            session.before().get(REPLACE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException stillThere) {
            LOG.warn("login refused: commands of the replaced session are still in a device; peer={}", session.peer());
            Connection.refuse(firstChannel, firstLogin, LoginStatus.SERVICE_UNAVAILABLE);
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
        if (terminated != null) {
            Connection.refuse(firstChannel, firstLogin, LoginStatus.SERVICE_UNAVAILABLE);
            return false;
        }
        Connection first = new Connection(firstChannel, session.peer(), firstLogin, firstPlace, scope);
        group.add(first);
        return first.welcome();
    }

    /** The loop; gives why it ended. */
    private String loop() throws IOException {
        while (true) {
            String why = sweep();
            if (why != null) {
                return why;
            }
            await();
            for (Runnable message; (message = mailbox.poll()) != null; ) {
                message.run();
            }
            for (int i = 0; i < group.size(); i++) {
                group.get(i).round();
            }
        }
    }

    /** Takes leave of connections that are over; gives why the session is, or null. */
    private @Nullable String sweep() {
        if (terminated != null) {
            return terminated;
        }
        for (int i = group.size() - 1; i >= 0; i--) {
            Connection each = group.get(i);
            String why = each.over();
            if (why != null) {
                boolean expected = each.closing() && group.size() > 1;
                if (!expected) {
                    return why;
                }
                each.end();
                group.remove(each);
                LOG.info("connection leaves; cid={} peer={} tsih={}", each.id(), each.peer(), session.tsih());
            }
        }
        return null;
    }

    /** Waits until a connection has something to do, or something is due. */
    private void await() throws IOException {
        long now = System.nanoTime();
        long pause = Long.MAX_VALUE;
        boolean busy = false;
        for (int i = 0; i < group.size(); i++) {
            Connection each = group.get(i);
            each.watch(now);
            busy |= each.prepare();
            pause = Math.min(pause, each.pause(now));
        }
        if (!busy) {
            selector.select(SessionThread::selected, Math.max(1, TimeUnit.NANOSECONDS.toMillis(pause)));
        } else if (group.size() > 1) {
            selector.selectNow(SessionThread::selected);
        }
    }

    private static void selected(SelectionKey key) {
        ((Connection) key.attachment()).selected();
    }

    private void end(String why) {
        ended = true;
        while (group.size() > 0) {
            Connection each = group.get(0);
            each.end();
            group.remove(each);
        }
        firstPlace.left();
        session.ended(tasks.abortAll(Session.ALL_UNITS));
        for (Runnable message; (message = mailbox.poll()) != null; ) {
            message.run();
        }
        try (firstChannel;
                selector) {
            LOG.info(
                    "session ends; initiator={} peer={} tsih={} why=\"{}\"",
                    session.login().initiatorName(),
                    session.peer(),
                    session.tsih(),
                    why);
        } catch (IOException failure) {
            LOG.debug("closing a session failed; peer={}", session.peer(), failure);
        }
    }

    @Override
    public void terminate(String why) {
        terminated = why;
        selector.wakeup();
    }

    @Override
    public void stop() {
        postWhileAlive(() -> {
            group.close();
            tasks.abortWaiting();
        });
    }

    @Override
    public void askToLogOut(int seconds, Session.@Nullable Place place) {
        postWhileAlive(() -> {
            for (int i = 0; i < group.size(); i++) {
                Connection each = group.get(i);
                if (place == null || each.place().equals(place)) {
                    each.askToLogOut(seconds);
                }
            }
        });
    }

    @Override
    public CompletableFuture<Void> abortTasks(int unit) {
        return abort(() -> tasks.abortAll(unit));
    }

    @Override
    public CompletableFuture<Void> abortTasks(UnitState unit) {
        return abort(() -> tasks.abortAll(unit));
    }

    private CompletableFuture<Void> abort(Supplier<CompletableFuture<Void>> some) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(() -> {
            CompletableFuture<Void> aborted = ended ? session.drained() : some.get();
            aborted.whenComplete((nothing, failure) -> done.complete(null));
        });
        return done;
    }

    @Override
    public CompletableFuture<Void> forbidTasks(int unit, Predicate<ScsiCommand> forbidden) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(() -> {
            CompletableFuture<Void> left = ended ? session.drained() : tasks.forbid(unit, forbidden);
            left.whenComplete((nothing, failure) -> done.complete(null));
        });
        return done;
    }

    @Override
    public void join(SocketChannel channel, String peer, LoginMachine.Established login, Session.Place place) {
        post(() -> {
            Connection replaced = ended ? null : group.find(login.result().connectionId());
            if (replaced == null) {
                admit(channel, peer, login, place);
                return;
            }
            // A login with the CID of a connection replaces that (RFC 7143 6.3.4).
            group.remove(replaced);
            replaced.end().whenComplete((nothing, failure) -> post(() -> admit(channel, peer, login, place)));
        });
    }

    private void admit(SocketChannel channel, String peer, LoginMachine.Established login, Session.Place place) {
        try {
            int most = session.login().parameters().maxConnections();
            LoginStatus refused = ended || terminated != null
                    ? LoginStatus.SESSION_DOES_NOT_EXIST
                    : group.size() >= most ? LoginStatus.TOO_MANY_CONNECTIONS : null;
            if (refused != null) {
                LOG.info("connection refused; peer={} tsih={} status={}", peer, session.tsih(), refused);
                place.left();
                Connection.refuse(channel, login, refused);
                channel.close();
                return;
            }
            join(new Connection(channel, peer, login, place, scope));
        } catch (IOException gone) {
            place.left();
            LOG.info("connection does not join; peer={} tsih={} why=\"{}\"", peer, session.tsih(), gone.getMessage());
        }
    }

    private void join(Connection joining) throws IOException {
        // Not a part of the session before the initiator can know of it: if it is lost until then the others go on.
        boolean welcome = false;
        try {
            welcome = joining.welcome();
        } finally {
            if (welcome) {
                group.add(joining);
                LOG.info("connection joins; cid={} peer={} tsih={}", joining.id(), joining.peer(), session.tsih());
            } else {
                joining.end();
            }
        }
    }

    /** As {@link #post}, but after the session's end nothing is done. */
    private void postWhileAlive(Runnable message) {
        post(() -> {
            if (!ended) {
                message.run();
            }
        });
    }

    /** Lets the session's thread do something; after its end the caller does it. */
    private void post(Runnable message) {
        mailbox.add(message);
        if (ended) {
            for (Runnable late; (late = mailbox.poll()) != null; ) {
                late.run();
            }
        } else {
            selector.wakeup();
        }
    }
}
