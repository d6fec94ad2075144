package dev.quoin.dlm.client;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.client.DlmClientConfig.Server;
import dev.quoin.dlm.client.loop.ConnectionLoop;
import dev.quoin.dlm.client.session.Carrier;
import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.client.session.SessionTerms;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.Opened;
import dev.quoin.dlm.proto.Redirect;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionReport;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of all sessions of this process to one lock manager: one stream to the leader at a time.
 *
 * <p>{@code lock} guards which stream is in use and what goes over it, so that a session is never drained into a stream that it
 * has been told is gone. Whoever wakes a session sends, unless another thread is sending already; that one then takes the
 * new operations along.
 */
final class Connection implements Carrier {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private static final int FRAME_BYTES = 512 << 10;
    private static final long TICK_MILLIS = 50;
    private static final long RETRY_MILLIS_MIN = 20;
    private static final long RETRY_MILLIS_MAX = 500;
    private static final long OPEN_ANSWER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Set<Server> servers;

    /** All addresses: the first ones of all servers, then the second ones. */
    private final List<String> order;

    private final Means means;
    private final Executor events;
    private final Map<Long, Consumer<RingEvent>> listeners = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, ClientSession> sessions = new ConcurrentHashMap<>();
    private final Map<ByteString, Opening> openings = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<ClientSession> ready = new ConcurrentLinkedQueue<>();
    private final Set<ClientSession> queued = ConcurrentHashMap.newKeySet();
    private final AtomicInteger work = new AtomicInteger();

    /** Guarded by the lock that {@link DlmClient} uses. */
    private int users;

    private volatile @Nullable ServerStream stream;
    private final Runnable drainSoon = ConnectionLoop.once(task -> ServerStream.soonOrNow(stream, task), this::drain);

    /** Why the last stream ended; empty if it was sent on. */
    private volatile String ended = "";

    /** Guarded by the lock, as are all below but {@code closed}. */
    private final Rings rings = new Rings(this::newStream, this::tell);

    /** The addresses of the server that a redirection named last. */
    private List<String> sentTo = List.of();

    private long streams;
    private volatile long openedNanos;
    private int redirections;
    private int next;
    private int failures;
    private boolean started;
    private volatile boolean closed;

    /** A connection with its own time, chance and way to the servers. */
    Connection(Set<Server> servers, Means means) {
        this.servers = servers;
        this.means = means;
        order = Server.inRounds(servers);
        events = means.callbacks().apply("dlm-client-rings");
        timer = means.timer();
    }

    void retain() {
        users++;
    }

    boolean releaseOne() {
        return --users == 0;
    }

