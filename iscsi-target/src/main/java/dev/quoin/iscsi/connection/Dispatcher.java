package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.connection.OutputBatch.Stamp;
import dev.quoin.iscsi.login.SessionParameters;
import dev.quoin.iscsi.session.CommandWindow;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Decoded;
import dev.quoin.iscsi.wire.Framer;
import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.PduDecoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.iscsi.wire.SerialNumber;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the PDUs of a connection in the full feature phase one by one. Session's thread only.
 *
 * <p>ErrorRecoveryLevel is 0: what breaks the order or the framing of the stream ends the connection, and a PDU that is merely
 * not allowed is rejected (RFC 7143 7.1.4, 11.17).
 */
final class Dispatcher {

    /** Whether the connection goes on. */
    enum Verdict {
        GO_ON,
        /** Nothing was done: show the PDU again when other connections have brought the commands that come before it. */
        WAIT,
        /** Send what there is and close. */
        CLOSE
    }

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** Of a logout (RFC 7143 11.15.1). */
    private static final int CLOSED = 0;

    private static final int NO_SUCH_CONNECTION = 1;
    private static final int NO_RECOVERY = 2;

    private final String peer;
    private final int id;
    private final Session session;
    private final ConnectionGroup group;
    private final Executor thread;
    private final Responses responses;
    private final TaskSet tasks;
    private final DataOuts dataOuts;
    private final Commands commands;
    private final TaskFunctions taskFunctions;
    private final TextExchange text;
    private final boolean discovery;
    private final int maxSend;
    private final Arrival arrival = new Arrival();
    private final Echoes echoes = new Echoes();
    private final AtomicInteger unanswered = new AtomicInteger();

    /** For the connection of a CID. */
    Dispatcher(
            String peer,
            int id,
            SessionParameters parameters,
            SessionContext scope,
            Responses responses,
            DataOuts dataOuts,
            Commands commands) {
        this.peer = peer;
        this.id = id;
        this.session = scope.session();
        this.group = scope.group();
        this.thread = scope.thread();
        this.responses = responses;
        this.tasks = scope.tasks();
        this.dataOuts = dataOuts;
        this.commands = commands;
        this.taskFunctions = new TaskFunctions(scope.target(), session, tasks);
        this.discovery = session.login().discovery();
        this.maxSend = parameters.maxSendLength();
        this.text = new TextExchange(scope.target().directory(), Math.min(maxSend, TextExchange.PART_BYTES_MAX));
    }

    /** Whether a task management function or a logout waits for commands to leave the devices. */
    boolean busy() {
        return unanswered.get() > 0;
    }

    /**
     * Takes the PDU that the framer describes.
     *
     * @param alone whether nothing more waits in the input
     */
    Verdict take(ByteBuffer in, Framer framer, boolean alone) {
        int at = framer.at();
        int opcode = Bhs.opcode(in, at);
        if (opcode == Opcode.SCSI_COMMAND && !discovery) {
            return scsiCommand(in, framer, alone);
        }
        if (opcode == Opcode.DATA_OUT && !discovery) {
            dataOuts.dataOut(in, at, framer.dataAt(), framer.dataLength());
            return Verdict.GO_ON;
        }
        Decoded decoded = PduDecoder.decode(in, at);
        return switch (decoded) {
            case Malformed bad -> {
                LOG.debug("PDU rejected; field={} reason={} peer={}", bad.field(), bad.reason(), peer);
                boolean unknown = bad.field().equals("Opcode");
                yield reject(
                        unknown ? Response.Reject.COMMAND_NOT_SUPPORTED : Response.Reject.INVALID_PDU_FIELD, in, at);
            }
            case Response wrongWay -> protocolError("PDU " + wrongWay.opcode() + " from an initiator", in, at);
            case Request request -> request(request, in, framer);
        };
    }

    private Verdict scsiCommand(ByteBuffer in, Framer framer, boolean alone) {
        int at = framer.at();
        boolean counted = !Bhs.immediate(in, at);
        if (counted && mustWait(Bhs.cmdSn(in, at))) {
            return Verdict.WAIT;
        }
        if (tasks.get(Bhs.initiatorTaskTag(in, at)) != null) {
            return reject(Response.Reject.TASK_IN_PROGRESS, in, at);
        }
        if (!counted && !tasks.immediateHasRoom()) {
            return reject(Response.Reject.TOO_MANY_IMMEDIATE, in, at);
        }
        Verdict gap = inOrder(counted, Bhs.cmdSn(in, at), in, at);
        if (gap != null) {
            return gap;
        }
        arrival.moveTo(in, at, framer.dataAt(), framer.dataLength());
        commands.command(arrival, Bhs.ahsLength(in, at) != 0, alone);
        return Verdict.GO_ON;
    }

