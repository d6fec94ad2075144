package dev.quoin.dlm.client.admin;

import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.client.admin.AdminException.Code;
import dev.quoin.dlm.client.tls.GrpcSecurity;
import dev.quoin.dlm.proto.DlmAdminGrpc;
import dev.quoin.dlm.proto.DlmAdminGrpc.DlmAdminBlockingStub;
import dev.quoin.dlm.proto.LeadRequest;
import dev.quoin.dlm.proto.LeadStatus;
import dev.quoin.dlm.proto.Member;
import dev.quoin.dlm.proto.Members;
import dev.quoin.dlm.proto.PeerStatus;
import dev.quoin.dlm.proto.RemoveMemberRequest;
import dev.quoin.dlm.proto.ReplaceMemberRequest;
import dev.quoin.dlm.proto.SnapshotReply;
import dev.quoin.dlm.proto.SnapshotRequest;
import dev.quoin.dlm.proto.StatusRequest;
import dev.quoin.dlm.proto.TransferRequest;
import dev.quoin.dlm.security.Security;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks peers and changes their group. It goes to the leader by itself: a peer that does not lead says who does. Its methods block, at
 * most for the timeout; any thread may use it, and it holds no connection between calls.
 */
public final class DlmAdminClient {

    private static final Metadata.Key<String> LEADER =
            Metadata.Key.of("quoin-leader", Metadata.ASCII_STRING_MARSHALLER);

    /** The most times that one call is sent on to another peer. */
    private static final int HOPS_MAX = 4;

    private static final long HOP_PAUSE_MILLIS = 200;

    private final List<String> peers;
    private final Duration timeout;
    private final Function<String, ManagedChannel> connect;

    /**
     * A client.
     *
     * @param peers addresses for clients of some peers, host:port each
     * @param timeout of each call
     * @param security of the connections; changes of the group need the certificate of an operator or a peer
     */
    public static DlmAdminClient of(List<String> peers, Duration timeout, Security security) {
        return new DlmAdminClient(
                peers,
                timeout,
                address -> NettyChannelBuilder.forTarget("dns:///" + address, GrpcSecurity.toPeer(security))
                        .build());
    }

    private DlmAdminClient(List<String> peers, Duration timeout, Function<String, ManagedChannel> connect) {
        this.peers = List.copyOf(peers);
        this.timeout = timeout;
        this.connect = connect;
        if (peers.isEmpty()) {
            throw new IllegalArgumentException("no peers found, at least one address host:port expected");
        }
    }

    /** What the peer at that address is and knows. */
    public PeerReport status(String peer) throws AdminException {
        return report(at(peer, stub -> stub.status(StatusRequest.getDefaultInstance())));
    }

    /** What only the leader knows. */
    public LeaderReport leader() throws AdminException {
        LeadStatus status = atLeader(stub -> stub.lead(LeadRequest.getDefaultInstance()));
        return new LeaderReport(
                status.getLeader(),
                status.getTerm(),
                status.getMembersList().stream()
                        .map(lag -> new LeaderReport.Lag(
                                lag.getId(), lag.getMatchIndex(), Duration.ofMillis(lag.getSilentMillis())))
                        .toList(),
                status.getSessionsList().stream()
                        .map(lease -> new LeaderReport.Lease(
                                new SessionId(lease.getSession()),
                                Duration.ofMillis(lease.getLeftMillis()),
                                lease.getRemote(),
                                lease.getIdentity()))
                        .toList());
    }

    /** Adds a member that runs, empty and set to join. Returns the members when it has caught up and votes. */
    public List<GroupMember> add(GroupMember added) throws AdminException {
        return members(atLeader(stub -> stub.addMember(message(added))));
    }

    /**
     * Removes a member.
     *
     * @param force also if the members that stay cannot serve now
     */
    public List<GroupMember> remove(String id, boolean force) throws AdminException {
        return members(atLeader(stub -> stub.removeMember(
                RemoveMemberRequest.newBuilder().setId(id).setForce(force).build())));
    }

    /** Puts one member in the place of another in one step. */
    public List<GroupMember> replace(String old, GroupMember added) throws AdminException {
        return members(atLeader(stub -> stub.replaceMember(ReplaceMemberRequest.newBuilder()
                .setOld(old)
                .setNew(message(added))
                .build())));
    }

    /**
     * Makes another member lead.
     *
     * @param to its name; empty for whoever is furthest
     */
    public void transfer(String to) throws AdminException {
        atLeader(stub ->
                stub.transferLeadership(TransferRequest.newBuilder().setTo(to).build()));
    }

