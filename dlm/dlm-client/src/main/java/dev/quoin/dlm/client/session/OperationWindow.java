package dev.quoin.dlm.client.session;

import dev.quoin.dlm.client.session.Pending.Failure;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.SessionFrame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The operations between the caller and the servers: those not sent, those sent and not answered, and the acknowledgements
 * of answers. Guarded by the session's lock.
 *
 * <p>An operation gets its number when it is first sent, and keeps its place until it is answered, even if its caller has given
 * up: the servers take numbers without a gap only.
 */
final class OperationWindow {

    /** The most operations waiting for an answer; releases and cancels do not count against it. */
    static final int UNANSWERED_MAX = 60_000;

    /** How long to leave the servers alone after they said that they are busy. */
    static final long BUSY_PAUSE_MILLIS = 20;

    private static final int FRAME_OPERATIONS_MAX = 4_096;
    private static final int FRAME_BYTES_MAX = 512 << 10;

    private final ArrayDeque<Pending> unsent = new ArrayDeque<>();
    private final TreeMap<Long, Pending> sent = new TreeMap<>();
    private long nextSequence = 1;

    /** Sent operations from this number on go out again. */
    private long resend = Long.MAX_VALUE;

    private boolean paused;

    private final List<Long> unwatched = new ArrayList<>();
    private final List<Long> acks = new ArrayList<>();

    /** Acknowledgements on their way, with the keepalive whose confirmation will cover them. */
    private final ArrayDeque<List<Long>> acksInDoubt = new ArrayDeque<>();

    private List<Long> acksSinceKeepalive = new ArrayList<>();
    private final ArrayDeque<Long> doubtEnds = new ArrayDeque<>();

    boolean add(Pending pending) {
        if (unsent.size() + sent.size() >= UNANSWERED_MAX && pending.isRefusable()) {
            return false;
        }
        unsent.add(pending);
        return true;
    }

    void unwatch(long watch) {
        unwatched.add(watch);
    }

    /** Sends no operations until {@link #resume}. */
    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
    }

    boolean hasMore() {
        return !paused && (!unsent.isEmpty() || resend < nextSequence);
    }

    boolean isWaitingForAnswers() {
        return !sent.isEmpty();
    }

    boolean contains(Pending pending) {
        return pending.sequence != 0 && sent.containsKey(pending.sequence);
    }

    boolean withdraw(Pending pending) {
        return pending.sequence == 0 && unsent.remove(pending);
    }

    void resendFrom(long sequence) {
        resend = Math.min(resend, sequence);
        if (sequence == 0) {
            paused = false;
            acksInDoubt.forEach(acks::addAll);
            acks.addAll(acksSinceKeepalive);
            acksInDoubt.clear();
            doubtEnds.clear();
            acksSinceKeepalive = new ArrayList<>();
            // Reads are done again from their beginning.
            for (Pending pending : sent.values()) {
                if (pending instanceof Replies.Listing listing) {
                    listing.restart();
                }
            }
        }
    }

    /** Moves operations and acknowledgements into the frame; says whether there were any. */
    boolean drainInto(SessionFrame.Builder frame, long keepalive) {
        int bytes = 0;
        int count = 0;
        if (!paused && resend < nextSequence) {
            for (Pending pending : sent.tailMap(resend, true).values()) {
                if (count >= FRAME_OPERATIONS_MAX || bytes >= FRAME_BYTES_MAX) {
                    break;
                }
                frame.addOperations(pending.operation());
                bytes += pending.sizeEstimate();
                count++;
                resend = pending.sequence + 1;
            }
            if (sent.tailMap(resend, true).isEmpty()) {
                resend = Long.MAX_VALUE;
            }
        }
        while (!paused
                && resend >= nextSequence
                && !unsent.isEmpty()
                && count < FRAME_OPERATIONS_MAX
                && bytes < FRAME_BYTES_MAX) {
            Pending pending = unsent.remove();
            pending.sequence = nextSequence++;
            sent.put(pending.sequence, pending);
            frame.addOperations(pending.operation());
            bytes += pending.sizeEstimate();
            count++;
        }
        // Acknowledgements alone are not worth a log entry: they go with operations or with a keepalive.
        if (count > 0 || keepalive != 0) {
            long floor = (sent.isEmpty() ? nextSequence : sent.firstKey()) - 1;
            frame.setAckedThrough(floor);
            for (long ack : acks) {
                if (ack > floor) {
                    frame.addAcked(ack);
                    acksSinceKeepalive.add(ack);
                }
            }
            acks.clear();
            if (keepalive != 0) {
                acksInDoubt.add(acksSinceKeepalive);
                doubtEnds.add(keepalive);
                acksSinceKeepalive = new ArrayList<>();
            }
        }
        boolean something = count > 0 || !unwatched.isEmpty();
        frame.addAllUnwatched(unwatched);
        unwatched.clear();
        return something;
    }

    void keepaliveConfirmed(long keepalive) {
        while (!doubtEnds.isEmpty() && doubtEnds.getFirst() <= keepalive) {
            doubtEnds.removeFirst();
            acksInDoubt.removeFirst();
        }
    }

    /** The operation that is answered by this result, null if there is none or more parts are to come. */
    @Nullable Pending answered(Result result) {
        long sequence = result.getSequence();
        Pending pending = sent.get(sequence);
        if (pending == null) {
            acks.add(sequence);
            return null;
        }
        if (pending instanceof Replies.Listing listing) {
            listing.part(result);
        }
        if (result.getMore()) {
            return null;
        }
        sent.remove(sequence);
        if (!sent.isEmpty() && sent.firstKey() < sequence) {
            acks.add(sequence);
        }
        return pending;
    }

    /** Settles what has waited too long for being sent, or for an answer that should have come. */
    void giveUp(long now, long timeoutNanos, List<Runnable> after) {
        while (!unsent.isEmpty() && now - unsent.getFirst().startedNanos > timeoutNanos) {
            Pending pending = unsent.remove();
            if (!pending.settled) {
                pending.settled = true;
                after.add(() -> pending.failed(Failure.NO_QUORUM, "no leader could be reached to send it to"));
            }
        }
        for (Pending pending : sent.values()) {
            if (now - pending.startedNanos <= timeoutNanos) {
                break;
            }
            if (!pending.settled && !pending.waits()) {
                pending.settled = true;
                after.add(() -> pending.failed(Failure.INDETERMINATE, "no answer came in time"));
            }
        }
    }

    List<Pending> clear() {
        List<Pending> all = new ArrayList<>(sent.values());
        all.addAll(unsent);
        sent.clear();
        unsent.clear();
        return all;
    }
}