    /** Whether commands that come before this number may still come by other connections. */
    private boolean mustWait(int cmdSn) {
        CommandWindow window = session.window();
        return group.size() > 1
                && SerialNumber.before(window.expected(), cmdSn)
                // That of an immediate request may be the first beyond the window.
                && SerialNumber.within(cmdSn, window.expected(), window.max() + 1);
    }

    /** Null if the PDU is the next one, else what to do instead of executing it. */
    private @Nullable Verdict inOrder(boolean counted, int cmdSn, ByteBuffer in, int at) {
        if (!counted) {
            return null;
        }
        return switch (session.window().receive(cmdSn)) {
            case NEXT -> null;
            case IGNORE -> Verdict.GO_ON;
            case GAP ->
                protocolError("CmdSN " + cmdSn + " without " + session.window().expected(), in, at);
        };
    }

    private Verdict request(Request request, ByteBuffer in, Framer framer) {
        int at = framer.at();
        boolean numbered = switch (request) {
            case Request.NopOut r -> !r.immediate();
            case Request.TaskManagement r -> !r.immediate();
            case Request.Text r -> !r.immediate();
            case Request.Logout r -> !r.immediate();
            case Request.ScsiCommand r -> false;
            case Request.DataOut r -> false;
            case Request.Login r -> false;
            case Request.Snack r -> false;
        };
        // What acts on commands acts on all with smaller numbers, also if it is immediate itself (RFC 7143 11.5.1).
        boolean acts = request instanceof Request.TaskManagement || request instanceof Request.Logout;
        if ((numbered || acts) && mustWait(Bhs.cmdSn(in, at))) {
            return Verdict.WAIT;
        }
        Verdict gap = inOrder(numbered, Bhs.cmdSn(in, at), in, at);
        if (gap != null) {
            return gap;
        }
        if (numbered) {
            // It takes no place in the window: it is answered at once, or it is a function that waits for others.
            session.window().endHere();
        }
        return switch (request) {
            case Request.NopOut nop -> nopOut(nop, in, framer);
            case Request.TaskManagement function ->
                discovery ? reject(Response.Reject.COMMAND_NOT_SUPPORTED, in, at) : taskManagement(function);
            case Request.Text textRequest -> text(textRequest, in, framer);
            case Request.Logout logout -> logout(logout);
            case Request.Snack snack -> reject(Response.Reject.SNACK_REJECT, in, at);
            case Request.ScsiCommand r -> reject(Response.Reject.COMMAND_NOT_SUPPORTED, in, at);
            case Request.DataOut r -> reject(Response.Reject.COMMAND_NOT_SUPPORTED, in, at);
            case Request.Login r -> protocolError("a login request in the full feature phase", in, at);
        };
    }

    private Verdict nopOut(Request.NopOut nop, ByteBuffer in, Framer framer) {
        if (nop.initiatorTaskTag() == Bhs.TAG_NONE) {
            echoes.heard(nop.targetTransferTag()); // The answer to a ping, or news without a question.
            return Verdict.GO_ON;
        }
        int length = Math.min(framer.dataLength(), maxSend);
        OutputBatch batch = responses.inline(length);
        int header = batch.begin(Opcode.NOP_IN, Bhs.FLAG_FINAL, length, nop.initiatorTaskTag(), Stamp.STATUS);
        batch.buffer().putInt(header + 20, Bhs.TAG_NONE);
        batch.buffer().put(batch.dataAt(header), in, framer.dataAt(), length);
        batch.seal(header, responses.digests());
        return Verdict.GO_ON;
    }

    /** Asks the initiator for a sign of life (RFC 7143 11.19). */
    void ping() {
        ping(Echoes.ANY);
    }

    private void ping(int transferTag) {
        OutputBatch batch = responses.inline(0);
        int header = batch.begin(Opcode.NOP_IN, Bhs.FLAG_FINAL, 0, Bhs.TAG_NONE, Stamp.PEEK);
        batch.buffer().putInt(header + 20, transferTag);
    }

    /** Asks the initiator for an answer, which says that it has read all that was sent before. */
    CompletableFuture<Void> echo(long nowNanos) {
        CompletableFuture<Void> echo = new CompletableFuture<>();
        ping(echoes.await(echo, nowNanos));
        return echo;
    }

    /** How long the initiator has owed an echo, in nanoseconds. */
    long echoAge(long nowNanos) {
        return echoes.age(nowNanos);
    }

    /** The connection has ended. */
    void end() {
        echoes.end();
    }

    /** Asks the initiator to log out (RFC 7143 11.9). */
    void askToLogOut(int seconds) {
        OutputBatch batch = responses.inline(0);
        int header = batch.begin(Opcode.ASYNC_MESSAGE, Bhs.FLAG_FINAL, 0, Bhs.TAG_NONE, Stamp.STATUS);
        batch.buffer()
                .put(header + 36, (byte) Response.AsyncMessage.LOGOUT_REQUESTED)
                .putShort(header + 42, (short) seconds);
    }

