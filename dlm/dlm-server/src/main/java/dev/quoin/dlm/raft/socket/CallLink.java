package dev.quoin.dlm.raft.socket;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calling side of a connection. Its own thread reads the replies and runs what waits for them. */
final class CallLink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CallLink.class);

    /** Whoever has more calls unanswered than this does not keep to its own window. */
    static final int CALLS_MAX = 256;

    /** What becomes of a call: one of the two, once, on the link's thread. */
    interface Reply {
        void done(byte[] payload) throws IOException;

        void failed(IOException why);
    }

    private record Waiting(Kind kind, Reply reply, long deadline) {}

    private final Link link;
    private final String peer;
    private final AtomicLong calls = new AtomicLong();
    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();

    CallLink(Link link, String peer) {
        this.link = link;
        this.peer = peer;
        Thread.ofPlatform().daemon().name("dlm-raft-replies-" + peer).start(this::readAll);
    }

    String peer() {
        return peer;
    }

    /** How many bytes can be on their way without a call that blocks. */
    long room() throws IOException {
        return link.room();
    }

    boolean isOpen() {
        return link.isOpen();
    }

    /**
     * Sends a request. Blocks while the other end does not read.
     *
     * @throws IOException if the link is of no use; {@code reply} then hears of it too, or never will
     */
    void call(Kind kind, MessageLite request, Reply reply, long answerMillis) throws IOException {
        if (waiting.size() >= CALLS_MAX) {
            throw new IOException(waiting.size() + " calls to peer " + peer + " wait for answers already");
        }
        long call = calls.incrementAndGet();
        byte[] frame = Frame.encode(kind, call, request);
        waiting.put(call, new Waiting(kind, reply, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(answerMillis)));
        try {
            link.send(frame);
        } catch (IOException failure) {
            waiting.remove(call);
            link.close();
            throw failure;
        }
        if (!link.isOpen() && waiting.remove(call) != null) {
            throw new EOFException("the connection to peer " + peer + " ended");
        }
    }

    /** Sends a request and waits for its reply. Blocking. */
    byte[] callAndWait(Kind kind, MessageLite request, long answerMillis) throws IOException {
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        call(
                kind,
                request,
                new Reply() {
                    @Override
                    public void done(byte[] payload) {
                        reply.complete(payload);
                    }

                    @Override
                    public void failed(IOException why) {
                        reply.completeExceptionally(why);
                    }
                },
                answerMillis);
        try {
            return reply.get(answerMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while peer " + peer + " was asked");
        } catch (TimeoutException late) {
            link.close();
            throw new IOException("peer " + peer + " did not answer " + kind + " within " + answerMillis + " ms", late);
        } catch (ExecutionException failure) {
            throw new IOException(String.valueOf(failure.getCause().getMessage()), failure.getCause());
        }
    }

    /** Whether an answer takes too long. */
    boolean isLate(long nowNanos) {
        return link.isLate(nowNanos) || waiting.values().stream().anyMatch(one -> nowNanos - one.deadline > 0);
    }

    private void readAll() {
        IOException end = new EOFException("the connection to peer " + peer + " ended");
        try {
            while (true) {
                Frame frame = link.receive(Frame.PAYLOAD_MAX);
                Waiting call = waiting.remove(frame.call());
                if (call == null) {
                    throw new BadFrameException("reply to call " + frame.call() + " found, which was not made");
                }
                deliver(call, frame);
            }
        } catch (IOException failure) {
            end = failure;
        } catch (RuntimeException bug) {
            LOG.error("reply could not be used peer={}", peer, bug);
            end = new IOException("a reply of peer " + peer + " could not be used: " + bug, bug);
        } finally {
            link.close();
            if (end instanceof BadFrameException) {
                LOG.warn("connection to peer given up peer={} address={}", peer, link.remote(), end);
            }
            // Calls that come from here on find the link closed.
            for (Long call : List.copyOf(waiting.keySet())) {
                Waiting left = waiting.remove(call);
                if (left != null) {
                    left.reply.failed(end);
                }
            }
        }
    }

    private void deliver(Waiting call, Frame frame) throws IOException {
        if (frame.kind() == Kind.FAILED) {
            call.reply.failed(new IOException("peer " + peer + " failed: " + frame.text()));
        } else if (frame.kind() == call.kind) {
            try {
                call.reply.done(frame.payload());
            } catch (IOException | RuntimeException failure) {
                call.reply.failed(new IOException("a reply of peer " + peer + " could not be used", failure));
                throw failure;
            }
        } else {
            BadFrameException wrong =
                    new BadFrameException("reply " + frame.kind() + " found, " + call.kind + " expected");
            call.reply.failed(wrong);
            throw wrong;
        }
    }

    /** Ends the connection; calls that wait fail, on the link's thread. Does not block. */
    @Override
    public void close() {
        link.close();
    }
}
