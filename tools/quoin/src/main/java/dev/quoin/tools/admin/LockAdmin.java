package dev.quoin.tools.admin;

import dev.quoin.admin.proto.BreakLockReply;
import dev.quoin.admin.proto.BreakLockRequest;
import dev.quoin.admin.proto.ConfirmFencedReply;
import dev.quoin.admin.proto.ConfirmFencedRequest;
import dev.quoin.admin.proto.DlmInfo;
import dev.quoin.admin.proto.DlmMember;
import dev.quoin.admin.proto.DlmPeerInfo;
import dev.quoin.admin.proto.ListDeadlocksReply;
import dev.quoin.admin.proto.ListLocksReply;
import dev.quoin.admin.proto.ListLocksRequest;
import dev.quoin.admin.proto.ListRangesReply;
import dev.quoin.admin.proto.ListRangesRequest;
import dev.quoin.admin.proto.ListSessionsReply;
import dev.quoin.admin.proto.ListWaitsReply;
import dev.quoin.admin.proto.ListWaitsRequest;
import dev.quoin.admin.proto.LockCycle;
import dev.quoin.admin.proto.RemovePeerRequest;
import dev.quoin.admin.proto.ReplacePeerRequest;
import dev.quoin.admin.proto.SessionInfo;
import dev.quoin.admin.proto.SnapshotDlmReply;
import dev.quoin.admin.proto.SnapshotDlmRequest;
import dev.quoin.admin.proto.TransferLeadershipRequest;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.client.admin.GroupMember;
import dev.quoin.dlm.client.admin.LeaderReport;
import dev.quoin.dlm.client.admin.PeerReport;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.LockGroup;
import dev.quoin.tools.node.Locks;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The calls that look into the lock manager and change its group. They block. */
final class LockAdmin {

    private final Locks locks;
    private final LockGroup group;

    LockAdmin(Locks locks, LockGroup group) {
        this.locks = locks;
        this.group = group;
    }

    ListLocksReply locks(ListLocksRequest request) throws Fault {
        var list = ListLocksReply.newBuilder();
        locks.list(request.getLockspace()).forEach(lock -> list.addLocks(LockMessages.lock(lock)));
        return list.build();
    }

    ListWaitsReply waits(ListWaitsRequest request) throws Fault {
        var list = ListWaitsReply.newBuilder();
        locks.waits(request.getLockspace()).forEach(wait -> list.addWaits(LockMessages.wait(wait)));
        return list.build();
    }

    ListDeadlocksReply deadlocks() throws Fault {
        var list = ListDeadlocksReply.newBuilder();
        locks.deadlocks()
                .forEach(cycle -> list.addCycles(LockCycle.newBuilder()
                        .addAllWaits(cycle.stream().map(LockMessages::wait).toList())));
        return list.build();
    }

    BreakLockReply breakLock(BreakLockRequest request) throws Fault {
        locks.breakLock(request.getLock(), request.getToken());
        return BreakLockReply.getDefaultInstance();
    }

    ListRangesReply ranges(ListRangesRequest request) throws Fault {
        var list = ListRangesReply.newBuilder();
        locks.ranges(request.getLockspace(), request.getResource())
                .forEach(range -> list.addRanges(LockMessages.range(range)));
        return list.build();
    }

    ListSessionsReply sessions() throws Fault {
        Map<SessionId, LeaderReport.Lease> leases = group.state().leader().map(LeaderReport::leases).stream()
                .flatMap(all -> all.stream())
                .collect(Collectors.toMap(LeaderReport.Lease::session, lease -> lease));
        var list = ListSessionsReply.newBuilder();
        for (dev.quoin.dlm.api.SessionInfo session : locks.sessions()) {
            SessionInfo.Builder message = LockMessages.session(session);
            LeaderReport.Lease lease = leases.get(session.id());
            if (lease != null && session.state() == dev.quoin.dlm.api.SessionInfo.State.ALIVE) {
                message.setLeaseLeftMillis(lease.left().toMillis())
                        .setRemote(lease.remote())
                        .setIdentity(lease.identity());
            }
            list.addSessions(message);
        }
        return list.build();
    }

