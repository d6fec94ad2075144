package dev.quoin.dlm.server;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.client.session.Carrier;
import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.client.session.SessionTerms;
import dev.quoin.dlm.core.Command;
import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.core.StateImages;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.proto.SessionReport;
import dev.quoin.dlm.wire.Commands;
import dev.quoin.dlm.wire.Outlet;
import dev.quoin.dlm.wire.Router;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The lock manager in one process, without replication and without leases: the real core and the real client sessions, joined by
 * one thread. For tests of what is built on locks, and for tools that need locks only among themselves.
 *
 * <p>Nothing is durable. Any thread may use it. A session ends by its {@code close()}, by {@link #kill} or when a newer
 * session of its node supersedes it.
 */
public final class LocalLocks implements AutoCloseable {

    /** Leases play no part here; the core wants one. */
    private static final Duration LEASE = Duration.ofMinutes(5);

    private static final SessionTerms TERMS = new SessionTerms(LEASE, Duration.ofSeconds(30), false);

    private final LockCore core = new LockCore(Limits.DEFAULT, false);
    private final Router router = new Router();
    private final ExecutorService applier = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("dlm-local-1").daemon().factory());
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("dlm-local-timer-1").daemon().factory());
    private final Map<Long, ClientSession> sessions = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<ClientSession> ready = new ConcurrentLinkedQueue<>();
    private final AtomicLong stamps = new AtomicLong();
    private final Line line = new Line();

    /** Counts connections; owned by the applying thread. */
    private long stream = 1;

    private LocalLocks() {}

    /** A lock manager without sessions. */
    public static LocalLocks create() {
        return new LocalLocks();
    }

    /** Opens a session; earlier sessions of the same node name end, as those of a node that has restarted do. Blocking. */
    public LockClient connect(String node) {
        return connect(node, true);
    }

    /** Opens a session. Blocking. */
    public LockClient connect(String node, boolean supersede) {
        return onApplier(() -> {
            CompletableFuture<Long> opened = new CompletableFuture<>();
            UUID nonce = UUID.randomUUID();
            core.apply(
                    new Command.OpenSession(nonce, node, supersede, LEASE.toMillis()),
                    stamps.incrementAndGet(),
                    new dev.quoin.dlm.core.EffectSink() {
                        @Override
                        public void accept(Effect effect) {
                            if (effect instanceof Effect.Opened done) {
                                opened.complete(done.session());
                            } else if (effect instanceof Effect.OpenRefused refused) {
                                opened.completeExceptionally(new IllegalArgumentException(refused.reason()));
                            } else {
                                router.accept(effect);
                            }
                        }

                        @Override
                        public boolean wantsReads() {
                            return false;
                        }
                    });
            router.flush();
            long id = opened.join();
            ClientSession session = new ClientSession(line, new SessionId(id), node, TERMS, System.nanoTime(), true);
            sessions.put(id, session);
            router.seat(id, line);
            return session;
        });
    }

    /**
     * Ends a session as if its node had died and its lease had run out: the client finds its session lost, locks are released or
     * kept until fenced by the policies of their lockspaces. Blocking; does nothing if the session has ended.
     */
    public void kill(LockClient client) {
        expire(client.session());
    }

    /** As {@link #kill}, by the session's id. */
    public void expire(SessionId session) {
        onApplier(() -> {
            core.apply(new Command.ExpireSession(session.value()), stamps.incrementAndGet(), router);
            router.flush();
            return true;
        });
    }

    /** A number that is equal for equal states. Blocking. */
    public long digest() {
        return onApplier(() -> StateImages.digest(core));
    }

    /**
     * Acts the loss of a connection: what the clients have ready to send is carried out, but all answers and events on their way are
     * lost, and the clients have to ask again. For tests of the client.
     */
    void loseConnection() {
        onApplier(() -> {
            router.unseat(line);
            line.drain();
            long lost = stream++;
            sessions.values().forEach(session -> session.onDisconnected(lost));
            return true;
        });
    }

    private <T> T onApplier(java.util.function.Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, applier).join();
    }

    /** Ends all sessions, whose clients find them lost. Idempotent. */
    @Override
    public void close() {
        sessions.values().forEach(session -> session.kill("the lock manager was closed"));
        applier.shutdown();
        timer.shutdownNow();
    }

    /** Joins the clients and the core: frames go over on the applying thread, both ways. */
    private final class Line implements Carrier, Outlet {

        @Override
        public void wake(ClientSession session) {
            ready.add(session);
            try {
                applier.execute(this::drain);
            } catch (RejectedExecutionException closed) {
                session.kill("the lock manager was closed");
            }
        }

        private void drain() {
            for (ClientSession session = ready.poll(); session != null; session = ready.poll()) {
                boolean more = true;
                while (more) {
                    ClientFrame.Builder frame = ClientFrame.newBuilder();
                    more = session.drainInto(frame);
                    frame.getSessionsList().forEach(this::apply);
                }
            }
            router.flush();
        }

        private void apply(SessionFrame frame) {
            if (frame.getAttach()) {
                router.seat(frame.getSession(), line);
            }
            frame.getUnwatchedList().forEach(watch -> router.unwatch(frame.getSession(), watch));
            LogCommand command = LogCommand.newBuilder().setSession(frame).build();
            router.beforeApply(command);
            Commands.read(command, c -> core.apply(c, stamps.incrementAndGet(), router));
        }

        @Override
        public void send(ServerFrame frame) {
            for (SessionReport report : frame.getSessionsList()) {
                ClientSession session = sessions.get(report.getSession());
                if (session != null) {
                    session.onReport(report, stream);
                }
            }
        }

        @Override
        public void retire(ClientSession session) {
            sessions.remove(session.session().value());
        }

        @Override
        public ScheduledExecutorService timer() {
            return timer;
        }
    }
}
