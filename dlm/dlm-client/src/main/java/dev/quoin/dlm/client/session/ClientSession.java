package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.client.session.Pending.Failure;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.EndSession;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.proto.SessionReport;
import dev.quoin.dlm.proto.WatchEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session, whatever carries it. Internal: made by {@code DlmClient} and {@code LocalLocks}.
 *
 * <p>One lock guards its state; callers' futures and listeners run without it. Life:
 *
 * <pre>
 * ALIVE --lease over, or ended by the servers--> LOST
 * ALIVE --close--> CLOSED
 * </pre>
 */
public final class ClientSession implements LockClient {

    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);

    private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

    private enum Life {
        ALIVE,
        LOST,
        CLOSED
    }

    private final Carrier carrier;
    private final SessionId id;
    private final String node;
    private final SessionTerms terms;
    private final Executor callbacks;
    private final ReentrantLock lock = new ReentrantLock();

    private final OperationWindow window = new OperationWindow();
    private final Keepalives keepalives;
    private final HeldLocks held;
    private final LostSignal lost;
    private final Lockspaces spaces = new Lockspaces(this);
    private final ClientRegistry registry = new ClientRegistry(this);
    private final Observer observer = new Observer(this);

    private volatile Life life = Life.ALIVE;
    private volatile String lostBecause = "";
    private boolean closing;
    private boolean attaching;
    private boolean attached;
    private long deadStream;

    /**
     * A session that the servers have just opened.
     *
     * @param openedNanos when the request to open it was sent, by the carrier's clock
     * @param attached whether the carrier's stream knows the session already
     */
    public ClientSession(
            Carrier carrier, SessionId id, String node, SessionTerms terms, long openedNanos, boolean attached) {
        this.carrier = carrier;
        this.id = id;
        this.node = node;
        this.terms = terms;
        this.attaching = attached;
        this.attached = attached;
        keepalives = new Keepalives(terms, openedNanos);
        callbacks = carrier.callbacks("dlm-client-callback-" + id);
        held = new HeldLocks(callbacks);
        lost = new LostSignal(callbacks);
    }

    /**
     * Moves what is to be sent into a frame.
     *
     * @return whether there is more than fits
     */
    public boolean drainInto(ClientFrame.Builder frame) {
        lock.lock();
        try {
            if (life == Life.LOST) {
                return false;
            }
            SessionFrame.Builder session = SessionFrame.newBuilder().setSession(id.value());
            boolean something = !attaching;
            session.setAttach(!attaching);
            attaching = true;
            long keepalive = keepalives.takeForStream(carrier.nanos(), window.isBusy());
            if (keepalive != 0) {
                session.setKeepalive(keepalive);
                something = true;
            }
            // Operations go only to a server that has proved to lead: what was never sent there was surely not carried
            // out.
            something |= attached && window.drainInto(session, keepalive);
            if (something) {
                frame.addSessions(session);
            }
            return attached && window.hasMore();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A stream is gone: what was not answered will be sent again over the next one.
     *
     * @param stream its number; streams of a carrier are numbered in order
     */
    public void onDisconnected(long stream) {
        lock.lock();
        try {
            if (life == Life.LOST) {
                return;
            }
            deadStream = stream;
            attaching = false;
            attached = false;
            window.resendFrom(0);
            keepalives.disconnected();
        } finally {
            lock.unlock();
        }
        registry.restartWatches();
        carrier.wake(this);
    }

    /**
     * Takes what the servers have to tell.
     *
     * @param stream the number of the stream by which it came; what a dead stream left behind is passed over
     */
    public void onReport(SessionReport report, long stream) {
        List<Runnable> after = new ArrayList<>();
        lock.lock();
        try {
            if (stream <= deadStream) {
                return;
            }
            take(report, after);
        } finally {
            lock.unlock();
        }
        after.forEach(Runnable::run);
        for (WatchEvent event : report.getWatchEventsList()) {
            registry.onEvent(event);
        }
        for (long watch : report.getWatchesLostList()) {
            registry.restartWatch(watch);
        }
        if (report.getBusy()) {
            // Until then nothing is sent: later operations would be left aside as well.
            carrier.timer()
                    .schedule(
                            () -> resend(report.getResendFrom()),
                            OperationWindow.BUSY_PAUSE_MILLIS,
                            TimeUnit.MILLISECONDS);
        } else if (hasSomething()) {
            carrier.wake(this);
        }
    }

    private void take(SessionReport report, List<Runnable> after) {
        if (keepalives.isLeaseOver(carrier.nanos())) {
            lose("its lease could not be renewed in time", after);
        }
        if (life == Life.LOST) {
            return;
        }
        attached |= report.getAttached();
        for (Result result : report.getResultsList()) {
            takeResult(result, after);
        }
        report.getBlockingList().forEach(held::blocking);
        report.getBrokenList().forEach(broken -> takeBroken(broken, after));
        if (report.getKeepalive() != 0) {
            keepalives.confirmedByStream(report.getKeepalive());
            window.keepaliveConfirmed(report.getKeepalive(), carrier.nanos());
        }
        if (report.getBusy()) {
            window.pause();
        } else if (report.getResendFrom() != 0) {
            window.resendFrom(report.getResendFrom());
        }
        if (!report.getGone().isEmpty()) {
            lose(report.getGone(), after);
        }
    }

    private void resend(long from) {
        locked(() -> {
            window.resume();
            window.resendFrom(from);
            return true;
        });
        carrier.wake(this);
    }

    private boolean hasSomething() {
        return locked(() -> attached && window.hasMore());
    }

    /** Looks at the clock; to be called some ten times a second. */
    public void tick() {
        long now = carrier.nanos();
        List<Runnable> after = new ArrayList<>();
        boolean wake;
        lock.lock();
        try {
            if (life == Life.LOST) {
                return;
            }
            if (keepalives.isLeaseOver(now)) {
                lose("its lease could not be renewed in time", after);
            } else {
                window.giveUp(now, terms.answerTimeout().toNanos(), after);
            }
            wake = life != Life.LOST && keepalives.isDue(now, window.isBusy());
        } finally {
            lock.unlock();
        }
        after.forEach(Runnable::run);
        if (wake) {
            carrier.wake(this);
        }
    }

    /** The keepalive to send now over another way to the leader, over which {@code last} was the last one; 0 for none. */
    public long keepaliveBeside(long last, long now) {
        return locked(() -> life == Life.LOST ? 0 : keepalives.takeBeside(last, now, window.isBusy()));
    }

    /** A keepalive was confirmed over another way than the session's stream. */
    public void confirmedBeside(long keepalive) {
        locked(() -> {
            if (life != Life.LOST && !keepalives.isLeaseOver(carrier.nanos())) {
                keepalives.confirmed(keepalive);
            }
            return true;
        });
    }

    /** Whether a keepalive has been under way for longer than a healthy leader would take. */
    public boolean isUnanswered() {
        return locked(() -> life != Life.LOST && keepalives.isOverdue(carrier.nanos()));
    }

    /** The session has ended for a reason that the carrier knows of. */
    public void kill(String reason) {
        List<Runnable> after = new ArrayList<>();
        locked(() -> {
            lose(reason, after);
            return true;
        });
        after.forEach(Runnable::run);
    }

    private <T> T locked(Supplier<T> task) {
        lock.lock();
        try {
            return task.get();
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------ for the parts of the session

    Carrier carrier() {
        return carrier;
    }

    Executor callbacks() {
        return callbacks;
    }

    SessionTerms terms() {
        return terms;
    }

    /** Queues an operation; if the session is lost or the queue is full, it fails at once. */
    void start(Pending pending) {
        boolean full;
        lock.lock();
        try {
            if (life == Life.ALIVE && keepalives.isLeaseOver(carrier.nanos())) {
                List<Runnable> after = new ArrayList<>();
                lose("its lease could not be renewed in time", after);
                after.forEach(callbacks::execute);
            }
            full = life == Life.ALIVE && !window.add(pending, carrier.nanos());
        } finally {
            lock.unlock();
        }
        if (life != Life.ALIVE && !(closing && pending instanceof Replies.Last)) {
            pending.failed(Failure.SESSION_LOST, lostBecause);
        } else if (full) {
            pending.failed(Failure.NO_QUORUM, OperationWindow.UNANSWERED_MAX + " requests wait for an answer already");
        } else {
            carrier.wake(this);
        }
    }

    /** Takes an operation back if it has not been sent. */
    boolean withdraw(Pending pending) {
        return locked(() -> window.withdraw(pending));
    }

    /** Says that a watch's events are no longer wanted. */
    void unwatch(long watch) {
        locked(() -> window.unwatch(watch));
        carrier.wake(this);
    }

    /** Tells the caller that the outcome is not known, unless it was told an outcome. */
    void giveUp(Pending pending, String reason) {
        boolean first = locked(() -> {
            boolean open = !pending.settled && window.contains(pending);
            pending.settled |= open;
            return open;
        });
        if (first) {
            pending.failed(Failure.INDETERMINATE, reason);
        }
    }

    /** The number by which servers know the request, 0 if it has not been sent or has been answered. */
    long sequenceOf(Pending pending) {
        return locked(() -> window.contains(pending) ? pending.sequence : 0);
    }

    /** Called with the session's lock held, while a result is taken. */
    void hold(HeldLock lock) {
        held.add(lock);
    }

    void forget(long lockId) {
        locked(() -> held.remove(lockId));
    }

    private void takeResult(Result result, List<Runnable> after) {
        Pending pending = window.answered(result);
        if (pending == null) {
            return;
        }
        boolean late = pending.settled;
        pending.settled = true;
        if (pending instanceof Pending.Learns learning) {
            learning.learn(result);
        }
        after.add(() -> pending.answered(result, late));
    }

    /** The release lets the servers forget that they have to tell of it. */
    private void takeBroken(long lock, List<Runnable> after) {
        held.broken(lock, after);
        window.add(Replies.release(lock), carrier.nanos());
    }

    private void lose(String reason, List<Runnable> after) {
        if (life == Life.LOST) {
            return;
        }
        boolean wanted = life == Life.CLOSED || closing;
        lostBecause = reason;
        life = Life.LOST;
        held.loseAll(after);
        for (Pending pending : window.clear()) {
            if (!pending.settled) {
                pending.settled = true;
                after.add(() -> pending.failed(Failure.SESSION_LOST, reason));
            }
        }
        if (!wanted) {
            LOG.info("session lost session={} node={} reason=\"{}\"", id, node, reason);
            after.add(lost::raise);
        }
        after.add(() -> carrier.retire(this));
    }

    // ------------------------------------------------------------ LockClient

    @Override
    public SessionId session() {
        return id;
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public Lockspace lockspace(String name, SessionEndPolicy policy) throws DlmException {
        return spaces.open(name, policy);
    }

    @Override
    public Registry registry() {
        return registry;
    }

    @Override
    public boolean isValidFor(Duration time) {
        return life == Life.ALIVE && !keepalives.isLeaseOver(carrier.nanos() + time.toNanos());
    }

    @Override
    public void onLost(Runnable listener) {
        lost.listen(listener);
    }

    @Override
    public List<SessionInfo> sessions() throws DlmException {
        return observer.sessions();
    }

    @Override
    public Map<String, SessionEndPolicy> lockspaces() throws DlmException {
        return observer.lockspaces();
    }

    @Override
    public List<LockWait> waits(@Nullable String lockspace) throws DlmException {
        return observer.waits(lockspace);
    }

    @Override
    public List<List<LockWait>> deadlocks() throws DlmException {
        return observer.deadlocks();
    }

    @Override
    public void breakLock(long lockId, FencingToken token) throws DlmException {
        observer.breakLock(lockId, token);
    }

    @Override
    public void declareFenced(SessionId ended) throws DlmException {
        observer.declareFenced(ended);
    }

    @Override
    public void declareRecovered(SessionId ended, String lockspace) throws DlmException {
        observer.declareRecovered(ended, lockspace);
    }

    @Override
    public void close() {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        lock.lock();
        try {
            if (closing || life == Life.LOST) {
                return;
            }
            closing = true;
            window.add(
                    new Replies.Last(Operation.newBuilder().setEndSession(EndSession.getDefaultInstance()), ended),
                    carrier.nanos());
            life = Life.CLOSED;
            lostBecause = "it was closed";
        } finally {
            lock.unlock();
        }
        carrier.wake(this);
        Replies.awaitQuietly(ended, CLOSE_WAIT);
        kill("it was closed");
    }

    @Override
    public String toString() {
        return "session " + id + " of " + node;
    }
}
