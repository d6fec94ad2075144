package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.client.session.Pending.Failure;
import dev.quoin.dlm.proto.Blocking;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.DeclareFenced;
import dev.quoin.dlm.proto.EndSession;
import dev.quoin.dlm.proto.ListSessions;
import dev.quoin.dlm.proto.OpenLockspace;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.proto.SessionReport;
import dev.quoin.dlm.proto.WatchEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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

    /** Blocking notifications kept for locks whose grant is not known yet. */
    private static final int EARLY_MAX = 100_000;

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
    private final SerialExecutor callbacks;
    private final ReentrantLock lock = new ReentrantLock();

    private final OperationWindow window = new OperationWindow();
    private final Keepalives keepalives;
    private final Map<Long, HeldLock> held = new HashMap<>();
    private final Map<Long, List<Blocking>> early = new HashMap<>();
    private final List<Runnable> lostListeners = new ArrayList<>();
    private final Map<String, ClientLockspace> spaces = new ConcurrentHashMap<>();
    private final ClientRegistry registry = new ClientRegistry(this);

    private volatile Life life = Life.ALIVE;
    private volatile String lostBecause = "";
    private boolean closing;
    private boolean attaching;
    private boolean attached;
    private long deadStream;

    /**
     * A session that the servers have just opened.
     *
     * @param openedNanos when the request to open it was sent, by {@link System#nanoTime}
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
        callbacks = new SerialExecutor("dlm-client-callback-" + id);
    }

    // ------------------------------------------------------------ for the carrier

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
            long keepalive = keepalives.takeDue(System.nanoTime());
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
        if (isLeaseOver(System.nanoTime())) {
            lose("its lease could not be renewed in time", after);
        }
        if (life == Life.LOST) {
            return;
        }
        attached |= report.getAttached();
        for (Result result : report.getResultsList()) {
            takeResult(result, after);
        }
        for (Blocking blocking : report.getBlockingList()) {
            takeBlocking(blocking);
        }
        if (report.getKeepalive() != 0) {
            keepalives.confirmed(report.getKeepalive());
            window.keepaliveConfirmed(report.getKeepalive());
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
        lock.lock();
        try {
            window.resume();
            window.resendFrom(from);
        } finally {
            lock.unlock();
        }
        carrier.wake(this);
    }

    private boolean hasSomething() {
        lock.lock();
        try {
            return attached && window.hasMore();
        } finally {
            lock.unlock();
        }
    }

    /** Looks at the clock; to be called some ten times a second. */
    public void tick() {
        long now = System.nanoTime();
        List<Runnable> after = new ArrayList<>();
        boolean wake;
        lock.lock();
        try {
            if (life == Life.LOST) {
                return;
            }
            if (isLeaseOver(now)) {
                lose("its lease could not be renewed in time", after);
            } else {
                window.giveUp(now, terms.answerTimeout().toNanos(), after);
            }
            wake = life != Life.LOST && keepalives.isDue(now);
        } finally {
            lock.unlock();
        }
        after.forEach(Runnable::run);
        if (wake) {
            carrier.wake(this);
        }
    }

    /** Whether a keepalive has been under way for longer than a healthy leader would take. */
    public boolean isUnanswered() {
        lock.lock();
        try {
            return life != Life.LOST && keepalives.isOverdue(System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** The session has ended for a reason that the carrier knows of. */
    public void kill(String reason) {
        List<Runnable> after = new ArrayList<>();
        lock.lock();
        try {
            lose(reason, after);
        } finally {
            lock.unlock();
        }
        after.forEach(Runnable::run);
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
            if (life == Life.ALIVE && isLeaseOver(System.nanoTime())) {
                List<Runnable> after = new ArrayList<>();
                lose("its lease could not be renewed in time", after);
                after.forEach(callbacks::execute);
            }
            full = life == Life.ALIVE && !window.add(pending);
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
        lock.lock();
        try {
            return window.withdraw(pending);
        } finally {
            lock.unlock();
        }
    }

    /** Says that a watch's events are no longer wanted. */
    void unwatch(long watch) {
        lock.lock();
        try {
            window.unwatch(watch);
        } finally {
            lock.unlock();
        }
        carrier.wake(this);
    }

    /** Tells the caller that the outcome is not known, unless it was told an outcome. */
    void giveUp(Pending pending, String reason) {
        boolean first;
        lock.lock();
        try {
            first = !pending.settled && window.contains(pending);
            pending.settled |= first;
        } finally {
            lock.unlock();
        }
        if (first) {
            pending.failed(Failure.INDETERMINATE, reason);
        }
    }

    /** The number by which servers know the request, 0 if it has not been sent or has been answered. */
    long sequenceOf(Pending pending) {
        lock.lock();
        try {
            return window.contains(pending) ? pending.sequence : 0;
        } finally {
            lock.unlock();
        }
    }

    /** Called with the session's lock held, while a result is taken. */
    void hold(long lockId, HeldLock heldLock) {
        held.put(lockId, heldLock);
        List<Blocking> waited = early.remove(lockId);
        if (waited != null) {
            waited.forEach(this::takeBlocking);
        }
    }

    void forget(long lockId) {
        lock.lock();
        try {
            held.remove(lockId);
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------ with the lock held

    private void takeResult(Result result, List<Runnable> after) {
        Pending pending = window.answered(result);
        if (pending == null) {
            return;
        }
        boolean late = pending.settled;
        pending.settled = true;
        if (pending instanceof LockPending locking) {
            // Within the lock, so that a blocking notification behind it finds the lock.
            locking.learn(result);
        }
        after.add(() -> pending.answered(result, late));
    }

    private void takeBlocking(Blocking blocking) {
        HeldLock found = held.get(blocking.getLock());
        if (found == null || found.isBehind(blocking.getToken())) {
            if (early.size() < EARLY_MAX && window.isWaitingForAnswers()) {
                early.computeIfAbsent(blocking.getLock(), l -> new ArrayList<>())
                        .add(blocking);
            }
            return;
        }
        Runnable call = found.blocked(blocking);
        if (call != null) {
            callbacks.execute(call);
        }
    }

    private boolean isLeaseOver(long now) {
        return terms.expires() && now - keepalives.validUntilNanos() >= 0;
    }

    private void lose(String reason, List<Runnable> after) {
        if (life == Life.LOST) {
            return;
        }
        boolean wanted = life == Life.CLOSED || closing;
        lostBecause = reason;
        life = Life.LOST;
        held.clear();
        early.clear();
        for (Pending pending : window.clear()) {
            if (!pending.settled) {
                pending.settled = true;
                after.add(() -> pending.failed(Failure.SESSION_LOST, reason));
            }
        }
        if (!wanted) {
            LOG.info("session lost session={} node={} reason=\"{}\"", id, node, reason);
            lostListeners.forEach(listener -> after.add(() -> callbacks.execute(listener)));
        }
        lostListeners.clear();
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
        ClientLockspace known = spaces.get(name);
        if (known != null && known.policy() == policy) {
            return known;
        }
        Operation.Builder operation = Operation.newBuilder()
                .setOpenLockspace(OpenLockspace.newBuilder()
                        .setName(name)
                        .setHoldUntilFenced(policy == SessionEndPolicy.HOLD_UNTIL_FENCED));
        Result result = Replies.ask(this, operation).getFirst();
        if (!result.hasLockspaceOpened()) {
            throw Replies.unexpected(result);
        }
        return spaces.computeIfAbsent(
                name,
                n -> new ClientLockspace(
                        this, n, policy, result.getLockspaceOpened().getLockspace()));
    }

    @Override
    public Registry registry() {
        return registry;
    }

    @Override
    public boolean isValidFor(Duration time) {
        return life == Life.ALIVE
                && (!terms.expires() || System.nanoTime() + time.toNanos() - keepalives.validUntilNanos() < 0);
    }

    @Override
    public void onLost(Runnable listener) {
        lock.lock();
        try {
            if (life == Life.ALIVE) {
                lostListeners.add(listener);
                return;
            }
            if (closing) {
                return;
            }
        } finally {
            lock.unlock();
        }
        callbacks.execute(listener);
    }

    @Override
    public List<SessionInfo> sessions() throws DlmException {
        List<SessionInfo> all = new ArrayList<>();
        for (Result result :
                Replies.ask(this, Operation.newBuilder().setListSessions(ListSessions.getDefaultInstance()))) {
            result.getSessions().getSessionsList().forEach(s -> all.add(Replies.session(s)));
        }
        return List.copyOf(all);
    }

    @Override
    public void declareFenced(SessionId ended) throws DlmException {
        Operation.Builder operation = Operation.newBuilder()
                .setDeclareFenced(DeclareFenced.newBuilder().setEnded(ended.value()));
        Result result = Replies.ask(this, operation).getFirst();
        if (!result.hasDone()) {
            throw Replies.unexpected(result);
        }
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
            window.add(new Replies.Last(Operation.newBuilder().setEndSession(EndSession.getDefaultInstance()), ended));
            life = Life.CLOSED;
            lostBecause = "it was closed";
        } finally {
            lock.unlock();
        }
        carrier.wake(this);
        Replies.awaitQuietly(ended, CLOSE_WAIT);
        kill("it was closed");
    }

    /** Where a failed request becomes a checked exception. */
    static DlmException failure(Failure failure, String reason) {
        return switch (failure) {
            case SESSION_LOST -> new DlmException(Code.SESSION_LOST, "the session is lost: " + reason);
            case NO_QUORUM -> new DlmException(Code.NO_QUORUM, reason);
            case INDETERMINATE ->
                new DlmException(Code.NO_QUORUM, reason + "; the request may or may not have been carried out");
        };
    }

    @Override
    public String toString() {
        return "session " + id + " of " + node;
    }
}
