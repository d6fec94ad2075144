package dev.quoin.dlm.client;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.client.session.Carrier;
import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.client.session.SessionTerms;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.Opened;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionReport;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
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
    private static final AtomicInteger COUNT = new AtomicInteger();

    private static final int FRAME_BYTES = 512 << 10;
    private static final long TICK_MILLIS = 50;
    private static final long RETRY_MILLIS_MIN = 20;
    private static final long RETRY_MILLIS_MAX = 500;
    private static final long OPEN_ANSWER_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** A session that is being opened. */
    private static final class Opening {
        final OpenSession message;
        final DlmClientConfig config;
        final CompletableFuture<ClientSession> session = new CompletableFuture<>();
        volatile long sentNanos;
        volatile boolean sent;

        Opening(OpenSession message, DlmClientConfig config) {
            this.message = message;
            this.config = config;
        }
    }

    private final Set<String> servers;
    private final List<String> order;
    private final ScheduledThreadPoolExecutor timer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, ClientSession> sessions = new ConcurrentHashMap<>();
    private final Map<ByteString, Opening> openings = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<ClientSession> ready = new ConcurrentLinkedQueue<>();
    private final Set<ClientSession> queued = ConcurrentHashMap.newKeySet();
    private final AtomicInteger work = new AtomicInteger();

    /** Guarded by the lock that {@link DlmClient} uses. */
    private int users;

    private volatile @Nullable LeaderStream stream;
    private long streams;
    private int next;
    private int failures;
    private boolean started;
    private volatile boolean closed;

    Connection(Set<String> servers) {
        this.servers = servers;
        order = List.copyOf(servers);
        timer = new ScheduledThreadPoolExecutor(
                1,
                Thread.ofPlatform()
                        .name("dlm-client-timer-" + COUNT.incrementAndGet())
                        .daemon()
                        .factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    Set<String> servers() {
        return servers;
    }

    void retain() {
        users++;
    }

    boolean releaseOne() {
        return --users == 0;
    }

    LockClient open(DlmClientConfig config) throws DlmException {
        UUID nonce = UUID.randomUUID();
        ByteString bytes = ByteString.copyFrom(ByteBuffer.allocate(16)
                .putLong(nonce.getMostSignificantBits())
                .putLong(nonce.getLeastSignificantBits())
                .flip());
        Opening opening = new Opening(
                OpenSession.newBuilder()
                        .setNonce(bytes)
                        .setNode(config.node())
                        .setSupersede(config.supersede())
                        .setLeaseMillis((int) config.lease().toMillis())
                        .build(),
                config);
        openings.put(bytes, opening);
        start();
        drain();
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
            throw new DlmException(
                    Code.NO_QUORUM,
                    "no leader of the lock manager at " + servers + " could be reached in " + config.connectTimeout()
                            + ": check that a majority of its peers runs and that the addresses are right",
                    late);
        }
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
        LeaderStream opened;
        lock.lock();
        try {
            if (closed || stream != null) {
                return;
            }
            if (target.isEmpty()) {
                target = order.get(Math.floorMod(next++, order.size()));
            }
            opened = new LeaderStream(this, ++streams, target);
            stream = opened;
        } finally {
            lock.unlock();
        }
        opened.start();
    }

    /** The stream is of no use any more. */
    void drop(LeaderStream gone, String why, String leader) {
        lock.lock();
        try {
            if (!gone.equals(stream)) {
                return;
            }
            stream = null;
            LOG.debug("stream ended address={} reason=\"{}\" leader={}", gone.address(), why, leader);
            openings.values().forEach(opening -> opening.sent = false);
            for (ClientSession session : sessions.values()) {
                session.onDisconnected(gone.number());
            }
            long pause = 0;
            // One jump to where we are sent is free; from then on, each failure waits longer.
            if (leader.isEmpty() || failures > 0) {
                long most = Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS_MIN << Math.min(failures, 10));
                pause = ThreadLocalRandom.current().nextLong(most / 2, most + 1);
            }
            failures++;
            schedule(() -> connect(leader), pause);
        } finally {
            lock.unlock();
        }
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
        LeaderStream current = stream;
        long now = System.nanoTime();
        boolean suspect = false;
        for (ClientSession session : sessions.values()) {
            session.tick();
            suspect |= session.isUnanswered();
        }
        for (Opening opening : openings.values()) {
            suspect |= opening.sent && now - opening.sentNanos > OPEN_ANSWER_NANOS;
        }
        if (suspect && current != null) {
            drop(current, "no answer to a keepalive", "");
        }
    }

    // ------------------------------------------------------------ sending

    @Override
    public void wake(ClientSession session) {
        if (queued.add(session)) {
            ready.add(session);
            drain();
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
            LeaderStream current = stream;
            if (current == null || !current.isReady()) {
                return false;
            }
            ClientFrame.Builder frame = ClientFrame.newBuilder();
            int bytes = 0;
            for (Opening opening : openings.values()) {
                if (!opening.sent) {
                    opening.sent = true;
                    opening.sentNanos = System.nanoTime();
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
    void take(LeaderStream from, ServerFrame frame) {
        if (!from.equals(stream)) {
            return;
        }
        if (frame.hasRedirect()) {
            drop(from, "not the leader", frame.getRedirect().getLeader());
            return;
        }
        failures = 0;
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

    private void take(LeaderStream from, Opened opened) {
        Opening opening = openings.remove(opened.getNonce());
        if (opening == null) {
            return;
        }
        if (opened.hasRefused()) {
            opening.session.completeExceptionally(
                    new DlmException(Code.LIMIT_EXCEEDED, opened.getRefused().getReason()));
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
            DlmClient.release(this);
        }
    }

    @Override
    public ScheduledExecutorService timer() {
        return timer;
    }

    /** Nobody uses the connection any more. */
    void shutDown() {
        LeaderStream last;
        lock.lock();
        try {
            closed = true;
            last = stream;
            stream = null;
        } finally {
            lock.unlock();
        }
        timer.shutdownNow();
        if (last != null) {
            last.end();
        }
    }
}
