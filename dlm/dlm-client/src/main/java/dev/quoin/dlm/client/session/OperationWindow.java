package dev.quoin.dlm.client.session;

import dev.quoin.dlm.client.session.Pending.Failure;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.SessionFrame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
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

    /**
     * What went out before a keepalive, and has come to the leader if that is confirmed.
     *
     * @param through the operations up to this one
     * @param acks the acknowledgements
     */
    private record Doubt(long keepalive, long through, List<Long> acks) {}

    private final ArrayDeque<Doubt> doubts = new ArrayDeque<>();
    private List<Long> acksSinceKeepalive = new ArrayList<>();

    /** Operations up to this one were known to the leader when it was last heard of. */
    private long knownThrough;

    private long heardNanos;

    boolean add(Pending pending, long now) {
        if (unsent.size() + sent.size() >= UNANSWERED_MAX && pending.isRefusable()) {
            return false;
        }
        pending.startedNanos = now;
        unsent.add(pending);
        return true;
    }

    boolean unwatch(long watch) {
        return unwatched.add(watch);
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
            doubts.forEach(doubt -> acks.addAll(doubt.acks));
            acks.addAll(acksSinceKeepalive);
            doubts.clear();
            acksSinceKeepalive = new ArrayList<>();
            // Reads are done again from their beginning.
            for (Pending pending : sent.values()) {
                if (pending instanceof Replies.Listing listing) {
                    listing.restart();
                }
            }
        } else {
            // These were left aside, whatever was confirmed since.
            knownThrough = Math.min(knownThrough, sequence - 1);
            List<Doubt> before = List.copyOf(doubts);
            doubts.clear();
            before.forEach(d -> doubts.add(new Doubt(d.keepalive, Math.min(d.through, sequence - 1), d.acks)));
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
                doubts.add(new Doubt(keepalive, Math.min(resend, nextSequence) - 1, acksSinceKeepalive));
                acksSinceKeepalive = new ArrayList<>();
            }
        }
        boolean something = count > 0 || !unwatched.isEmpty();
        frame.addAllUnwatched(unwatched);
        unwatched.clear();
        return something;
    }

    /** The leader has confirmed a keepalive that went over the same stream. */
    void keepaliveConfirmed(long keepalive, long now) {
        while (!doubts.isEmpty() && doubts.getFirst().keepalive <= keepalive) {
            knownThrough = Math.max(knownThrough, doubts.removeFirst().through);
            heardNanos = now;
        }
    }

    /** Whether any operation waits for its answer. */
    boolean isBusy() {
        return !sent.isEmpty();
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

    /**
     * Settles what has waited too long for being sent, for an answer that should have come, or, if it waits for others, for a sign that the
     * leader still knows of it. What gives something back stays until it is done, whatever its caller was told.
     */
    void giveUp(long now, long timeoutNanos, List<Runnable> after) {
        for (Iterator<Pending> each = unsent.iterator(); each.hasNext(); ) {
            Pending pending = each.next();
            if (now - pending.startedNanos <= timeoutNanos) {
                break;
            }
            if (pending.isRefusable()) {
                each.remove();
                settle(pending, Failure.NO_QUORUM, "no leader could be reached to send it to", after);
            } else if (!pending.waits()) {
                settle(pending, Failure.INDETERMINATE, "no leader could be reached yet to send it to", after);
            }
        }
        for (Pending pending : sent.values()) {
            if (now - pending.startedNanos <= timeoutNanos) {
                break;
            }
            boolean known = pending.waits() && pending.sequence <= knownThrough && now - heardNanos <= timeoutNanos;
            boolean repeats = pending.waits() && !pending.isRefusable();
            if (!known && !repeats) {
                settle(pending, Failure.INDETERMINATE, "no answer came in time", after);
            }
        }
    }

    private static void settle(Pending pending, Failure failure, String reason, List<Runnable> after) {
        if (!pending.settled) {
            pending.settled = true;
            after.add(() -> pending.failed(failure, reason));
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