    LockClient open(DlmClientConfig config) throws DlmException {
        Opening opening = begin(config);
        ByteString bytes = opening.message.getNonce();
        try {
            return opening.session.get(config.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException refused) {
            DlmClient.release(this);
            if (refused.getCause() instanceof DlmException cause) {
                throw cause;
            }
            throw new IllegalStateException(refused);
        } catch (TimeoutException | InterruptedException late) {
            if (openings.remove(bytes) != null) {
                DlmClient.release(this);
            } else {
                // It was opened in this very moment.
                opening.session.thenAccept(ClientSession::close);
            }
            if (late instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw opening.late(servers, ended, late);
        }
    }

    /** Begins to open a session. */
    private Opening begin(DlmClientConfig config) {
        Opening opening = new Opening(config, means.random());
        openings.put(opening.message.getNonce(), opening);
        start();
        drain();
        return opening;
    }

    /** Opens a session without waiting for it. */
    CompletableFuture<ClientSession> openAsync(DlmClientConfig config) {
        return begin(config).session;
    }

    private void start() {
        lock.lock();
        try {
            if (started) {
                return;
            }
            started = true;
        } finally {
            lock.unlock();
        }
        timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        timer.execute(() -> connect(""));
    }

    // ------------------------------------------------------------ streams

    /** Opens the next stream, to {@code address} if it is not empty; on the timer. */
    private void connect(String address) {
        String target = address;
        ServerStream opened;
        lock.lock();
        try {
            if (closed || stream != null) {
                return;
            }
            if (target.isEmpty()) {
                target = order.get(Math.floorMod(next++, order.size()));
            }
            opened = newStream(target);
            openedNanos = means.nanos().getAsLong();
            stream = opened;
        } finally {
            lock.unlock();
        }
        opened.start();
    }

    private ServerStream newStream(String address) {
        return means.streams().open(this, ++streams, address);
    }

    private void tell(RingEvent event) {
        Set.copyOf(listeners.values()).forEach(listener -> events.execute(() -> listener.accept(event)));
    }

    /** The addresses of the server that has this one. */
    private List<String> addressesBeside(String address) {
        if (sentTo.contains(address)) {
            return sentTo;
        }
        return servers.stream()
                .map(Server::addresses)
                .filter(all -> all.contains(address))
                .findFirst()
                .orElse(List.of());
    }

    /** The stream has failed: another way to the same server takes its place, if one works. */
    void failed(ServerStream gone, String why) {
        lock.lock();
        try {
            long now = means.nanos().getAsLong();
            rings.drop(gone, why, now);
            ServerStream other = gone.equals(stream) ? rings.promote(gone.address(), why, now) : null;
            if (other != null) {
                LOG.debug("stream ended address={} reason=\"{}\" other={}", gone.address(), why, other.address());
                stream = other;
                openings.values().forEach(opening -> opening.sent = false);
                sessions.values().forEach(session -> session.onDisconnected(gone.number()));
            }
        } finally {
            lock.unlock();
        }
        gone.end();
        drop(gone, why, "");
        drain();
    }

    /** The stream, and its server, are of no use any more. */
    private void drop(ServerStream gone, String why, String leader) {
        List<Runnable> after;
        lock.lock();
        try {
            if (!gone.equals(stream)) {
                return;
            }
            stream = null;
            ended = leader.isEmpty() ? gone.address() + ": " + why : "";
            after = rings.clear();
            LOG.debug("stream ended address={} reason=\"{}\" leader={}", gone.address(), why, leader);
            openings.values().forEach(opening -> opening.sent = false);
            for (ClientSession session : sessions.values()) {
                session.onDisconnected(gone.number());
            }
            long pause = 0;
            // One jump to where we are sent is free; from then on, each failure waits longer.
            if (leader.isEmpty() || failures > 0) {
                long most = Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS_MIN << Math.min(failures, 10));
                pause = means.random().nextLong(most / 2, most + 1);
            }
            failures++;
            schedule(() -> connect(leader), pause);
        } finally {
            lock.unlock();
        }
        after.forEach(Runnable::run);
        gone.end();
    }

    private void schedule(Runnable task, long millis) {
        try {
            timer.schedule(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException shutDown) {
            // Nobody is left who would want a stream.
        }
    }

    private void tick() {
        ServerStream current = stream;
        long now = means.nanos().getAsLong();
        // A server that is stopped takes connections all the same, and says nothing.
        boolean suspect =
                current != null && !current.isReady() && !current.hasProved() && now - openedNanos > OPEN_ANSWER_NANOS;
        for (ClientSession session : sessions.values()) {
            session.tick();
            suspect |= session.isUnanswered();
        }
        for (Opening opening : openings.values()) {
            suspect |= opening.sent && now - opening.sentNanos > OPEN_ANSWER_NANOS;
        }
        if (suspect && current != null) {
            failed(current, "no answer to a keepalive");
        }
        List<Runnable> after;
        lock.lock();
        try {
            after = rings.tick(sessions.values(), now);
        } finally {
            lock.unlock();
        }
        after.forEach(Runnable::run);
    }

    // ------------------------------------------------------------ sending

    @Override
    public void wake(ClientSession session) {
        if (queued.add(session)) {
            ready.add(session);
            drainSoon.run();
        }
    }

    /** Sends all that is to be sent, as long as the stream takes it. */
    void drain() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            boolean more = true;
            while (more) {
                more = sendOne();
            }
            seen = work.addAndGet(-seen);
        } while (seen != 0);
    }

