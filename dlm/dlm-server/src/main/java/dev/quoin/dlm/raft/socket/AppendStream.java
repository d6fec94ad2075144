package dev.quoin.dlm.raft.socket;

import java.io.IOException;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.server.raftlog.RaftLog;

/**
 * A connection to a follower with what is under way on it. It counts in epochs: each time the follower turns out to have another log, or
 * has taken another's state, a new one begins, and what was sent before tells nothing any more about where to go on.
 */
final class AppendStream implements AutoCloseable {

    /** Requests with entries that wait for their replies. */
    private static final int REQUESTS_MAX = 64;

    /** Their bytes. */
    private static final long BYTES_MAX = 16L << 20;

    /** So often in a row the follower may have another log before it is asked more slowly. */
    private static final int LOST_AFTER = 8;

    /** What becomes of a request: one of the two, once, on the connection's thread. */
    interface Answer {
        void done(AppendEntriesReplyProto reply);

        void failed(IOException why);
    }

    private final CallLink link;

    /** So many bytes can be on their way without a write that blocks. */
    private final long room;

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final ConcurrentSkipListSet<Long> firsts = new ConcurrentSkipListSet<>();
    private final AtomicInteger epoch = new AtomicInteger();
    private volatile boolean probing = true;
    private final AtomicInteger disagreements = new AtomicInteger();

    AppendStream(CallLink link) throws IOException {
        this.link = link;
        room = link.room();
    }

    int epoch() {
        return epoch.get();
    }

    /** Whether it is not known yet that the follower's log goes on where ours is sent from. One request at a time then. */
    boolean isProbing() {
        return probing;
    }

    /** Whether the follower's log has been another again and again. */
    boolean isLost() {
        return disagreements.get() >= LOST_AFTER;
    }

    /** Whether another request with entries may be sent. */
    boolean hasRoom() {
        return requests.get() < (probing ? 1 : REQUESTS_MAX) && bytes.get() < BYTES_MAX;
    }

    /** Whether a request of so many bytes can be sent without waiting. */
    boolean fits(int size) {
        return bytes.get() + size < room;
    }

    int unanswered() {
        return requests.get();
    }

    /** The lowest index that was sent and has no answer. */
    long lowestUnanswered() {
        Long lowest = firsts.isEmpty() ? null : firsts.first();
        return lowest == null ? Long.MAX_VALUE : lowest;
    }

    /** Sends a request. Blocks while the other end does not read. */
    void send(AppendEntriesRequestProto request, long first, Answer answer, long answerMillis) throws IOException {
        boolean entries = first != RaftLog.INVALID_LOG_INDEX;
        int size = request.getSerializedSize();
        bytes.addAndGet(size);
        if (entries) {
            requests.incrementAndGet();
            firsts.add(first);
        }
        link.call(
                Kind.APPEND,
                request,
                new CallLink.Reply() {
                    @Override
                    public void done(byte[] payload) throws IOException {
                        AppendEntriesReplyProto reply = Messages.parse(AppendEntriesReplyProto.parser(), payload);
                        bytes.addAndGet(-size);
                        if (entries) {
                            firsts.remove(first);
                            requests.decrementAndGet();
                        }
                        answer.done(reply);
                    }

                    @Override
                    public void failed(IOException why) {
                        answer.failed(why);
                    }
                },
                answerMillis);
    }

    /** Asks and waits for the answer. Blocking. */
    InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request, long answerMillis)
            throws IOException {
        return Messages.parse(
                InstallSnapshotReplyProto.parser(), link.callAndWait(Kind.SNAPSHOT, request, answerMillis));
    }

    /** The follower has taken what was sent in that epoch. */
    void agreed(int sentIn) {
        if (probing && sentIn == epoch.get()) {
            probing = false;
            disagreements.set(0);
        }
    }

    /** The follower has another log than thought in that epoch. Says whether that is news. */
    boolean disagreed(int sentIn) {
        if (!epoch.compareAndSet(sentIn, sentIn + 1)) {
            return false;
        }
        probing = true;
        disagreements.incrementAndGet();
        return true;
    }

    /** Where to go on is known anew. */
    void startOver() {
        epoch.incrementAndGet();
        probing = true;
        disagreements.set(0);
    }

    @Override
    public void close() {
        link.close();
    }
}
