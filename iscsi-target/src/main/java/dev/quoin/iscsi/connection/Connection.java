package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.login.LoginMachine;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.login.SessionParameters;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Framer;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one connection in the full feature phase, from the last login response to the end.
 *
 * <p>It waits in its own selector, reads what is there, executes it, sends one batch. It never waits for a device and never for
 * a socket to take bytes: while the initiator takes none it reads nothing more from it, and past the write deadline it gives the
 * connection up. Other threads reach it through a mailbox.
 */
public final class Connection implements Runnable, Session.Link {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** How long a login waits for the session that it replaces to leave the devices. */
    private static final Duration REPLACE_WAIT = Duration.ofSeconds(15);

    /** How often commands that wait look for buffers that other connections gave back. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int AHS_BYTES_MAX = 255 * 4;

    private final SocketChannel channel;
    private final Selector selector;
    private final Session session;
    private final LoginMachine.Established login;
    private final TargetContext target;
    private final Output output;
    private final Responses responses;
    private final TaskSet tasks;
    private final Reads reads;
    private final DataOuts dataOuts;
    private final Dispatcher dispatcher;
    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();

    // Connection's thread only.
    private final Deadlines deadlines;
    private boolean closing;
    private long closeBy;

    private volatile @Nullable String terminated;
    private volatile boolean ended;

    /**
     * A connection that is to be run on a thread of its own.
     *
     * @param channel in non-blocking mode
     * @param login the last step of the login, whose response is not yet sent
     * @throws IOException if the selector cannot be opened
     */
    public Connection(SocketChannel channel, Session session, LoginMachine.Established login, TargetContext target)
            throws IOException {
        this.channel = channel;
        this.session = session;
        this.login = login;
        this.target = target;
        this.selector = Selector.open();
        SessionParameters parameters = session.login().parameters();
        BufferPool pool = target.pool();
        Budget budget = new Budget(target.limits().bufferBytesMax(), selector::wakeup);
        this.output = new Output(channel, session.window(), session.login().statSn(), pool, budget, selector::wakeup);
        this.responses = new Responses(output, pool, parameters);
        this.tasks = new TaskSet(session.window(), budget, pool, selector::wakeup);
        this.reads = new Reads(parameters, session.window(), responses, tasks, budget, pool);
        Copies copies = new Copies(session, pool);
        this.dataOuts = new DataOuts(
                parameters,
                session.window(),
                responses,
                tasks,
                budget,
                pool,
                new ParameterLists(session, target.sessions(), copies));
        Commands commands =
                new Commands(session, responses, reads, dataOuts, new Answers(session, copies, target.portalGroup()));
        this.dispatcher = new Dispatcher(channel, session, target, responses, tasks, dataOuts, commands);
        this.deadlines = new Deadlines(target.limits(), System.nanoTime());
    }