    /** Has a peer write its state to disk; gives the index of the log entry as of which it is durable. */
    public long snapshot(String peer) throws AdminException {
        SnapshotReply reply = at(peer, stub -> stub.snapshot(SnapshotRequest.getDefaultInstance()));
        return reply.getIndex();
    }

    private <T> T atLeader(Function<DlmAdminBlockingStub, T> call) throws AdminException {
        long deadline = System.nanoTime() + timeout.toNanos();
        AdminException last = null;
        int hops = 0;
        String next = "";
        for (int tried = 0; tried < peers.size() + HOPS_MAX; tried++) {
            String peer = next.isEmpty() ? peers.get(tried % peers.size()) : next;
            next = "";
            try {
                return at(peer, call);
            } catch (AdminException failure) {
                last = failure;
                if (failure.getCause() instanceof StatusRuntimeException refused
                        && refused.getStatus().getCode() == Status.Code.FAILED_PRECONDITION
                        && refused.getTrailers() != null
                        && refused.getTrailers().get(LEADER) != null
                        && hops++ < HOPS_MAX) {
                    next = refused.getTrailers().get(LEADER);
                } else if (failure.code() != Code.UNREACHABLE && failure.code() != Code.REFUSED) {
                    throw failure;
                } else if (failure.code() == Code.REFUSED && !isElection(failure)) {
                    throw failure;
                }
            }
            if (System.nanoTime() - deadline > 0) {
                break;
            }
            pause();
        }
        throw last == null ? unreachable(peers.toString(), null) : last;
    }

    /** Whether the refusal may be over in a moment: nobody leads now, or leadership has just been given up. */
    private static boolean isElection(AdminException refused) {
        String message = String.valueOf(refused.getMessage());
        return message.contains("does not lead") || message.contains("ask the new leader");
    }

    private static void pause() throws AdminException {
        try {
            TimeUnit.MILLISECONDS.sleep(HOP_PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AdminException(Code.UNKNOWN, "interrupted", interrupted);
        }
    }

    private <T> T at(String peer, Function<DlmAdminBlockingStub, T> call) throws AdminException {
        ManagedChannel channel = connect.apply(peer);
        try {
            return call.apply(
                    DlmAdminGrpc.newBlockingStub(channel).withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (StatusRuntimeException failure) {
            String said = failure.getStatus().getDescription();
            String message = "peer at " + peer + ": "
                    + (said == null ? failure.getStatus().getCode() : said);
            throw switch (failure.getStatus().getCode()) {
                case UNAVAILABLE -> unreachable(peer, failure);
                case NOT_FOUND -> new AdminException(Code.NOT_FOUND, message, failure);
                case ALREADY_EXISTS -> new AdminException(Code.EXISTS, message, failure);
                case INVALID_ARGUMENT -> new AdminException(Code.INVALID, message, failure);
                case FAILED_PRECONDITION, ABORTED, RESOURCE_EXHAUSTED ->
                    new AdminException(Code.REFUSED, message, failure);
                case PERMISSION_DENIED, UNAUTHENTICATED -> new AdminException(Code.NOT_ALLOWED, message, failure);
                default -> new AdminException(Code.UNKNOWN, message, failure);
            };
        } finally {
            channel.shutdownNow();
        }
    }

    private static AdminException unreachable(String peer, @Nullable Throwable cause) {
        return new AdminException(
                Code.UNREACHABLE,
                "no peer of the lock manager could be reached at " + peer + ": check that it runs",
                cause);
    }

    private static Member message(GroupMember member) {
        return Member.newBuilder()
                .setId(member.id())
                .setPeerAddress(member.peerAddress())
                .addAllClientAddresses(member.clientAddresses())
                .setWitness(member.witness())
                .build();
    }

    private static List<GroupMember> members(Members members) {
        return members.getMembersList().stream().map(DlmAdminClient::member).toList();
    }

    private static GroupMember member(Member member) {
        return new GroupMember(
                member.getId(), member.getPeerAddress(), member.getClientAddressesList(), member.getWitness());
    }

    private static PeerReport report(PeerStatus status) {
        return new PeerReport(
                status.getId(),
                status.getLeader(),
                status.getTerm(),
                status.getAppliedIndex(),
                status.getCommittedIndex(),
                status.getSnapshotIndex(),
                status.getLogBytes(),
                status.getDigest(),
                status.getMembersList().stream().map(DlmAdminClient::member).toList(),
                status.getTransport(),
                status.getTls(),
                status.getWitness(),
                status.getLocks(),
                status.getSessions(),
                status.getWaiters(),
                status.getWarningsList());
    }
}
