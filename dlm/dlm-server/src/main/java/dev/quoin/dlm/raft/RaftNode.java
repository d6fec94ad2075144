package dev.quoin.dlm.raft;

import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.raft.socket.SocketSettings;
import dev.quoin.dlm.raft.socket.SocketTransport;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** One peer of the replicated log. Any thread may use it. */
public final class RaftNode implements AutoCloseable {

    /** What one entry may take, with room for Ratis' own fields; larger ones are never proposed. */
    private static final String APPENDER_BYTES = "4MB";

    /** A pause of the process does not stop the peer: its lease and its leadership are gone by then, and it catches up. */
    private static final TimeDuration PAUSE_MAX = TimeDuration.valueOf(365, TimeUnit.DAYS);

    /** A follower that does not answer for so long, in election timeouts, is connected to anew. */
    private static final int ANSWER_ELECTIONS = 3;

    private static final int ANSWER_MILLIS_MIN = 3_000;

    private final RaftGroupId groupId;
    private final RaftServer server;
    private final RaftServer.Division division;
    private final RaftClientAsynchronousProtocol submitter;
    private final ClientId clientId = ClientId.randomId();
    private final Map<Long, LockStateMachine.Proposal> proposals;

    private RaftNode(RaftGroupId groupId, RaftServer server, Map<Long, LockStateMachine.Proposal> proposals)
            throws IOException {
        this.groupId = groupId;
        this.server = server;
        this.proposals = proposals;
        division = server.getDivision(groupId);
        // The division itself, not the server's proxy: the proxy runs each call in a pool and waits for it.
        submitter = (RaftClientAsynchronousProtocol) division;
    }

