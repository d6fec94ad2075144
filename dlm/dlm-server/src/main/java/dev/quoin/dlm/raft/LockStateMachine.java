package dev.quoin.dlm.raft;

import dev.quoin.dlm.proto.LogBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/** Joins Ratis and the {@link Machine}. Ratis calls apply, snapshot and reload on one thread, its updater. */
final class LockStateMachine extends BaseStateMachine {

    /** What this peer proposed under one call id, kept so that the leader need not parse its own entries. */
    record Proposal(LogBatch batch, Object submission) {}

    private record Snapshot(LogPosition at) implements SnapshotInfo {
        @Override
        public TermIndex getTermIndex() {
            return TermIndex.valueOf(at.term(), at.index());
        }

        @Override
        public List<FileInfo> getFiles() {
            // Ratis sends no files: a peer that needs the snapshot fetches it.
            return List.of();
        }
    }

    private final Machine machine;
    private final Map<Long, Proposal> proposals;

    LockStateMachine(Machine machine, Map<Long, Proposal> proposals) {
        this.machine = machine;
        this.proposals = proposals;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage) throws IOException {
        super.initialize(server, groupId, storage);
        getLifeCycle().transition(LifeCycle.State.STARTING);
        load();
        getLifeCycle().transition(LifeCycle.State.RUNNING);
    }

    private void load() throws IOException {
        LogPosition at = machine.load();
        setLastAppliedTermIndex(at == null ? TermIndex.INITIAL_VALUE : TermIndex.valueOf(at.term(), at.index()));
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        load();
        getLifeCycle().transition(LifeCycle.State.STARTING);
        getLifeCycle().transition(LifeCycle.State.RUNNING);
    }

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) {
        Proposal proposal = proposals.get(request.getCallId());
        TransactionContext.Builder builder =
                TransactionContext.newBuilder().setStateMachine(this).setClientRequest(request);
        if (proposal != null) {
            builder.setStateMachineContext(proposal);
        }
        return builder.build();
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        var entry = transaction.getLogEntry();
        LogPosition at = new LogPosition(entry.getTerm(), entry.getIndex());
        ByteString data = entry.getStateMachineLogEntry().getLogData();
        try {
            if (transaction.getStateMachineContext() instanceof Proposal(LogBatch batch, Object submission)) {
                machine.apply(at, data.size(), batch, submission);
            } else {
                machine.apply(at, data.size(), LogBatch.parseFrom(data.asReadOnlyByteBuffer()), null);
            }
        } catch (IOException damaged) {
            machine.failed(damaged);
            throw new UncheckedIOException("log entry " + entry.getIndex() + " is not a batch of commands", damaged);
        } catch (RuntimeException bug) {
            // The state may be half changed. Ratis stops the peer; the others go on.
            machine.failed(bug);
            throw bug;
        }
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    /** Begins one if somebody asked for it. What it lets go of the log is not decided here: it is not durable yet. */
    @Override
    public long takeSnapshot() {
        TermIndex at = getLastAppliedTermIndex();
        if (at != null && at.getIndex() > RaftLog.INVALID_LOG_INDEX) {
            machine.snapshot(new LogPosition(at.getTerm(), at.getIndex()));
        }
        return RaftLog.INVALID_LOG_INDEX;
    }

    private @Nullable SnapshotInfo latest() {
        LogPosition at = machine.lastSnapshot();
        return at == null ? null : new Snapshot(at);
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return new StateMachineStorage() {
            @Override
            public void init(RaftStorage storage) {
                // The machine keeps its own storage.
            }

            @Override
            public @Nullable SnapshotInfo getLatestSnapshot() {
                return latest();
            }

            @Override
            public void format() {
                // The machine keeps its own storage.
            }

            @Override
            public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {
                // There is one snapshot, brought forward in place.
            }
        };
    }

    @Override
    public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(RoleInfoProto role, TermIndex firstInLog) {
        List<String> leader = RaftMember.clientAddresses(
                role.getFollowerInfo().getLeaderInfo().getId().getClientAddress());
        if (leader.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new IOException("the leader has a newer snapshot, and its address is not known yet"));
        }
        return machine.fetchSnapshot(leader.getFirst(), firstInLog.getIndex() - 1)
                .thenApply(at -> TermIndex.valueOf(at.term(), at.index()));
    }

    @Override
    public void notifyLeaderReady() {
        machine.leading();
    }

    @Override
    public void notifyNotLeader(java.util.Collection<TransactionContext> pending) {
        machine.notLeading();
    }
}
