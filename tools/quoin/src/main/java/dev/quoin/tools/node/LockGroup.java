package dev.quoin.tools.node;

import dev.quoin.dlm.client.admin.AdminException;
import dev.quoin.dlm.client.admin.DlmAdminClient;
import dev.quoin.dlm.client.admin.GroupMember;
import dev.quoin.dlm.client.admin.LeaderReport;
import dev.quoin.dlm.client.admin.PeerReport;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The group of the lock manager's peers as this node reaches it. Its methods block. */
public final class LockGroup {

    private static final String OBJECT = "lock manager";

    /** How long one peer may take to say how it is. */
    private static final Duration STATUS_LIMIT = Duration.ofSeconds(3);

    /** How long a change of the group may take: a new member has to catch up. */
    private static final Duration CHANGE_LIMIT = Duration.ofMinutes(2);

    private final List<String> servers;
    private final DlmAdminClient quick;
    private final DlmAdminClient patient;

    LockGroup(LockServers to) {
        servers = to.addresses();
        quick = DlmAdminClient.of(servers, STATUS_LIMIT, to.security());
        patient = DlmAdminClient.of(servers, CHANGE_LIMIT, to.security());
    }

    /**
     * The group at this moment.
     *
     * @param peers by name; a member that cannot be reached has no report
     * @param leader absent if none was reached
     */
    public record State(List<Peer> peers, Optional<LeaderReport> leader) {}

    /** A member and what it says. */
    public record Peer(GroupMember member, @Nullable PeerReport report) {}

    /** Asks every peer that is known. */
    public State state() {
        Map<String, PeerReport> reports = new LinkedHashMap<>();
        Map<String, GroupMember> members = new LinkedHashMap<>();
        List<String> open = new ArrayList<>(servers);
        List<String> asked = new ArrayList<>();
        while (!open.isEmpty()) {
            String address = open.removeFirst();
            if (asked.contains(address)) {
                continue;
            }
            asked.add(address);
            try {
                PeerReport report = quick.status(address);
                reports.put(report.id(), report);
                members.putIfAbsent(report.id(), new GroupMember(report.id(), "", List.of(address), report.witness()));
                for (GroupMember member : report.members()) {
                    members.put(member.id(), member);
                    open.addAll(member.clientAddresses());
                }
            } catch (AdminException unreachable) {
                // It is listed without a report if another peer knows it.
            }
        }
        Optional<LeaderReport> leader;
        try {
            leader = Optional.of(quick.leader());
        } catch (AdminException none) {
            leader = Optional.empty();
        }
        return new State(
                members.values().stream()
                        .map(member -> new Peer(member, reports.get(member.id())))
                        .sorted(Comparator.comparing(peer -> peer.member().id()))
                        .toList(),
                leader);
    }

    /** Makes another member lead; whoever is furthest if the name is empty. */
    public void transfer(String to) throws Fault {
        run(OBJECT, () -> patient.transfer(to));
    }

    /** Adds a member that runs and waits to be added. */
    public void add(GroupMember member) throws Fault {
        run("peer " + member.id(), () -> patient.add(member));
    }

    /** Removes a member. */
    public void remove(String id, boolean force) throws Fault {
        run("peer " + id, () -> patient.remove(id, force));
    }

    /** Puts one member in the place of another. */
    public void replace(String old, GroupMember member) throws Fault {
        run("peer " + old, () -> patient.replace(old, member));
    }

    /** Has a peer write its state to disk; gives the index of the log entry as of which it is durable. */
    public long snapshot(String id) throws Fault {
        Peer peer = state().peers().stream()
                .filter(one -> one.member().id().equals(id))
                .findFirst()
                .orElseThrow(() -> Fault.notFound("peer " + id, "not a member", "quoin dlm members lists them"));
        long[] index = new long[1];
        run(
                "peer " + id,
                () -> index[0] =
                        patient.snapshot(peer.member().clientAddresses().getFirst()));
        return index[0];
    }

    @FunctionalInterface
    private interface Call {
        void run() throws AdminException;
    }

    private static void run(String object, Call call) throws Fault {
        try {
            call.run();
        } catch (AdminException failure) {
            String said = String.valueOf(failure.getMessage());
            throw switch (failure.code()) {
                case UNREACHABLE ->
                    new Fault(ExitCode.NO_QUORUM, object, said, "see the peers with quoin dlm status", failure);
                case NOT_FOUND -> Fault.notFound(object, said, "quoin dlm members lists them");
                case EXISTS, REFUSED -> new Fault(ExitCode.CONFLICT, object, said, "see quoin dlm status", failure);
                case INVALID -> Fault.usage(object, said, "see quoin dlm --help");
                case NOT_ALLOWED -> new Fault(ExitCode.REFUSED, object, said, "use an operator's certificate", failure);
                case UNKNOWN ->
                    new Fault(
                            ExitCode.OUTCOME_UNKNOWN,
                            object,
                            said,
                            "look with quoin dlm status before doing it again",
                            failure);
            };
        }
    }
}
