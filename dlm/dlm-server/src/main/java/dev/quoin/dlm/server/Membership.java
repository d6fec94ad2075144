package dev.quoin.dlm.server;

import dev.quoin.dlm.proto.Member;
import dev.quoin.dlm.raft.MemberLag;
import dev.quoin.dlm.raft.RaftMember;
import dev.quoin.dlm.raft.RaftNode;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Changes of who belongs to the group, at the leader. Each is one change of the configuration in the log, which Raft carries out
 * with both sets agreeing. Its methods block.
 */
final class Membership {

    /** A member that was silent for so many election timeouts counts as not there. */
    private static final int SILENT_TIMEOUTS = 4;

    private final DlmPeer peer;

    Membership(DlmPeer peer) {
        this.peer = peer;
    }

    static Member message(RaftMember member) {
        return Member.newBuilder()
                .setId(member.id())
                .setPeerAddress(member.address())
                .addAllClientAddresses(member.clientAddresses())
                .setWitness(member.witness())
                .build();
    }

    static RaftMember member(Member message) throws StatusException {
        try {
            return new DlmPeerConfig.Peer(
                            message.getId(),
                            message.getPeerAddress(),
                            message.getClientAddressesList(),
                            message.getWitness())
                    .member();
        } catch (IllegalArgumentException wrong) {
            throw refused(Status.INVALID_ARGUMENT, wrong.getMessage());
        }
    }

    private static StatusException refused(Status status, String why) {
        return status.withDescription(why).asException();
    }

    void add(RaftMember added) throws IOException, StatusException {
        List<RaftMember> members = new ArrayList<>(peer.members());
        checkNew(added, members);
        if (members.size() >= DlmPeerConfig.PEERS_MAX) {
            throw refused(
                    Status.FAILED_PRECONDITION,
                    members.size() + " members found, at most " + DlmPeerConfig.PEERS_MAX
                            + " expected: remove one first");
        }
        members.add(added);
        change(members, "add " + added.id());
    }

    private static void checkNew(RaftMember added, List<RaftMember> members) throws StatusException {
        for (RaftMember member : members) {
            if (member.id().equals(added.id()) || member.address().equals(added.address())) {
                throw refused(
                        Status.ALREADY_EXISTS,
                        "member " + member.id() + " at " + member.address()
                                + " exists: give the new one a name and an address of its own, or remove that one first");
            }
        }
    }

    void remove(String id, boolean force) throws IOException, StatusException {
        List<RaftMember> members = new ArrayList<>(peer.members());
        find(id, members);
        members.removeIf(member -> member.id().equals(id));
        if (members.stream().allMatch(RaftMember::witness)) {
            throw refused(
                    Status.FAILED_PRECONDITION,
                    "without " + id + " nobody would be left to serve clients: add another");
        }
        List<String> silent = silent(members);
        if (!force && (members.size() - silent.size()) * 2 <= members.size()) {
            throw refused(
                    Status.FAILED_PRECONDITION,
                    "without " + id + " only " + (members.size() - silent.size()) + " of " + members.size()
                            + " members could be reached, silent are " + silent
                            + ": bring them back first, or force it and lose service until they are");
        }
        if (id.equals(peer.id())) {
            // The next leader carries it out: whoever asked follows.
            transfer("", (int) peer.config().electionMax().toMillis() * SILENT_TIMEOUTS);
            throw refused(Status.FAILED_PRECONDITION, "leadership was given up for the removal: ask the new leader");
        }
        change(members, "remove " + id);
    }

    void replace(String old, RaftMember added) throws IOException, StatusException {
        List<RaftMember> members = new ArrayList<>(peer.members());
        find(old, members);
        members.removeIf(member -> member.id().equals(old));
        checkNew(added, members);
        if (old.equals(peer.id())) {
            transfer("", (int) peer.config().electionMax().toMillis() * SILENT_TIMEOUTS);
            throw refused(
                    Status.FAILED_PRECONDITION, "leadership was given up for the replacement: ask the new leader");
        }
        members.add(added);
        change(members, "replace " + old + " by " + added.id());
    }

    private void change(List<RaftMember> members, String what) throws IOException, StatusException {
        try {
            peer.log().setMembers(members);
        } catch (IOException failure) {
            throw Status.ABORTED
                    .withDescription("could not " + what + ": " + failure.getMessage()
                            + "; a new member must run, empty and set to join, and be reachable from here")
                    .withCause(failure)
                    .asException();
        }
    }

    /**
     * Makes another member lead.
     *
     * @param to its name; empty for whoever serves clients and is furthest
     */
    void transfer(String to, int timeoutMillis) throws IOException, StatusException {
        List<RaftMember> members = peer.members();
        String target = to;
        if (to.isEmpty()) {
            target = furthest(members)
                    .orElseThrow(() -> refused(
                            Status.FAILED_PRECONDITION, "no other member that serves clients is there to lead"));
        } else if (find(to, members).witness()) {
            throw refused(Status.FAILED_PRECONDITION, "member " + to + " is a witness and does not lead: name another");
        }
        if (!target.equals(peer.id())) {
            peer.transferLeadership(target, Duration.ofMillis(timeoutMillis));
        }
    }

    private Optional<String> furthest(List<RaftMember> members) throws IOException {
        List<MemberLag> lags = peer.log().lags();
        return members.stream()
                .filter(member -> !member.witness() && !member.id().equals(peer.id()))
                .map(RaftMember::id)
                .max(Comparator.comparingLong(id -> lags.stream()
                        .filter(lag -> lag.id().equals(id))
                        .mapToLong(MemberLag::matchIndex)
                        .findFirst()
                        .orElse(-1)));
    }

    private static RaftMember find(String id, List<RaftMember> members) throws StatusException {
        return members.stream()
                .filter(member -> member.id().equals(id))
                .findFirst()
                .orElseThrow(() -> refused(
                        Status.NOT_FOUND,
                        "member " + id + " does not exist, one of "
                                + members.stream().map(RaftMember::id).toList() + " expected"));
    }

    /** The names of those that were not heard of lately. */
    private List<String> silent(List<RaftMember> members) throws IOException {
        RaftNode log = peer.log();
        long limit = peer.config().electionMax().toMillis() * SILENT_TIMEOUTS;
        return log.lags().stream()
                .filter(lag -> lag.silentMillis() > limit
                        && members.stream().anyMatch(member -> member.id().equals(lag.id())))
                .map(MemberLag::id)
                .toList();
    }

    /** What is not as it should be, for people. */
    List<String> warnings() throws IOException {
        List<String> warnings = new ArrayList<>();
        List<RaftMember> members = peer.members();
        if (members.isEmpty()) {
            warnings.add("this peer waits to be added to a group: quoin dlm add");
        } else if (members.size() % 2 == 0) {
            warnings.add(members.size()
                    + " members vote: one more or one fewer bears as many failures with less to agree on");
        } else if (members.size() == 1) {
            warnings.add("1 member votes: its failure stops everything, add two more");
        }
        for (String silent : silent(members)) {
            warnings.add("member " + silent + " is silent");
        }
        return warnings;
    }
}
