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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a session in the full feature phase. It belongs to the session's thread, which drives it round by round; other
 * threads reach its output alone.
 *
 * <p>While the initiator takes no bytes nothing more is read from it, and past the write deadline the connection is given up. So it is
 * when the next command in order does not come by another connection in that time.
 */
final class Connection {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** How often commands that wait look for buffers that other connections gave back. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int AHS_BYTES_MAX = 255 * 4;

    private final SocketChannel channel;
    private final String peer;
    private final LoginMachine.Established login;
    private final Session.Place place;
    private final SessionContext scope;
    private final Allegiance allegiance = new Allegiance();
    private final Output output;
    private final Responses responses;
    private final Reads reads;
    private final DataOuts dataOuts;
    private final Dispatcher dispatcher;
    private final Deadlines deadlines;
    private final Framer framer = new Framer(SessionParameters.MAX_RECEIVE_LENGTH, AHS_BYTES_MAX);
    private final ByteBuffer buffer;
    private final Input input;
    private final SelectionKey key;

    private boolean readable = true;

    /** Requests are left in the input. */
    private boolean unread;

    /** The first of them waits for commands on other connections: for this ExpCmdSN to pass. */
    private boolean parked;

    private int parkedAt;
    private long parkedSince;
    private boolean closing;
    private long closeBy;
    private @Nullable String broken;

    /**
     * A connection that has logged in.
     *
     * @param channel in non-blocking mode
     * @param login the last step of the login, whose response is not yet sent
     * @param place told of its end
     * @throws IOException if it has ended; then the place is not told
     */
    Connection(
            SocketChannel channel,
            String peer,
            LoginMachine.Established login,
            Session.Place place,
            SessionContext scope)
            throws IOException {
        this.channel = channel;
        this.peer = peer;
        this.login = login;
        this.place = place;
        this.scope = scope;
        Session session = scope.session();
        BufferPool pool = scope.target().pool();
        Selector selector = scope.selector();
        Budget budget = scope.budget();
        TaskSet tasks = scope.tasks();
        SessionParameters parameters =
                session.login().parameters().on(login.result().parameters());
        output = new Output(channel, session.window(), login.result().statSn(), pool, budget, selector::wakeup);
        responses = new Responses(output, pool, parameters);
        reads = new Reads(parameters, session.window(), responses, tasks, allegiance, budget, pool);
        dataOuts = new DataOuts(
                parameters,
                session.window(),
                responses,
                tasks,
                allegiance,
                budget,
                pool,
                new ParameterLists(session, scope.target(), scope.copies()));
        Answers answers = new Answers(session, scope.copies(), scope.target());
        Commands commands = new Commands(session, responses, reads, dataOuts, answers);
        dispatcher = new Dispatcher(peer, id(), parameters, scope, responses, dataOuts, commands);
        deadlines = new Deadlines(scope.target().limits(), System.nanoTime());
        framer.expectDigests(parameters.headerDigest(), parameters.dataDigest());
        key = channel.register(selector, SelectionKey.OP_READ, this);
        buffer = pool.takeSmall(Input.BUFFER_BYTES);
        input = new Input(channel, buffer, framer);
    }

    /** The CID. */
    int id() {
        return login.result().connectionId();
    }

    /** By which way it came in. */
    Session.Place place() {
        return place;
    }

    /** The initiator's address and port. */
    String peer() {
        return peer;
    }

    /** To which its tasks belong. */
    Allegiance allegiance() {
        return allegiance;
    }

    /** Sends the last login response; false if that did not go. */
    boolean welcome() throws IOException {
        Response.LoginResponse r = login.response();
        return send(
                channel,
                new Response.LoginResponse(
                        r.transit(),
                        r.continues(),
                        r.currentStage(),
                        r.nextStage(),
                        r.versionMax(),
                        r.versionActive(),
                        r.isid(),
                        scope.session().tsih(),
                        r.initiatorTaskTag(),
                        r.statSn(),
                        scope.session().window().expected(),
                        scope.session().window().max(),
                        r.statusClass(),
                        r.statusDetail()),
                login.data());
    }

    /** Refuses a login in place of its last response. */
    static void refuse(SocketChannel channel, LoginMachine.Established login, LoginStatus status) throws IOException {
        send(channel, LoginMachine.refusal(login.response(), status), new byte[0]);
    }

