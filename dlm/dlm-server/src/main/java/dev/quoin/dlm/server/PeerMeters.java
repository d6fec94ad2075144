package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.core.Result;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.raft.MemberLag;
import dev.quoin.dlm.raft.RaftNode;
import dev.quoin.metrics.Meters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a peer counts and measures, by the names of docs/metrics.md. Any thread may use it. */
final class PeerMeters implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PeerMeters.class);

    /** Requests whose wait is measured at once; of further ones it is not. */
    private static final int MEASURED_MAX = 100_000;

    /** The queue of operations that wait to be put in the log. */
    private static final String PROPOSALS = "proposals";

    private static final List<Double> LATENCIES =
            List.of(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0);

    private static final List<Double> OPERATIONS = List.of(1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 256.0, 1024.0, 4096.0);

    private final DlmPeer peer;
    private final String id;
    private final boolean collects;
    private final Meters.Counter answers;
    private final Meters.Counter expired;
    private final Meters.Counter deadlocks;
    private final Meters.Counter fencedWrites;
    private final Meters.Counter leaderChanges;
    private final Meters.Histogram commitLatency;
    private final Meters.Histogram grantLatency;
    private final Meters.Histogram entryOperations;

    /** When requests were proposed, by session and sequence. */
    private final Map<Long, Map<Long, Long>> asked = new ConcurrentHashMap<>();

    private final AtomicInteger measured = new AtomicInteger();
    private final List<AutoCloseable> gauges = new ArrayList<>();

    PeerMeters(Meters meters, DlmPeer peer, String id) {
        this.peer = peer;
        this.id = id;
        collects = !meters.equals(Meters.NONE);
        answers = meters.counter(
                "quoin_lock_answers_total", "Operations answered, by what came of them.", "peer", "outcome");
        expired = meters.counter("quoin_lock_expired_total", "Sessions whose lease ran out at this leader.", "peer");
        deadlocks = meters.counter("quoin_lock_deadlocks_total", "Deadlocks that this leader found.", "peer");
        fencedWrites = meters.counter(
                "quoin_lock_fenced_writes_rejected_total",
                "Registry transactions refused because their token holds no lock any more.",
                "peer");
        leaderChanges = meters.counter(
                "quoin_raft_leader_changes_total", "How often this peer began or ceased to lead.", "peer");
        commitLatency = meters.histogram(
                "quoin_raft_commit_latency_seconds",
                "From the proposal of a log entry to its being applied at the leader.",
                LATENCIES,
                "peer");
        grantLatency = meters.histogram(
                "quoin_lock_grant_latency_seconds",
                "From the proposal of a request for a lock to its grant, waits for other locks included.",
                LATENCIES,
                "peer");
        // They are told of before they first happen, so that their absence says something.
        for (Meters.Counter counter : List.of(expired, deadlocks, fencedWrites, leaderChanges)) {
            counter.add(0, id);
        }
        entryOperations =
                meters.histogram("quoin_raft_entry_operations", "Commands in one log entry.", OPERATIONS, "peer");
        gauge(meters, "quoin_raft_is_leader", "1 if this peer leads and serves.", log -> peer.isLeader() ? 1 : 0);
        gauge(meters, "quoin_raft_term", "The term of the log.", RaftNode::term);
        gauge(meters, "quoin_raft_applied_index", "The last log entry applied.", RaftNode::lastAppliedIndex);
        gauge(
                meters,
                "quoin_raft_committed_index",
                "The last log entry known to be committed.",
                RaftNode::committedIndex);
        gauge(
                meters,
                "quoin_raft_snapshot_index",
                "The last log entry that is in the durable snapshot.",
                log -> snapshot());
        gauge(
                meters,
                "quoin_raft_members",
                "Members of the group.",
                log -> log.members().size());
        gauge(
                meters,
                "quoin_lock_held",
                "Locks held or waited for.",
                log -> peer.machine().counts().locks());
        gauge(
                meters,
                "quoin_lock_waiters",
                "Requests that wait.",
                log -> peer.machine().counts().waiters());
        gauge(
                meters,
                "quoin_lock_sessions",
                "Sessions that live.",
                log -> peer.machine().counts().sessions());
        gauge(
                meters,
                "quoin_lock_unfenced_sessions",
                "Ended sessions that hold locks until they are fenced.",
                log -> peer.machine().unfenced().size());
        gauges.add(meters.gauge(
                "quoin_queue_depth",
                "What waits in a queue that has a limit.",
                () -> Map.of(List.of(id, PROPOSALS), (double) peer.queued()),
                "peer",
                "queue"));
        gauges.add(meters.gauge(
                "quoin_queue_limit",
                "The most that may wait in a queue; beyond it, clients are told to wait.",
                () -> Map.of(List.of(id, PROPOSALS), (double) GroupCommit.QUEUED_OPERATIONS_MAX),
                "peer",
                "queue"));
        gauges.add(meters.gauge(
                "quoin_raft_follower_lag_entries",
                "How far a follower's log is behind, at the leader.",
                () -> followers(lag -> Math.max(0, committed() - lag.matchIndex())),
                "peer",
                "follower"));
        gauges.add(meters.gauge(
                "quoin_raft_follower_silent_seconds",
                "Since a follower was last heard of, at the leader.",
                () -> followers(lag -> lag.silentMillis() / 1e3),
                "peer",
                "follower"));
    }

    private void gauge(Meters meters, String name, String help, ToDoubleFunction<RaftNode> value) {
        gauges.add(meters.gauge(
                name,
                help,
                () -> {
                    try {
                        return Map.of(List.of(id), value.applyAsDouble(peer.log()));
                    } catch (IOException stopped) {
                        return Map.of();
                    }
                },
                "peer"));
    }

    private double snapshot() {
        var at = peer.store().position();
        return at == null ? 0 : at.index();
    }

    private long committed() {
        try {
            return peer.log().committedIndex();
        } catch (IOException stopped) {
            return 0;
        }
    }

    private Map<List<String>, Double> followers(ToDoubleFunction<MemberLag> value) {
        Map<List<String>, Double> values = new HashMap<>();
        try {
            peer.log().lags().forEach(lag -> values.put(List.of(id, lag.id()), value.applyAsDouble(lag)));
        } catch (IOException stopped) {
            // Nobody follows a peer that does not run.
            values.clear();
        }
        return values;
    }

    /** An entry under way. */
    @FunctionalInterface
    interface Proposal {
        /** It was applied here, or its fate is not known. */
        void ended(boolean applied);
    }

    /** Measures an entry from now on, before it is proposed: its answers may come before its proposer goes on. */
    Proposal proposing(LogBatch batch) {
        if (!collects) {
            return applied -> {};
        }
        long began = System.nanoTime();
        entryOperations.observe(batch.getCommandsCount(), id);
        forLocks(batch, (session, sequence) -> {
            if (measured.get() < MEASURED_MAX
                    && asked.computeIfAbsent(session, s -> new ConcurrentHashMap<>())
                                    .putIfAbsent(sequence, began)
                            == null) {
                measured.incrementAndGet();
            }
        });
        return applied -> {
            if (applied) {
                commitLatency.observe(since(began), id);
            } else {
                forLocks(batch, this::forget);
            }
        };
    }

    @FunctionalInterface
    private interface LockOperation {
        void take(long session, long sequence);
    }

    private static void forLocks(LogBatch batch, LockOperation each) {
        for (LogCommand command : batch.getCommandsList()) {
            for (Operation operation : command.getSession().getOperationsList()) {
                if (operation.hasAcquire() || operation.hasConvert()) {
                    each.take(command.getSession().getSession(), operation.getSequence());
                }
            }
        }
    }

    /** When the request was proposed, null if that was not measured. */
    private @Nullable Long forget(long session, long sequence) {
        Map<Long, Long> requests = asked.get(session);
        Long began = requests == null ? null : requests.remove(sequence);
        if (began != null) {
            measured.decrementAndGet();
        }
        return began;
    }

    private void forgetAll(long session) {
        Map<Long, Long> requests = asked.remove(session);
        if (requests != null) {
            measured.addAndGet(-requests.size());
        }
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /** Something came of a command; on the applying thread. */
    void happened(Effect effect) {
        if (!collects) {
            return;
        }
        if (effect instanceof Effect.Answer(long session, long sequence, Result result)) {
            answers.add(1, id, outcome(result));
            Long began = forget(session, sequence);
            if (began != null && result instanceof Result.Granted) {
                grantLatency.observe(since(began), id);
            }
        } else if (effect instanceof Effect.FencedWriteRejected) {
            fencedWrites.add(1, id);
        } else if (effect instanceof Effect.SessionGone gone) {
            // Nobody is answered any more.
            forgetAll(gone.session());
        }
    }

    private static String outcome(Result result) {
        return switch (result) {
            case Result.Granted _, Result.GrantedMany _, Result.RangeGranted _ -> "granted";
            case Result.Denied _, Result.RangeDenied _ -> "denied";
            case Result.Deadlock _, Result.RangeDeadlock _ -> "deadlock";
            case Result.TimedOut _ -> "timed_out";
            case Result.Cancelled _ -> "cancelled";
            case Result.Refused _ -> "refused";
            case Result.Conflict _ -> "conflict";
            case Result.Committed _ -> "committed";
            case Result.Done _, Result.LockspaceOpened _ -> "done";
            case Result.Ranges _,
                    Result.Lockspaces _,
                    Result.Waits _,
                    Result.Deadlocks _,
                    Result.Entries _,
                    Result.Locks _,
                    Result.Sessions _,
                    Result.Watched _ -> "read";
        };
    }

    void leaseExpired() {
        expired.add(1, id);
    }

    void deadlockFound() {
        deadlocks.add(1, id);
    }

    /** This peer has begun or ceased to lead. */
    void leaderChanged() {
        leaderChanges.add(1, id);
        List.copyOf(asked.keySet()).forEach(this::forgetAll);
    }

    @Override
    public void close() {
        for (AutoCloseable gauge : gauges) {
            try {
                gauge.close();
            } catch (Exception failure) {
                LOG.warn("a gauge was not closed cleanly peer={}", id, failure);
            }
        }
    }
}