    private Verdict taskManagement(Request.TaskManagement request) {
        unanswered.incrementAndGet();
        TaskFunctions.Result result = taskFunctions.run(request);
        // What was answered before the abort reaches the initiator before the function's answer: on this connection by
        // the order
        // in which both are sent.
        CompletableFuture<Void> shown =
                group.size() > 1 ? result.when().thenComposeAsync(nothing -> group.fence(id), thread) : result.when();
        shown.whenComplete((nothing, failure) ->
                answer(Opcode.TASK_MANAGEMENT_RESPONSE, request.initiatorTaskTag(), result.response()));
        return Verdict.GO_ON;
    }

    /** Sends a response without data, from any thread. */
    private void answer(int opcode, int tag, int code) {
        OutputBatch batch = responses.single(0);
        int header = batch.begin(opcode, Bhs.FLAG_FINAL, 0, tag, Stamp.STATUS);
        batch.buffer().put(header + 2, (byte) code);
        responses.send(batch);
        unanswered.decrementAndGet();
    }

    private Verdict text(Request.Text request, ByteBuffer in, Framer framer) {
        byte[] data = new byte[framer.dataLength()];
        in.get(framer.dataAt(), data);
        return switch (text.take(request, data)) {
            case TextExchange.Refused(int reason) -> reject(reason, in, framer.at());
            case TextExchange.Part(byte[] part, boolean isFinal, boolean continues, int transferTag) -> {
                OutputBatch batch = responses.inline(part.length);
                int flags = (isFinal ? Bhs.FLAG_FINAL : 0) | (continues ? Bhs.FLAG_CONTINUE : 0);
                int header =
                        batch.begin(Opcode.TEXT_RESPONSE, flags, part.length, request.initiatorTaskTag(), Stamp.STATUS);
                batch.buffer().putInt(header + 20, transferTag);
                batch.buffer().put(batch.dataAt(header), part);
                batch.seal(header, responses.digests());
                yield Verdict.GO_ON;
            }
        };
    }

    private Verdict logout(Request.Logout request) {
        unanswered.incrementAndGet();
        return switch (request.reason()) {
            case Request.Logout.CLOSE_SESSION -> closeSession(request);
            case Request.Logout.CLOSE_CONNECTION -> closeConnection(request);
            default -> {
                answer(Opcode.LOGOUT_RESPONSE, request.initiatorTaskTag(), NO_RECOVERY);
                yield Verdict.GO_ON;
            }
        };
    }

    /** Ends what runs on all connections, answers, and closes all. */
    private Verdict closeSession(Request.Logout request) {
        CompletableFuture<Void> idle = tasks.abortAll(Session.ALL_UNITS);
        session.leaveUnits();
        group.close();
        answerWhen(idle, request);
        return Verdict.CLOSE;
    }

    /** Ends what runs on one connection, answers, and closes it. The last one's end is that of the session. */
    private Verdict closeConnection(Request.Logout request) {
        if (group.size() == 1 && request.connectionId() == id) {
            return closeSession(request);
        }
        Connection named = group.find(request.connectionId());
        if (named == null) {
            answer(Opcode.LOGOUT_RESPONSE, request.initiatorTaskTag(), NO_SUCH_CONNECTION);
            return Verdict.GO_ON;
        }
        CompletableFuture<Void> idle = tasks.abortAll(named.allegiance());
        named.close();
        answerWhen(idle, request);
        return named.id() == id ? Verdict.CLOSE : Verdict.GO_ON;
    }

    private void answerWhen(CompletableFuture<Void> idle, Request.Logout request) {
        idle.whenComplete((nothing, failure) -> answer(Opcode.LOGOUT_RESPONSE, request.initiatorTaskTag(), CLOSED));
    }

    private Verdict reject(int reason, ByteBuffer in, int at) {
        responses.reject(reason, in, at);
        return Verdict.GO_ON;
    }

    private Verdict protocolError(String what, ByteBuffer in, int at) {
        LOG.info("connection ends on a protocol error; what=\"{}\" peer={}", what, peer);
        responses.reject(Response.Reject.PROTOCOL_ERROR, in, at);
        return Verdict.CLOSE;
    }

    /** Answers a PDU whose data digest was wrong; at recovery level 0 the connection ends (RFC 7143 7.8). */
    Verdict dataDigestError(ByteBuffer in, Framer framer) {
        LOG.info("connection ends on a wrong data digest; peer={}", peer);
        responses.reject(Response.Reject.DATA_DIGEST_ERROR, in, framer.at());
        return Verdict.CLOSE;
    }
}