    ConfirmFencedReply confirmFenced(ConfirmFencedRequest request) throws Fault {
        locks.confirmFenced(request.getSession());
        return ConfirmFencedReply.getDefaultInstance();
    }

    DlmInfo show() {
        LockGroup.State state = group.state();
        Optional<LeaderReport> leader = state.leader();
        var info = DlmInfo.newBuilder()
                .setLeader(leader.map(LeaderReport::leader).orElse(""))
                .setTerm(leader.map(LeaderReport::term).orElse(0L));
        Set<String> warnings = new LinkedHashSet<>();
        long head = state.peers().stream()
                .map(LockGroup.Peer::report)
                .filter(report -> report != null)
                .mapToLong(PeerReport::appliedIndex)
                .max()
                .orElse(0);
        for (LockGroup.Peer peer : state.peers()) {
            info.addPeers(peer(peer, leader, head));
            PeerReport report = peer.report();
            if (report == null) {
                warnings.add("peer " + peer.member().id() + " cannot be reached at "
                        + String.join(", ", peer.member().clientAddresses()));
            } else {
                warnings.addAll(report.warnings());
                if (leader.filter(one -> one.leader().equals(report.id())).isPresent()) {
                    info.setLocks(report.locks()).setSessions(report.sessions()).setWaiters(report.waiters());
                }
            }
        }
        return info.addAllWarnings(warnings).build();
    }

    private static DlmPeerInfo peer(LockGroup.Peer peer, Optional<LeaderReport> leader, long head) {
        var message = DlmPeerInfo.newBuilder().setMember(member(peer.member())).setRole(role(peer, leader));
        PeerReport report = peer.report();
        if (report != null) {
            message.setTerm(report.term())
                    .setAppliedIndex(report.appliedIndex())
                    .setSnapshotIndex(report.snapshotIndex())
                    .setLogBytes(report.logBytes())
                    .setDigest(Long.toHexString(report.digest()))
                    .setTransport(report.transport())
                    .setTls(report.tls())
                    .setLag(Math.max(0, head - report.appliedIndex()));
        }
        leader.map(LeaderReport::lags).stream()
                .flatMap(lags -> lags.stream())
                .filter(lag -> lag.id().equals(peer.member().id()))
                .forEach(lag -> message.setSilentMillis(lag.silent().toMillis()));
        return message.build();
    }

    private static String role(LockGroup.Peer peer, Optional<LeaderReport> leader) {
        PeerReport report = peer.report();
        if (report == null) {
            return "unreachable";
        }
        if (report.members().isEmpty()) {
            return "waiting";
        }
        if (peer.member().witness()) {
            return "witness";
        }
        return leader.filter(one -> one.leader().equals(report.id())).isPresent() ? "leader" : "follower";
    }

    private static DlmMember member(GroupMember member) {
        return DlmMember.newBuilder()
                .setId(member.id())
                .setPeerAddress(member.peerAddress())
                .addAllClientAddresses(member.clientAddresses())
                .setWitness(member.witness())
                .build();
    }

    private static GroupMember member(DlmMember member) {
        return new GroupMember(
                member.getId(), member.getPeerAddress(), member.getClientAddressesList(), member.getWitness());
    }

    DlmInfo transfer(TransferLeadershipRequest request) throws Fault {
        group.transfer(request.getTo());
        return show();
    }

    DlmInfo add(DlmMember request) throws Fault {
        group.add(member(request));
        return show();
    }

    DlmInfo remove(RemovePeerRequest request) throws Fault {
        group.remove(request.getId(), request.getForce());
        return show();
    }

    DlmInfo replace(ReplacePeerRequest request) throws Fault {
        group.replace(request.getOld(), member(request.getNew()));
        return show();
    }

    SnapshotDlmReply snapshot(SnapshotDlmRequest request) throws Fault {
        return SnapshotDlmReply.newBuilder()
                .setIndex(group.snapshot(request.getId()))
                .build();
    }
}