    /** Starts a peer and brings its machine to the state of its last snapshot. Blocking. */
    public static RaftNode start(RaftSettings settings, Machine machine) throws IOException {
        RaftGroupId groupId = RaftGroupId.valueOf(settings.group());
        RaftGroup group = RaftGroup.valueOf(
                groupId, settings.members().stream().map(RaftNode::peer).toList());
        Map<Long, LockStateMachine.Proposal> proposals = new ConcurrentHashMap<>();
        RaftProperties properties = properties(settings);
        Parameters parameters = new Parameters();
        switch (settings.transport()) {
            case GRPC -> SteadyGrpc.select(properties, parameters, settings);
            case SOCKET ->
                SocketTransport.select(
                        properties,
                        parameters,
                        new SocketSettings(
                                settings.group(),
                                settings.self().id(),
                                settings.listen(),
                                settings.security(),
                                Math.max(ANSWER_MILLIS_MIN, ANSWER_ELECTIONS * settings.electionMillisMax())));
        }
        RaftServer server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(settings.self().id()))
                .setGroup(group)
                .setProperties(properties)
                .setParameters(parameters)
                .setStateMachineRegistry(id -> new LockStateMachine(machine, proposals))
                .setOption(RaftStorage.StartupOption.RECOVER)
                .build();
        try {
            server.start();
            return new RaftNode(groupId, server, proposals);
        } catch (IOException failure) {
            server.close();
            throw failure;
        }
    }

    private static RaftProperties properties(RaftSettings settings) {
        RaftProperties properties = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(properties, List.of(settings.dir().toFile()));
        RaftServerConfigKeys.setCloseThreshold(properties, PAUSE_MAX);

        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, millis(settings.electionMillisMin()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(properties, millis(settings.electionMillisMax()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, millis(settings.electionMillisMin() / 2));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, millis(settings.electionMillisMax() / 2));
        RaftServerConfigKeys.LeaderElection.setPreVote(properties, true);

        // Without this every commit appends, syncs and replicates a second entry. Entries are as durable without.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
        // One hand-over less on followers.
        RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
        RaftServerConfigKeys.Log.Appender.setWaitTimeMin(properties, TimeDuration.ZERO);
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, SizeInBytes.valueOf(APPENDER_BYTES));
        // Both lose acknowledged entries in a crash.
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);

        // When a snapshot is due, and what it lets go of the log, the machine decides.
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, false);
        RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
        // A peer that lags further fetches the snapshot itself when told that it has to.
        RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, false);
        // Repeated operations are known by session and sequence, not by Ratis' cache.
        RaftServerConfigKeys.RetryCache.setExpiryTime(properties, TimeDuration.valueOf(2, TimeUnit.SECONDS));
        return properties;
    }

    private static TimeDuration millis(int millis) {
        return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Proposes an entry. Does not block.
     *
     * @param submission handed to {@link Machine#apply} with the entry
     * @return completes when the entry is applied here; a failure leaves open whether it ever will be
     */
    public CompletableFuture<Void> append(LogBatch batch, Object submission) {
        long callId = CallId.getAndIncrement();
        proposals.put(callId, new LockStateMachine.Proposal(batch, submission));
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(clientId)
                .setServerId(server.getId())
                .setGroupId(groupId)
                .setCallId(callId)
                .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(batch.toByteArray())))
                .setType(RaftClientRequest.writeRequestType())
                .build();
        CompletableFuture<RaftClientReply> reply;
        try {
            reply = submitter.submitClientRequestAsync(request);
        } catch (IOException failure) {
            reply = CompletableFuture.failedFuture(failure);
        }
        return reply.handle((done, failure) -> {
            proposals.remove(callId);
            if (failure != null) {
                throw new CompletionException(failure);
            }
            if (!done.isSuccess()) {
                throw new CompletionException(done.getException());
            }
            return null;
        });
    }

    /** Whether this peer leads and has applied all that was committed before it did. */
    public boolean isLeaderReady() {
        return division.getInfo().isLeaderReady();
    }

    /** The peer that leads, as far as this one knows. */
    public Optional<String> leaderId() {
        return Optional.ofNullable(division.getInfo().getLeaderId()).map(RaftPeerId::toString);
    }

    /** The index of the last entry applied here. */
    public long lastAppliedIndex() {
        return division.getInfo().getLastAppliedIndex();
    }

    private static RaftPeer peer(RaftMember member) {
        return RaftPeer.newBuilder()
                .setId(member.id())
                .setAddress(member.address())
                .setClientAddress(member.clientAddressField())
                .setPriority(member.priority())
                .build();
    }

    /** The members by the newest configuration in the log here, by name. */
    public List<RaftMember> members() {
        return division.getRaftConf().getCurrentPeers().stream()
                .map(peer -> new RaftMember(
                        peer.getId().toString(),
                        peer.getAddress(),
                        RaftMember.clientAddresses(peer.getClientAddress()),
                        RaftMember.isWitness(peer.getPriority())))
                .sorted(Comparator.comparing(RaftMember::id))
                .toList();
    }

    /**
     * Changes the set of members, if this peer leads. Blocking: returns when the new set is committed and new members have caught up.
     *
     * @throws IOException saying why not; nothing was changed then, or another change is under way
     */
    public void setMembers(List<RaftMember> members) throws IOException {
        check(
                server.setConfiguration(new SetConfigurationRequest(
                        clientId,
                        server.getId(),
                        groupId,
                        CallId.getAndIncrement(),
                        members.stream().map(RaftNode::peer).toList())),
                "the members were not changed");
    }

    /** Lets the machine begin a snapshot as of what has been applied. Blocking until it has begun. */
    public void beginSnapshot(long timeoutMillis) throws IOException {
        check(
                server.snapshotManagement(SnapshotManagementRequest.newCreate(
                        clientId, server.getId(), groupId, CallId.getAndIncrement(), timeoutMillis, 1)),
                "no snapshot was taken");
    }

    /** Lets the log up to this entry go, in whole segments. Does not wait for the disk. */
    public void purge(long index) {
        division.getRaftLog().purge(index);
    }

    /** Makes another peer lead, if this one does. Blocking. */
    public void transferLeadership(String to, long timeoutMillis) throws IOException {
        check(
                server.transferLeadership(new TransferLeadershipRequest(
                        clientId,
                        server.getId(),
                        groupId,
                        CallId.getAndIncrement(),
                        RaftPeerId.valueOf(to),
                        timeoutMillis)),
                "leadership was not transferred to " + to);
    }

    private static void check(RaftClientReply reply, String failure) throws IOException {
        if (!reply.isSuccess()) {
            Throwable why = reply.getException();
            throw new IOException(failure + (why == null ? "" : ": " + why.getMessage()), why);
        }
    }

    /** The term of the log here. */
    public long term() {
        return division.getInfo().getCurrentTerm();
    }

    /** The index of the last entry known to be committed here. */
    public long committedIndex() {
        return division.getRaftLog().getLastCommittedIndex();
    }

    /** Whether the log works: false once it has been closed, has failed, or has found itself removed from the group. */
    public boolean isAlive() {
        return division.getInfo().isAlive();
    }

    /** How far the followers are; empty unless this peer leads. */
    public List<MemberLag> lags() {
        if (!division.getInfo().isLeader()) {
            return List.of();
        }
        Map<String, Long> committed = new HashMap<>();
        division.getCommitInfos()
                .forEach(info -> committed.put(info.getServer().getId().toStringUtf8(), info.getCommitIndex()));
        return division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                .map(follower -> {
                    String id = follower.getId().getId().toStringUtf8();
                    return new MemberLag(id, committed.getOrDefault(id, -1L), follower.getLastRpcElapsedTimeMs());
                })
                .toList();
    }

    /** Stops. Idempotent. */
    @Override
    public void close() throws IOException {
        server.close();
    }
}