    /** A fresh socket with nothing sent but the login takes these few bytes at once. */
    private static boolean send(SocketChannel channel, Response.LoginResponse response, byte[] data)
            throws IOException {
        ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + Bhs.padded(data.length));
        PduEncoder.encode(response, data.length, out, 0);
        out.put(Bhs.LENGTH, data);
        channel.write(out);
        return !out.hasRemaining();
    }

    /** The selector has found the connection. */
    void selected() {
        readable |= key.isReadable();
    }

    /** Why the connection is over; null if it is not. */
    @Nullable String over() {
        if (broken != null) {
            return broken;
        }
        IOException failure = output.failure();
        if (failure != null) {
            return String.valueOf(failure.getMessage());
        }
        if (closing) {
            boolean idle = !dispatcher.busy() && allegiance.isSettled() && !responses.hasInline() && output.isIdle();
            return idle ? "closed" : System.nanoTime() - closeBy >= 0 ? "closed at the deadline" : null;
        }
        return null;
    }

    /** Looks for what is overdue. */
    void watch(long now) {
        boolean blocked = output.blocked();
        deadlines.output(blocked, blocked ? output.sentBytes() : 0, now);
        switch (deadlines.due(now)) {
            case NOTHING -> {}
            case PING -> {
                dispatcher.ping();
                responses.flush();
            }
            case SILENT -> broken = "the initiator did not answer a ping";
            case STUCK -> broken = "the initiator took no bytes until the deadline";
        }
        if (dispatcher.echoAge(now) > scope.target().limits().pingDeadline().toNanos()) {
            broken = "the initiator did not answer a ping";
        }
        if (parked && now - parkedSince >= gapNanos()) {
            broken = "command " + scope.session().window().expected() + " did not come by any connection";
        }
    }

    private long gapNanos() {
        return scope.target().limits().writeDeadline().toNanos();
    }

    /** Says what is waited for; true if there is something to do without waiting. */
    boolean prepare() {
        boolean blocked = output.blocked();
        boolean held = parked && scope.session().window().expected() == parkedAt;
        int interest = blocked ? SelectionKey.OP_WRITE : closing || held ? 0 : SelectionKey.OP_READ;
        if (key.interestOps() != interest) {
            key.interestOps(interest);
        }
        return unread && !held && !blocked && !closing;
    }

    /** How long nothing will be due if nothing happens, in nanoseconds. */
    long pause(long now) {
        long pause = deadlines.quiet(now);
        if (closing) {
            pause = Math.min(pause, Math.min(RETRY_NANOS, Math.max(0, closeBy - now)));
        }
        if (parked) {
            pause = Math.min(pause, Math.max(0, parkedSince + gapNanos() - now));
        }
        return reads.waiting() || dataOuts.waiting() || dispatcher.echoAge(now) > 0
                ? Math.min(pause, RETRY_NANOS)
                : pause;
    }

    /** Sends on, goes on with what waited, takes what has come, sends one batch. */
    void round() {
        try {
            if (output.blocked()) {
                output.resume();
            }
            reads.resume();
            dataOuts.resume();
            if (!output.blocked() && !closing) {
                take();
            }
            responses.flush();
        } catch (IOException failure) {
            broken = String.valueOf(failure.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("connection ends on a defect; peer={}", peer, bug);
            broken = "a defect of the target";
        }
    }

    private void take() throws IOException {
        // Requests left in the input come before new ones.
        if (!unread) {
            if (!readable) {
                return;
            }
            readable = false;
            int count = input.fill();
            if (count < 0) {
                broken = "the initiator closed it";
                return;
            }
            if (count > 0) {
                deadlines.heard(System.nanoTime());
            }
        }
        unread = consume();
    }

    /** Takes the PDUs in the input; true if some are left, because the initiator takes no answers or commands are missing. */
    private boolean consume() throws IOException {
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
            if (verdict == Dispatcher.Verdict.WAIT) {
                park();
                return true;
            }
            parked = false;
            input.consume();
            if (verdict == Dispatcher.Verdict.CLOSE) {
                close();
                return false;
            }
            responses.flushAtMark();
            if (output.blocked() || broken != null) {
                return true;
            }
        }
    }

    private void park() {
        parkedAt = scope.session().window().expected();
        if (!parked) {
            parked = true;
            parkedSince = System.nanoTime();
        }
    }

    /** Begins to end: nothing more is read, what runs is answered. */
    void close() {
        if (!closing) {
            closing = true;
            closeBy = System.nanoTime() + scope.target().limits().stopDeadline().toNanos();
        }
    }

    /** Whether it is to end, so that its end surprises nobody. */
    boolean closing() {
        return closing;
    }

    /** See {@link Session.Link#askToLogOut}. */
    void askToLogOut(int seconds) {
        dispatcher.askToLogOut(seconds);
        responses.flush();
    }

    /** Asks the initiator for an answer that comes after it has read all that was handed to the output so far. */
    CompletableFuture<Void> echo() {
        CompletableFuture<Void> echo = dispatcher.echo(System.nanoTime());
        responses.flush();
        return echo;
    }

    /**
     * Ends the connection at once, and its tasks without answers.
     *
     * @return completes when they have left the devices
     */
    CompletableFuture<Void> end() {
        output.close();
        responses.drop();
        CompletableFuture<Void> running = scope.tasks().abortAll(allegiance);
        dispatcher.end();
        key.cancel();
        scope.target().pool().give(buffer);
        try {
            channel.close();
        } catch (IOException failure) {
            LOG.debug("closing a connection failed; peer={}", peer, failure);
        }
        place.left();
        return running;
    }
}
