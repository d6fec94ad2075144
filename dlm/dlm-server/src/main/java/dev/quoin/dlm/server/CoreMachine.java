package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.core.StateImages;
import dev.quoin.dlm.core.StateLoader;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.raft.Machine;
import dev.quoin.dlm.store.StateStore;
import dev.quoin.dlm.wire.Router;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The core under the log: its state is on the heap, its last snapshot in the store. The log's thread owns the core. */
final class CoreMachine implements Machine, Admission.State {

    private static final Logger LOG = LoggerFactory.getLogger(CoreMachine.class);

    /** What happens around the core. */
    interface Surroundings {
        CompletableFuture<LogPosition> fetchSnapshot(String clientAddress, long indexMin);

        void leading(SortedMap<Long, String> unfenced);

        void notLeading();

        /** Something came of a command; on the applying thread. */
        void happened(Effect effect);

        void failed(Throwable why);

        /** The log may go up to this entry. On the thread that writes snapshots. */
        void purgeable(long index);
    }

    private final String peer;
    private final Limits limits;
    private final StateStore store;
    private final Leases leases;
    private final Surroundings surroundings;
    private final Applier applier;
    private LockCore core;

    /** The last entry that was applied since the state was loaded, null before the first. */
    private @Nullable LogPosition applied;

    private final SnapshotWriter snapshots;

    /** A snapshot from elsewhere is in the store and waits to be loaded; the core's own must not overwrite it. */
    private boolean replaced;

    private final LogGrowth growth;

    CoreMachine(
            String peer,
            Limits limits,
            SnapshotPolicy policy,
            StateStore store,
            Router router,
            Leases leases,
            Surroundings surroundings) {
        this.peer = peer;
        this.limits = limits;
        this.store = store;
        applier = new Applier(router, leases, surroundings::happened);
        this.leases = leases;
        this.surroundings = surroundings;
        core = new LockCore(limits, true);
        growth = new LogGrowth(policy);
        snapshots = new SnapshotWriter(peer, store, this, this::letLogGo);
    }

    @Override
    public synchronized @Nullable LogPosition load() throws IOException {
        snapshots.abandon();
        applied = null;
        LogPosition at = store.position();
        if (at != null) {
            StateLoader loader = new StateLoader(limits, true);
            store.export(loader::put);
            core = loader.finish();
        } else {
            core = new LockCore(limits, true);
        }
        replaced = false;
        LOG.info(
                "state loaded peer={} index={} digest={}",
                peer,
                at == null ? -1 : at.index(),
                Long.toHexString(StateImages.digest(core)));
        return at;
    }

    @Override
    public synchronized void apply(LogPosition at, int bytes, LogBatch batch, @Nullable Object submission) {
        applier.apply(core, batch, submission);
        applied = at;
        if (growth.applied(at.index(), bytes)) {
            snapshot(at);
        }
    }

    @Override
    public synchronized void snapshot(LogPosition at) {
        if (!replaced && snapshots.begin(core, at)) {
            growth.snapshotBegun();
        }
    }

    /** Lets go of the log what is durable and need not be kept for others. */
    void letLogGo() {
        LogPosition durable = store.position();
        long index;
        synchronized (this) {
            index = durable == null ? -1 : growth.purgeable(durable.index());
        }
        if (index >= 0) {
            surroundings.purgeable(index);
        }
    }

    /** Puts another peer's snapshot in the place of this one's. */
    void replace(LogPosition at, StateStore.Replacement by) throws IOException {
        synchronized (this) {
            replaced = true;
            snapshots.abandon();
        }
        snapshots.replace(at, by);
    }

    /** Makes durable what has been applied, if there is time, and ends what writes to the store. Nothing may be applied any more. */
    void close() {
        synchronized (this) {
            LogPosition durable = store.position();
            if (applied != null && (durable == null || durable.index() < applied.index())) {
                snapshot(applied);
            }
        }
        snapshots.close();
    }

    @Override
    public @Nullable LogPosition lastSnapshot() {
        return store.position();
    }

    @Override
    public CompletableFuture<LogPosition> fetchSnapshot(String clientAddress, long indexMin) {
        return surroundings.fetchSnapshot(clientAddress, indexMin);
    }

    @Override
    public synchronized void leading() {
        leases.lead(core.leases());
        LOG.info("leads peer={} sessions={}", peer, core.leases().size());
        surroundings.leading(core.unfenced());
    }

    @Override
    public void notLeading() {
        leases.stop();
        LOG.info("leads no more peer={}", peer);
        surroundings.notLeading();
    }

    @Override
    public void failed(Throwable why) {
        LOG.error("peer stops, its state cannot be trusted any more peer={}", peer, why);
        surroundings.failed(why);
    }

    /** The requests that have waited so long, by the clocks of the leaders, and are in a cycle. */
    synchronized List<dev.quoin.dlm.core.Command.BreakDeadlock> deadlocks(Duration wait) {
        return core.suspects(System.currentTimeMillis(), wait.toMillis());
    }

    @Override
    public synchronized @Nullable String node(long session) {
        return core.node(session);
    }

    @Override
    public synchronized @Nullable String lockspace(int id) {
        return core.lockspace(id);
    }

    /** Ended sessions that are not fenced, with the names of their nodes. */
    synchronized SortedMap<Long, String> unfenced() {
        return core.unfenced();
    }

    /** What there is, in numbers. */
    synchronized Counts counts() {
        return new Counts(core.lockCount(), core.leases().size(), core.waiterCount());
    }

    /**
     * How much there is.
     *
     * @param locks held or waited for
     * @param sessions that live
     * @param waiters requests that wait
     */
    record Counts(int locks, int sessions, int waiters) {}

    /** For tests: equal at all peers that have applied the same entries. */
    synchronized long digest() {
        return StateImages.digest(core);
    }
}