    /** Sends one frame; says whether there was something to send and room for it. */
    private boolean sendOne() {
        lock.lock();
        try {
            ServerStream current = stream;
            if (current == null || !current.isReady()) {
                return false;
            }
            ClientFrame.Builder frame = ClientFrame.newBuilder();
            int bytes = 0;
            for (Opening opening : openings.values()) {
                if (!opening.sent) {
                    opening.sent = true;
                    opening.sentNanos = means.nanos().getAsLong();
                    frame.addOpens(opening.message);
                }
            }
            for (ClientSession session = ready.poll(); session != null; session = ready.poll()) {
                queued.remove(session);
                int before = frame.getSessionsCount();
                if (session.drainInto(frame) && queued.add(session)) {
                    ready.add(session);
                }
                for (int i = before; i < frame.getSessionsCount(); i++) {
                    bytes += frame.getSessions(i).getSerializedSize();
                }
                if (bytes > FRAME_BYTES) {
                    break;
                }
            }
            if (frame.getOpensCount() == 0 && frame.getSessionsCount() == 0) {
                return false;
            }
            current.send(frame.build());
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------ receiving

    /** Takes a frame; on the stream's thread. */
    void take(ServerStream from, ServerFrame frame) {
        if (!from.equals(stream)) {
            takeBeside(from, frame);
            return;
        }
        if (frame.hasRedirect()) {
            drop(from, "not the leader", oneOf(frame.getRedirect()));
            return;
        }
        boolean answers = frame.getSessionsList().stream().anyMatch(report -> report.getKeepalive() != 0);
        if (answers || !from.hasProved()) {
            heard(from, answers);
        }
        for (Opened opened : frame.getOpenedList()) {
            take(from, opened);
        }
        for (SessionReport report : frame.getSessionsList()) {
            ClientSession session = sessions.get(report.getSession());
            if (session != null) {
                session.onReport(report, from.number());
            }
        }
    }

    private void takeBeside(ServerStream from, ServerFrame frame) {
        boolean isRing;
        lock.lock();
        try {
            isRing = rings.take(from, frame, sessions, means.nanos().getAsLong());
        } finally {
            lock.unlock();
        }
        if (isRing && frame.hasRedirect()) {
            from.end();
        }
    }

    /** One of the leader's addresses, another one each time: the way to the first may be the one that is broken. */
    private String oneOf(Redirect redirect) {
        lock.lock();
        try {
            sentTo = List.copyOf(redirect.getAddressesList());
            return sentTo.isEmpty() ? redirect.getLeader() : sentTo.get(Math.floorMod(redirections++, sentTo.size()));
        } finally {
            lock.unlock();
        }
    }

    /** The server has proved to lead. */
    private void heard(ServerStream from, boolean answers) {
        lock.lock();
        try {
            failures = 0;
            from.proves();
            rings.leaderIs(
                    from.address(),
                    addressesBeside(from.address()),
                    means.nanos().getAsLong());
            if (answers) {
                rings.leaderAnswers();
            }
        } finally {
            lock.unlock();
        }
    }

    private void take(ServerStream from, Opened opened) {
        Opening opening = openings.remove(opened.getNonce());
        if (opening == null) {
            return;
        }
        if (opened.hasRefused()) {
            opening.refuse(opened.getRefused());
            return;
        }
        DlmClientConfig config = opening.config;
        SessionTerms terms = new SessionTerms(config.lease(), config.answerTimeout(), true);
        ClientSession session;
        lock.lock();
        try {
            session = new ClientSession(
                    this,
                    new SessionId(opened.getSession()),
                    config.node(),
                    terms,
                    opening.sentNanos,
                    from.equals(stream));
            sessions.put(opened.getSession(), session);
            listeners.put(opened.getSession(), config.onRing());
        } finally {
            lock.unlock();
        }
        LOG.info("session opened session={} node={} server={}", session.session(), session.node(), from.address());
        opening.session.complete(session);
        wake(session);
    }

    @Override
    public void retire(ClientSession session) {
        if (sessions.remove(session.session().value(), session)) {
            listeners.remove(session.session().value());
            DlmClient.release(this);
        }
    }

    @Override
    public ScheduledExecutorService timer() {
        return timer;
    }

    @Override
    public long nanos() {
        return means.nanos().getAsLong();
    }

    @Override
    public Executor callbacks(String name) {
        return means.callbacks().apply(name);
    }

    /** Nobody uses the connection any more. */
    void shutDown() {
        ServerStream last;
        List<Runnable> others;
        lock.lock();
        try {
            closed = true;
            last = stream;
            stream = null;
            others = rings.clear();
        } finally {
            lock.unlock();
        }
        timer.shutdownNow();
        others.forEach(Runnable::run);
        if (last != null) {
            last.end();
        }
    }
}
