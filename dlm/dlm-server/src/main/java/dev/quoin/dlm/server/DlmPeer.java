package dev.quoin.dlm.server;

import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.raft.RaftNode;
import dev.quoin.dlm.raft.RaftSettings;
import dev.quoin.dlm.store.StateStore;
import dev.quoin.dlm.wire.Router;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A peer of the lock manager: log, state, and the door for clients. Any thread may use it.
 *
 * <p>Its directory holds {@code lock}, {@code raft/} (the log) and {@code state/} (the last snapshot).
 */
public final class DlmPeer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DlmPeer.class);
    private static final long LEASE_CHECK_MILLIS = 100;
    private static final long POLL_MILLIS = 10;

    private final DlmPeerConfig config;
    private final ScheduledExecutorService timer;
    private final ExecutorService transfers;
    private final Router router = new Router();
    private final Leases leases = new Leases();
    private final AtomicInteger statesFetched = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final DirectoryLock lock;
    private final StateStore store;
    private final CoreMachine machine;
    private final GroupCommit commit;
    private final Door door;
    private volatile @Nullable RaftNode node;

    private DlmPeer(DlmPeerConfig config) throws IOException {
        this.config = config;
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("dlm-timer-" + config.id()).daemon().factory());
        transfers = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(DlmPeerConfig.PEERS_MAX),
                Thread.ofPlatform().name("dlm-transfer-" + config.id()).daemon().factory());
        DirectoryLock taken = null;
        StateStore opened = null;
        Door listening = null;
        try {
            taken = DirectoryLock.take(config.dir());
            opened = StateStore.open(config.dir().resolve("state"));
            lock = taken;
            store = opened;
            machine = new CoreMachine(config.id(), config.limits(), store, router, leases, new Surroundings());
            commit = new GroupCommit(this::append, this::failed, timer);
            listening = new Door(config.self().clientAddress(), new Lead(), router, leases, commit, store, transfers);
            door = listening;
            node = RaftNode.start(settings(), machine);
        } catch (IOException | RuntimeException failure) {
            closeQuietly(listening, opened, taken);
            timer.shutdownNow();
            transfers.shutdownNow();
            throw failure;
        }
    }

    /**
     * Starts a peer. Blocking: returns when its state is loaded and clients can come; a leader may yet have to be elected.
     *
     * @throws IOException naming the directory or address that cannot be used, and what to do
     */
    public static DlmPeer start(DlmPeerConfig config) throws IOException {
        DlmPeer peer = new DlmPeer(config);
        peer.timer.scheduleWithFixedDelay(
                peer::checkLeases, LEASE_CHECK_MILLIS, LEASE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        LOG.info(
                "peer started peer={} dir={} clients={}",
                config.id(),
                config.dir(),
                config.self().clientAddress());
        return peer;
    }

    private RaftSettings settings() {
        return new RaftSettings(
                UUID.nameUUIDFromBytes(("quoin-dlm " + config.cluster()).getBytes(StandardCharsets.UTF_8)),
                config.id(),
                config.peers().stream()
                        .map(peer -> new RaftSettings.Member(peer.id(), config.raftAddress(peer)))
                        .toList(),
                config.dir().resolve("raft"),
                (int) config.electionMin().toMillis(),
                (int) config.electionMax().toMillis(),
                config.snapshotEntries(),
                config.keptEntries());
    }

    /** This peer's name. */
    public String id() {
        return config.id();
    }

    /** Where clients reach this peer. */
    public String clientAddress() {
        return config.self().clientAddress();
    }

    /** Whether this peer leads and serves clients now. */
    public boolean isLeader() {
        RaftNode running = node;
        return running != null && !closed.get() && running.isLeaderReady();
    }

    /** The peer that leads, as far as this one knows. */
    public Optional<String> leader() {
        RaftNode running = node;
        return running == null || closed.get() ? Optional.empty() : running.leaderId();
    }

    /**
     * Waits until some peer leads. Blocking.
     *
     * @return its name
     */
    public String awaitLeader(Duration limit) throws TimeoutException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<String> leader = leader();
            if (leader.isPresent() && (isLeader() || !leader.get().equals(id()))) {
                return leader.get();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException("no leader is known to peer " + id() + " after " + limit
                        + ": a majority of the peers must run and reach each other");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** Makes another peer lead, if this one does. Blocking. */
    public void transferLeadership(String peerId, Duration limit) throws IOException {
        config.peer(peerId);
        RaftNode running = node;
        if (running == null) {
            throw new IOException("peer " + id() + " does not run");
        }
        running.transferLeadership(peerId, limit.toMillis());
    }

    /** The index of the last log entry that is applied here. */
    public long appliedIndex() {
        RaftNode running = node;
        return running == null ? -1 : running.lastAppliedIndex();
    }

    /** A number that is equal at all peers that have applied the same entries. */
    public long digest() {
        return machine.digest();
    }

    /** Completes when the peer has stopped: normally if closed, with the reason if it stopped by itself. */
    public CompletableFuture<Void> stopped() {
        return stopped.copy();
    }

    /** How often this peer was so far behind that it fetched another's state. */
    public int statesFetched() {
        return statesFetched.get();
    }

    private CompletableFuture<Void> append(dev.quoin.dlm.proto.LogBatch batch, GroupCommit.Submission submission) {
        RaftNode running = node;
        return running == null
                ? CompletableFuture.failedFuture(new IllegalStateException("peer " + id() + " is starting"))
                : running.append(batch, submission);
    }

    private void failed(GroupCommit.Submission submission) {
        door.failed(submission);
    }

    private void checkLeases() {
        for (long session : leases.expired()) {
            LOG.info("lease has run out session={}", session);
            commit.offer(new GroupCommit.Item(
                    LogCommand.newBuilder().setExpire(session).build(), null, session, 0));
        }
    }

    private final class Lead implements Door.Lead {
        @Override
        public boolean isLeaderReady() {
            return isLeader();
        }

        @Override
        public String leaderAddress() {
            return leader().map(id -> config.peer(id).clientAddress()).orElse("");
        }
    }

    private final class Surroundings implements CoreMachine.Surroundings {
        @Override
        public CompletableFuture<LogPosition> fetchSnapshot(String peerId, long indexMin) {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            LOG.info("fetching state peer={} from={} index={}", id(), peerId, indexMin);
                            StateTransfer.Fetched fetched =
                                    StateTransfer.fetch(config.peer(peerId).clientAddress(), indexMin);
                            StateTransfer.install(machine, fetched);
                            statesFetched.incrementAndGet();
                            return fetched.at();
                        } catch (IOException failure) {
                            throw new java.util.concurrent.CompletionException(failure);
                        }
                    },
                    transfers);
        }

        @Override
        public void leading() {
            // Clients find out by themselves: the other peers send them here.
        }

        @Override
        public void notLeading() {
            door.redirectAll();
        }

        @Override
        public void failed(Throwable why) {
            // Not on the log's own thread, which closing waits for.
            Thread.ofPlatform().name("dlm-close-" + id()).daemon().start(() -> stop(why));
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable... parts) {
        for (AutoCloseable part : parts) {
            if (part != null) {
                try {
                    part.close();
                } catch (Exception failure) {
                    LOG.warn("not closed cleanly part={}", part.getClass().getSimpleName(), failure);
                }
            }
        }
    }

    /** Sends clients to the other peers, takes a snapshot and stops. Waits for all of it; idempotent. */
    @Override
    public void close() {
        stop(null);
    }

    private void stop(@Nullable Throwable why) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        timer.shutdownNow();
        closeQuietly(door, node);
        transfers.shutdownNow();
        closeQuietly(store, lock);
        LOG.info("peer stopped peer={}", id());
        if (why == null) {
            stopped.complete(null);
        } else {
            stopped.completeExceptionally(why);
        }
    }
}
