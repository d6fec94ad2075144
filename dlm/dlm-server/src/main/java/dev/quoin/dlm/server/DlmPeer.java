package dev.quoin.dlm.server;

import dev.quoin.dlm.client.loop.ConnectionLoop;
import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.fence.Fencer;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.raft.RaftMember;
import dev.quoin.dlm.raft.RaftNode;
import dev.quoin.dlm.raft.RaftSettings;
import dev.quoin.dlm.store.StateStore;
import dev.quoin.dlm.wire.Router;
import dev.quoin.metrics.Meters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
    private static final long DEADLOCK_CHECK_MILLIS = 250;
    private static final long ALIVE_CHECK_MILLIS = 500;
    private static final long POLL_MILLIS = 10;

    /** How long a peer that asks for the state waits for a snapshot to be written. */
    private static final Duration SNAPSHOT_LIMIT = Duration.ofSeconds(60);

    private final DlmPeerConfig config;
    private final ScheduledExecutorService timer;
    private final ExecutorService transfers;
    private final ConnectionLoop loop;
    private final Router router = new Router();
    private final Leases leases = new Leases(System::nanoTime);
    private final AtomicInteger statesFetched = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final DirectoryLock lock;
    private final StateStore store;
    private final CoreMachine machine;
    private final SnapshotTaker snapshots;
    private final GroupCommit commit;
    private final DeadlockSearch deadlocks;
    private final Reception reception;
    private final Door door;
    private final Fencer fencer;
    private final PeerMeters meters;
    private volatile @Nullable RaftNode node;

    private DlmPeer(DlmPeerConfig config, Meters collector) throws IOException {
        this.config = config;
        meters = new PeerMeters(collector, this, config.id());
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("dlm-timer-" + config.id()).daemon().factory());
        transfers = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(DlmPeerConfig.PEERS_MAX),
                Thread.ofPlatform().name("dlm-transfer-" + config.id()).daemon().factory());
        loop = new ConnectionLoop("dlm-door-" + config.id());
        DirectoryLock taken = null;
        StateStore opened = null;
        Door listening = null;
        try {
            taken = DirectoryLock.take(config.dir());
            opened = StateStore.open(config.dir().resolve("state"));
            lock = taken;
            store = opened;
            machine = new CoreMachine(
                    config.id(), config.limits(), config.snapshots(), store, router, leases, new Surroundings());
            snapshots = new SnapshotTaker(config, store, machine, this::running, transfers);
            commit = new GroupCommit(this::append, this::failed, timer, loop, System::currentTimeMillis);
            reception = new Reception(new Guide(), router, leases, commit, new Admission(config.access(), machine));
            deadlocks = new DeadlockSearch(config.deadlockWait(), machine::deadlocks, found -> {
                meters.deadlockFound();
                propose(found);
            });
            listening = new Door(
                    config.self().clientAddresses(),
                    config.security(),
                    new Lead(),
                    reception,
                    store,
                    transfers,
                    loop,
                    new AdminDoor(this));
            door = listening;
            fencer = new Fencer(
                    config.fenceAgents(),
                    config.fenceLimit(),
                    machine::unfenced,
                    session ->
                            propose(LogCommand.newBuilder().setFenced(session).build()),
                    timer);
            node = RaftNode.start(settings(), machine);
        } catch (IOException | RuntimeException failure) {
            closeQuietly(listening, loop, opened, taken);
            timer.shutdownNow();
            transfers.shutdownNow();
            meters.close();
            throw failure;
        }
    }

    /**
     * Starts a peer. Blocking: returns when its state is loaded and clients can come; a leader may yet have to be elected.
     *
     * @throws IOException naming the directory or address that cannot be used, and what to do
     */
    public static DlmPeer start(DlmPeerConfig config) throws IOException {
        return start(config, Meters.NONE);
    }

    /** As {@link #start(DlmPeerConfig)}, counting and measuring. */
    public static DlmPeer start(DlmPeerConfig config, Meters collector) throws IOException {
        DlmPeer peer = new DlmPeer(config, collector);
        peer.timer.scheduleWithFixedDelay(
                peer::checkLeases, LEASE_CHECK_MILLIS, LEASE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        long interval = config.snapshots().interval().toMillis();
        peer.timer.scheduleWithFixedDelay(peer.snapshots::takeByTime, interval, interval, TimeUnit.MILLISECONDS);
        peer.timer.scheduleWithFixedDelay(
                peer::checkAlive, ALIVE_CHECK_MILLIS, ALIVE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        peer.timer.scheduleWithFixedDelay(
                peer::checkDeadlocks, DEADLOCK_CHECK_MILLIS, DEADLOCK_CHECK_MILLIS, TimeUnit.MILLISECONDS);
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
                config.self().member(),
                Addresses.parse(config.self().raftAddress()),
                config.joins()
                        ? List.of()
                        : config.peers().stream()
                                .map(DlmPeerConfig.Peer::member)
                                .toList(),
                config.dir().resolve("raft"),
                (int) config.electionMin().toMillis(),
                (int) config.electionMax().toMillis(),
                config.security(),
                config.transport());
    }

    private RaftNode running() throws IOException {
        RaftNode running = node;
        if (running == null || closed.get()) {
            throw new IOException("peer " + id() + " does not run");
        }
        return running;
    }

    /** This peer's name. */
    public String id() {
        return config.id();
    }

    /** Where clients reach this peer. */
    public String clientAddress() {
        return config.self().clientAddress();
    }

    /** Whether this peer leads and serves clients now; a witness never does. */
    public boolean isLeader() {
        RaftNode running = node;
        return running != null
                && !closed.get()
                && running.isLeaderReady()
                && !config.self().witness();
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
        running().transferLeadership(peerId, limit.toMillis());
    }

    /** The members of the group, as the log here tells. */
    public List<RaftMember> members() throws IOException {
        return running().members();
    }

    /**
     * Writes the state to disk and lets the log before it go. Blocking.
     *
     * @return the index of the log entry as of which the state is durable
     * @throws IOException if it was not done in time
     */
    public long snapshot(Duration limit) throws IOException {
        return snapshots.take(limit, () -> {});
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

    /** Where clients reach the leader; none if it is not known, or serves no clients. */
    List<String> leaderAddresses() {
        RaftNode running = node;
        Optional<String> leader = leader();
        return running == null || leader.isEmpty()
                ? List.of()
                : running.members().stream()
                        .filter(member -> member.id().equals(leader.get()) && !member.witness())
                        .findFirst()
                        .map(RaftMember::clientAddresses)
                        .orElse(List.of());
    }

    DlmPeerConfig config() {
        return config;
    }

    RaftNode log() throws IOException {
        return running();
    }

    CoreMachine machine() {
        return machine;
    }

    /** How many operations wait to be put in the log. */
    int queued() {
        return commit.queued();
    }

    Leases leases() {
        return leases;
    }

    /** Who has that session here. */
    Caller caller(long session) {
        return router.outlet(session) instanceof ClientOutlet outlet ? outlet.caller() : Caller.UNKNOWN;
    }

    StateStore store() {
        return store;
    }

    private CompletableFuture<Void> append(LogBatch batch, GroupCommit.Submission submission) {
        RaftNode running = node;
        if (running == null) {
            return CompletableFuture.failedFuture(new IllegalStateException("peer " + id() + " is starting"));
        }
        PeerMeters.Proposal proposal = meters.proposing(batch);
        CompletableFuture<Void> applied = running.append(batch, submission);
        applied.whenComplete((done, failure) -> proposal.ended(failure == null));
        return applied;
    }

    private void failed(GroupCommit.Submission submission) {
        reception.failed(submission);
    }

    private void propose(LogCommand command) {
        commit.offer(new GroupCommit.Item(command, null, 0, 0));
    }

    /** A peer that was removed from the group finds out from its log, which then stops. */
    private void checkAlive() {
        RaftNode running = node;
        if (running != null && !closed.get() && !running.isAlive()) {
            IllegalStateException why = new IllegalStateException("the log of peer " + id()
                    + " has stopped: it was removed from the group, or its disk failed; see its log file."
                    + " To add it again, empty its directory and let it join");
            LOG.error("peer stops peer={} reason=\"{}\"", id(), why.getMessage());
            Thread.ofPlatform().name("dlm-close-" + id()).daemon().start(() -> stop(why));
        }
    }

    private void checkDeadlocks() {
        if (isLeader()) {
            deadlocks.run();
        }
    }

    private void checkLeases() {
        for (long session : leases.expired()) {
            LOG.info("lease has run out session={}", session);
            meters.leaseExpired();
            propose(LogCommand.newBuilder().setExpire(session).build());
        }
    }

    private final class Guide implements Reception.Lead {
        @Override
        public boolean isLeaderReady() {
            return isLeader();
        }

        @Override
        public List<String> leaderAddresses() {
            return DlmPeer.this.leaderAddresses();
        }
    }

    private final class Lead implements Door.Lead {

        @Override
        public void ensureSnapshot(long indexMin, Runnable meanwhile) throws IOException {
            LogPosition last = store.position();
            if (last == null || last.index() < indexMin) {
                snapshots.take(SNAPSHOT_LIMIT, meanwhile);
            }
        }
    }

    private final class Surroundings implements CoreMachine.Surroundings {
        @Override
        public CompletableFuture<LogPosition> fetchSnapshot(String clientAddress, long indexMin) {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            LOG.info("fetching state peer={} from={} index={}", id(), clientAddress, indexMin);
                            LogPosition at = StateTransfer.fetch(
                                    clientAddress, indexMin, config.security(), store, machine, timer);
                            statesFetched.incrementAndGet();
                            return at;
                        } catch (IOException failure) {
                            throw new CompletionException(failure);
                        }
                    },
                    transfers);
        }

        @Override
        public void leading(SortedMap<Long, String> unfenced) {
            // Clients find out by themselves: the other peers send them here.
            meters.leaderChanged();
            fencer.lead(unfenced);
        }

        @Override
        public void happened(Effect effect) {
            meters.happened(effect);
            if (effect instanceof Effect.FenceNeeded(long session, String node)) {
                fencer.needed(session, node);
            }
        }

        @Override
        public void purgeable(long index) {
            RaftNode running = node;
            if (running != null && !closed.get()) {
                running.purge(index);
            }
        }

        @Override
        public void notLeading() {
            meters.leaderChanged();
            fencer.stop();
            reception.redirectAll();
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
        meters.close();
        fencer.close();
        closeQuietly(door, node, loop);
        transfers.shutdownNow();
        machine.close();
        closeQuietly(store, lock);
        LOG.info("peer stopped peer={}", id());
        if (why == null) {
            stopped.complete(null);
        } else {
            stopped.completeExceptionally(why);
        }
    }
}