    @Override
    public void run() {
        String why = "the initiator closed it";
        try {
            if (establish()) {
                LOG.info(
                        "session begins; initiator={} peer={} tsih={} discovery={}",
                        session.login().initiatorName(),
                        session.peer(),
                        session.tsih(),
                        session.login().discovery());
                why = serve();
            } else {
                why = "the login could not be finished";
            }
        } catch (IOException broken) {
            why = String.valueOf(broken.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            why = "interrupted";
        } catch (RuntimeException bug) {
            LOG.error("connection ends on a defect; peer={}", session.peer(), bug);
            why = "a defect of the target";
        } finally {
            end(terminated == null ? why : String.valueOf(terminated));
        }
    }

    /** Waits for the session that this one replaces, and sends the last login response. */
    private boolean establish() throws IOException, InterruptedException {
        session.attach(this);
        boolean free = true;
        try {
            session.before().get(REPLACE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException stillThere) {
            LOG.warn("login refused: commands of the replaced session are still in a device; peer={}", session.peer());
            free = false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
        free &= terminated == null;
        Response.LoginResponse r = login.response();
        Response.LoginResponse response = free
                ? new Response.LoginResponse(
                        r.transit(),
                        r.continues(),
                        r.currentStage(),
                        r.nextStage(),
                        r.versionMax(),
                        r.versionActive(),
                        r.isid(),
                        session.tsih(),
                        r.initiatorTaskTag(),
                        r.statSn(),
                        r.expCmdSn(),
                        r.maxCmdSn(),
                        r.statusClass(),
                        r.statusDetail())
                : LoginMachine.refusal(r, LoginStatus.SERVICE_UNAVAILABLE);
        byte[] data = free ? login.data() : new byte[0];
        ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + Bhs.padded(data.length));
        PduEncoder.encode(response, data.length, out, 0);
        out.put(Bhs.LENGTH, data);
        // A fresh socket with nothing sent but the login takes these few bytes at once.
        channel.write(out);
        return free && !out.hasRemaining();
    }

    /** The loop; gives why it ended. */
    private String serve() throws IOException {
        Framer framer = new Framer(SessionParameters.MAX_RECEIVE_LENGTH, AHS_BYTES_MAX);
        SessionParameters parameters = session.login().parameters();
        framer.expectDigests(parameters.headerDigest(), parameters.dataDigest());
        ByteBuffer buffer = target.pool().takeSmall(Input.BUFFER_BYTES);
        try {
            Input input = new Input(channel, buffer, framer);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            return loop(input, framer, key);
        } finally {
            target.pool().give(buffer);
        }
    }

    private String loop(Input input, Framer framer, SelectionKey key) throws IOException {
        boolean unread = false;
        while (true) {
            String over = over();
            if (over != null) {
                return over;
            }
            long now = System.nanoTime();
            watch(now);
            boolean blocked = output.blocked();
            if (blocked || !unread) {
                int interest = blocked ? SelectionKey.OP_WRITE : closing ? 0 : SelectionKey.OP_READ;
                if (key.interestOps() != interest) {
                    key.interestOps(interest);
                }
                selector.select(selected -> {}, Math.max(1, TimeUnit.NANOSECONDS.toMillis(pause(now))));
            }
            for (Runnable message; (message = mailbox.poll()) != null; ) {
                message.run();
            }
            if (blocked) {
                output.resume();
            }
            reads.resume();
            dataOuts.resume();
            if (!output.blocked() && !closing) {
                // Requests left in the input by a blocked output come before new ones.
                if (!unread) {
                    int count = input.fill();
                    if (count < 0) {
                        return "the initiator closed it";
                    }
                    if (count > 0) {
                        deadlines.heard(System.nanoTime());
                    }
                }
                unread = consume(input, framer);
            }
            responses.flush();
        }
    }

    /** Takes the PDUs in the input; true if some are left because the initiator takes no answers. */
    private boolean consume(Input input, Framer framer) throws IOException {
        while (true) {
            Framer.Result found = input.next();
            if (found == Framer.Result.MORE) {
                return false;
            }
            if (found == Framer.Result.BROKEN) {
                throw new IOException("the stream cannot be read on: " + framer.malformed());
            }
            Dispatcher.Verdict verdict = found == Framer.Result.DATA_BROKEN
                    ? dispatcher.dataDigestError(input.buffer(), framer)
                    : dispatcher.take(input.buffer(), framer, !input.moreBehind());
            input.consume();
            if (verdict == Dispatcher.Verdict.CLOSE) {
                close();
                return false;
            }
            responses.flushAtMark();
            if (output.blocked() || terminated != null) {
                return true;
            }
        }
    }

    /** Begins to end: nothing more is read, what runs is answered. */
    private void close() {
        if (!closing) {
            closing = true;
            closeBy = System.nanoTime() + target.limits().stopDeadline().toNanos();
        }
    }

    private @Nullable String over() {
        String why = terminated;
        if (why != null) {
            return why;
        }
        IOException failure = output.failure();
        if (failure != null) {
            return String.valueOf(failure.getMessage());
        }
        if (closing) {
            boolean idle = !dispatcher.busy() && tasks.isSettled() && !responses.hasInline() && output.isIdle();
            return idle ? "closed" : System.nanoTime() - closeBy >= 0 ? "closed at the deadline" : null;
        }
        return null;
    }

    private void watch(long now) {
        boolean blocked = output.blocked();
        deadlines.output(blocked, blocked ? output.sentBytes() : 0, now);
        switch (deadlines.due(now)) {
            case NOTHING -> {}
            case PING -> {
                dispatcher.ping();
                responses.flush();
            }
            case SILENT -> terminated = "the initiator did not answer a ping";
            case STUCK -> terminated = "the initiator took no bytes until the deadline";
        }
    }

    private long pause(long now) {
        long pause = deadlines.quiet(now);
        if (closing) {
            pause = Math.min(pause, Math.min(RETRY_NANOS, Math.max(0, closeBy - now)));
        }
        return reads.waiting() || dataOuts.waiting() ? Math.min(pause, RETRY_NANOS) : pause;
    }

    private void end(String why) {
        ended = true;
        output.close();
        responses.drop();
        CompletableFuture<Void> running = tasks.abortAll(Session.ALL_UNITS);
        session.ended(running);
        for (Runnable message; (message = mailbox.poll()) != null; ) {
            message.run();
        }
        try (channel;
                selector) {
            LOG.info(
                    "session ends; initiator={} peer={} tsih={} why=\"{}\"",
                    session.login().initiatorName(),
                    session.peer(),
                    session.tsih(),
                    why);
        } catch (IOException failure) {
            LOG.debug("closing a connection failed; peer={}", session.peer(), failure);
        }
    }

    @Override
    public void terminate(String why) {
        terminated = why;
        selector.wakeup();
    }

    @Override
    public void stop() {
        post(() -> {
            close();
            tasks.abortWaiting();
        });
    }

    @Override
    public void askToLogOut(int seconds) {
        post(() -> {
            if (!ended) {
                dispatcher.askToLogOut(seconds);
                responses.flush();
            }
        });
    }

    @Override
    public CompletableFuture<Void> abortTasks(int unit) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(() -> {
            CompletableFuture<Void> aborted = ended ? session.drained() : tasks.abortAll(unit);
            aborted.whenComplete((nothing, failure) -> done.complete(null));
        });
        return done;
    }

    /** Lets the connection's thread do something; after its end the caller does it. */
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
