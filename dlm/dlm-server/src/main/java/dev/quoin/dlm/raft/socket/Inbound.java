package dev.quoin.dlm.raft.socket;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The serving side of a connection. Its own thread reads requests and gives them to the log; whoever completes one replies. */
final class Inbound {

    private static final Logger LOG = LoggerFactory.getLogger(Inbound.class);

    /** A connection over which nothing has come for so long is given up; whoever needs it opens another. */
    private static final int SILENCE_MILLIS = 30_000;

    private static final int REASON_CHARS_MAX = 500;

    private final RaftServer server;
    private final RaftGroupId group;
    private final Handshake handshake;
    private final Handshake.Accepted accepted;
    private final Link link;
    private final Complaints complaints;
    private final AtomicInteger unanswered = new AtomicInteger();

    Inbound(RaftServer server, RaftGroupId group, Handshake handshake, Socket socket, Complaints complaints)
            throws IOException {
        this.server = server;
        this.group = group;
        this.handshake = handshake;
        this.complaints = complaints;
        accepted = handshake.accept(socket);
        link = accepted.link();
    }

    Link link() {
        return link;
    }

    /** Serves until the connection ends. Blocking. */
    void run() {
        String remote = link.remote();
        try {
            serveAll(handshake.welcome(accepted));
        } catch (EOFException gone) {
            LOG.debug("connection ended address={}", remote, gone);
        } catch (IOException failure) {
            if (!link.isOpen()) {
                LOG.debug("connection closed address={}", remote, failure);
            } else if (complaints.isDue(host(remote), String.valueOf(failure.getMessage()), System.nanoTime())) {
                LOG.warn("connection turned away address={} reason={}", remote, failure.getMessage());
            }
        } catch (RuntimeException bug) {
            LOG.error("connection given up address={}", remote, bug);
        } finally {
            link.close();
        }
    }

    private void serveAll(String sender) throws IOException {
        link.silence(SILENCE_MILLIS);
        try {
            while (true) {
                serve(sender, link.receive(Frame.PAYLOAD_MAX));
            }
        } catch (SocketTimeoutException idle) {
            LOG.debug("connection not used any more peer={}", sender, idle);
        }
    }

    /** Without the port, which is another each time. */
    private static String host(String remote) {
        return remote.substring(0, Math.max(0, remote.lastIndexOf(':')));
    }

    private void serve(String sender, Frame frame) throws IOException {
        if (unanswered.incrementAndGet() > CallLink.CALLS_MAX) {
            throw new BadFrameException("more than " + CallLink.CALLS_MAX + " requests unanswered found");
        }
        switch (frame.kind()) {
            case APPEND -> append(sender, frame);
            case VOTE -> {
                var request = Messages.parse(RequestVoteRequestProto.parser(), frame.payload());
                answer(sender, frame, request.getServerRequest(), () -> server.requestVote(request));
            }
            case SNAPSHOT -> {
                var request = Messages.parse(InstallSnapshotRequestProto.parser(), frame.payload());
                answer(sender, frame, request.getServerRequest(), () -> server.installSnapshot(request));
            }
            case ELECT -> {
                var request = Messages.parse(StartLeaderElectionRequestProto.parser(), frame.payload());
                answer(sender, frame, request.getServerRequest(), () -> server.startLeaderElection(request));
            }
            case HELLO, WELCOME, REFUSED, FAILED ->
                throw new BadFrameException("frame " + frame.kind() + " found, a request expected");
        }
    }

    /** A peer speaks for itself only. */
    private static void requireSender(String sender, RaftRpcRequestProto request) throws BadFrameException {
        String requestor = request.getRequestorId().toStringUtf8();
        if (!requestor.equals(sender)) {
            throw new BadFrameException("request of peer " + requestor + " from peer " + sender + " found");
        }
    }

    private void append(String sender, Frame frame) throws IOException {
        var request = Messages.parse(AppendEntriesRequestProto.parser(), frame.payload());
        requireSender(sender, request.getServerRequest());
        try {
            // The division itself: the server's proxy runs each call in a pool and waits for it.
            ((RaftServerAsynchronousProtocol) server.getDivision(group))
                    .appendEntriesAsync(request)
                    .whenComplete((reply, failure) -> reply(frame, reply, failure));
        } catch (IOException | RuntimeException failure) {
            reply(frame, null, failure);
        }
    }

    /** What the log does with a request that it answers at once. */
    private interface Work {
        MessageLite run() throws IOException;
    }

    private void answer(String sender, Frame frame, RaftRpcRequestProto request, Work work) throws IOException {
        requireSender(sender, request);
        MessageLite reply;
        try {
            reply = work.run();
        } catch (IOException | RuntimeException failure) {
            reply(frame, null, failure);
            return;
        }
        reply(frame, reply, null);
    }

    private void reply(Frame request, @Nullable MessageLite reply, @Nullable Throwable failure) {
        unanswered.decrementAndGet();
        try {
            link.send(
                    reply != null && failure == null
                            ? Frame.encode(request.kind(), request.call(), reply)
                            : Frame.encode(Kind.FAILED, request.call(), reason(failure)));
        } catch (IOException gone) {
            link.close();
        }
    }

    private static byte[] reason(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String text = String.valueOf(cause);
        return text.substring(0, Math.min(text.length(), REASON_CHARS_MAX)).getBytes(StandardCharsets.UTF_8);
    }
}
