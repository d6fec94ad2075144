package dev.quoin.dlm.server;

import dev.quoin.dlm.proto.DlmAdminGrpc;
import dev.quoin.dlm.proto.LeadRequest;
import dev.quoin.dlm.proto.LeadStatus;
import dev.quoin.dlm.proto.Member;
import dev.quoin.dlm.proto.Members;
import dev.quoin.dlm.proto.PeerStatus;
import dev.quoin.dlm.proto.RemoveMemberRequest;
import dev.quoin.dlm.proto.ReplaceMemberRequest;
import dev.quoin.dlm.proto.SessionLease;
import dev.quoin.dlm.proto.SnapshotReply;
import dev.quoin.dlm.proto.SnapshotRequest;
import dev.quoin.dlm.proto.StatusRequest;
import dev.quoin.dlm.proto.TransferRequest;
import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.raft.RaftMember;
import dev.quoin.dlm.raft.RaftNode;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Security;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators ask of this peer and do to the group. Calls run on threads of their own, a few at a time. */
final class AdminDoor extends DlmAdminGrpc.DlmAdminImplBase {

    /** In a refusal: where the leader is. */
    static final Metadata.Key<String> LEADER = Metadata.Key.of("quoin-leader", Metadata.ASCII_STRING_MARSHALLER);

    private static final Logger LOG = LoggerFactory.getLogger(AdminDoor.class);

    private static final int CALLS_MAX = 8;
    private static final Duration SNAPSHOT_LIMIT = Duration.ofMinutes(2);
    private static final int TRANSFER_MILLIS_DEFAULT = 5_000;
    private static final int TRANSFER_MILLIS_MAX = 60_000;

    private final DlmPeer peer;
    private final Membership membership;
    private final Semaphore calls = new Semaphore(CALLS_MAX);

    AdminDoor(DlmPeer peer) {
        this.peer = peer;
        membership = new Membership(peer);
    }

    @FunctionalInterface
    private interface Call<T> {
        T answer() throws IOException, StatusException;
    }

    private <T> void run(StreamObserver<T> to, Call<T> call) {
        if (!calls.tryAcquire()) {
            to.onError(Status.RESOURCE_EXHAUSTED
                    .withDescription(CALLS_MAX + " calls of operators are under way: try again")
                    .asException());
            return;
        }
        Thread.ofVirtual().name("dlm-admin").start(() -> {
            try {
                T answer = call.answer();
                to.onNext(answer);
                to.onCompleted();
            } catch (StatusException refused) {
                to.onError(refused);
            } catch (IOException | RuntimeException failure) {
                LOG.warn("an operator's call failed peer={}", peer.id(), failure);
                to.onError(Status.ABORTED.withDescription(failure.getMessage()).asException());
            } finally {
                calls.release();
            }
        });
    }

    /** Changes are the leader's; another peer says who that is. */
    private void requireLeader() throws StatusException {
        if (!peer.isLeader()) {
            var leader = peer.leaderAddresses();
            Metadata trailers = new Metadata();
            if (!leader.isEmpty()) {
                trailers.put(LEADER, leader.getFirst());
            }
            throw Status.FAILED_PRECONDITION
                    .withDescription("peer " + peer.id() + " does not lead")
                    .asException(trailers);
        }
    }

    @Override
    public void status(StatusRequest request, StreamObserver<PeerStatus> to) {
        run(to, this::status);
    }

    private PeerStatus status() throws IOException {
        RaftNode log = peer.log();
        LogPosition snapshot = peer.store().position();
        CoreMachine.Counts counts = peer.machine().counts();
        PeerStatus.Builder status = PeerStatus.newBuilder()
                .setId(peer.id())
                .setLeader(peer.leader().orElse(""))
                .setTerm(log.term())
                .setAppliedIndex(log.lastAppliedIndex())
                .setCommittedIndex(log.committedIndex())
                .setSnapshotIndex(snapshot == null ? 0 : snapshot.index())
                .setLogBytes(DirectorySize.of(peer.config().dir().resolve("raft")))
                .setDigest(peer.digest())
                .setTransport(peer.config().transport().word())
                .setTls(peer.config().security() instanceof Security.MutualTls)
                .setLocks(counts.locks())
                .setSessions(counts.sessions())
                .setWaiters(counts.waiters())
                .setWitness(peer.config().self().witness());
        log.members().forEach(member -> status.addMembers(Membership.message(member)));
        membership.warnings().forEach(status::addWarnings);
        return status.build();
    }

    @Override
    public void lead(LeadRequest request, StreamObserver<LeadStatus> to) {
        run(to, () -> {
            requireLeader();
            RaftNode log = peer.log();
            LeadStatus.Builder status =
                    LeadStatus.newBuilder().setLeader(peer.id()).setTerm(log.term());
            log.lags()
                    .forEach(lag -> status.addMembers(dev.quoin.dlm.proto.MemberLag.newBuilder()
                            .setId(lag.id())
                            .setMatchIndex(Math.max(0, lag.matchIndex()))
                            .setSilentMillis(lag.silentMillis())));
            new TreeMap<>(peer.leases().left()).forEach((session, left) -> status.addSessions(lease(session, left)));
            return status.build();
        });
    }

    private SessionLease lease(long session, long leftMillis) {
        Caller caller = peer.caller(session);
        Identity identity = caller.identity();
        return SessionLease.newBuilder()
                .setSession(session)
                .setLeftMillis(leftMillis)
                .setRemote(caller.remote())
                .setIdentity(identity == null ? "" : identity.toString())
                .build();
    }

    private Members members() throws IOException {
        Members.Builder members = Members.newBuilder();
        for (RaftMember member : peer.members()) {
            members.addMembers(Membership.message(member));
        }
        return members.build();
    }

    @Override
    public void addMember(Member member, StreamObserver<Members> to) {
        run(to, () -> {
            requireLeader();
            membership.add(Membership.member(member));
            return members();
        });
    }

    @Override
    public void removeMember(RemoveMemberRequest request, StreamObserver<Members> to) {
        run(to, () -> {
            requireLeader();
            membership.remove(request.getId(), request.getForce());
            return members();
        });
    }

    @Override
    public void replaceMember(ReplaceMemberRequest request, StreamObserver<Members> to) {
        run(to, () -> {
            requireLeader();
            membership.replace(request.getOld(), Membership.member(request.getNew()));
            return members();
        });
    }

    @Override
    public void transferLeadership(TransferRequest request, StreamObserver<PeerStatus> to) {
        run(to, () -> {
            requireLeader();
            int millis = request.getTimeoutMillis() == 0 ? TRANSFER_MILLIS_DEFAULT : request.getTimeoutMillis();
            membership.transfer(request.getTo(), Math.clamp(millis, 1, TRANSFER_MILLIS_MAX));
            return status();
        });
    }

    @Override
    public void snapshot(SnapshotRequest request, StreamObserver<SnapshotReply> to) {
        run(to, () -> {
            long began = System.nanoTime();
            long index = peer.snapshot(SNAPSHOT_LIMIT);
            return SnapshotReply.newBuilder()
                    .setIndex(index)
                    .setTookMillis(Duration.ofNanos(System.nanoTime() - began).toMillis())
                    .build();
        });
    }
}
