package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.fence.FenceAgent;
import dev.quoin.dlm.raft.RaftMember;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.AccessList;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a peer of the lock manager needs to know.
 *
 * @param cluster names the cluster; the same at all its peers, other than that of any cluster it might reach by mistake
 * @param id of this peer
 * @param peers all peers of the first start, this one included, an odd number, at most 7; later starts know the members from
 *     the log
 * @param joins whether this peer is to be added to a group that runs: it waits, and {@code peers} names it alone
 * @param dir where this peer keeps its log and state; nobody else may use it
 * @param security of all connections, those between peers and those of clients; a certificate must be for a peer of this id and
 *     cluster
 * @param access which lockspaces nodes may touch by their certificates; should be the same at all peers
 * @param transport what carries the log between peers; must be the same at all of them
 * @param electionMin after at least this long without a leader a peer stands for election
 * @param electionMax after at most this long without a leader a peer stands for election
 * @param snapshots when the state is written to disk, and how much of the log stays
 * @param deadlockWait how long a request waits before it is looked at for deadlocks
 * @param fenceAgents tried in order for each session that ended and left locks behind
 * @param fenceLimit the longest time that one fence agent may take
 * @param limits of the state; must be the same at all peers
 */
public record DlmPeerConfig(
        String cluster,
        String id,
        List<Peer> peers,
        boolean joins,
        Path dir,
        Security security,
        AccessList access,
        RaftTransport transport,
        Duration electionMin,
        Duration electionMax,
        SnapshotPolicy snapshots,
        Duration deadlockWait,
        List<FenceAgent> fenceAgents,
        Duration fenceLimit,
        Limits limits) {

    /** The most peers. */
    public static final int PEERS_MAX = 7;

    /**
     * One peer and its addresses, each {@code host:port}.
     *
     * @param raftAddress where the other peers reach it
     * @param clientAddresses where clients reach it; more than one for networks that fail apart from each other
     * @param witness votes and keeps the log, but serves no clients and never leads for long
     */
    public record Peer(String id, String raftAddress, List<String> clientAddresses, boolean witness) {

        /** The most client addresses of one peer. */
        public static final int ADDRESSES_MAX = 4;

        public Peer {
            clientAddresses = List.copyOf(clientAddresses);
            Addresses.parse(raftAddress);
            clientAddresses.forEach(Addresses::parse);
            if (clientAddresses.isEmpty() || clientAddresses.size() > ADDRESSES_MAX) {
                throw new IllegalArgumentException("peer " + id + " has " + clientAddresses.size()
                        + " client addresses, 1 to " + ADDRESSES_MAX + " expected");
            }
        }

        /** A peer that serves clients at one address. */
        public Peer(String id, String raftAddress, String clientAddress) {
            this(id, raftAddress, List.of(clientAddress), false);
        }

        /** The first of the addresses for clients. */
        public String clientAddress() {
            return clientAddresses.getFirst();
        }

        RaftMember member() {
            return new RaftMember(id, raftAddress, clientAddresses, witness);
        }
    }

    public DlmPeerConfig {
        peers = List.copyOf(peers);
        fenceAgents = List.copyOf(fenceAgents);
        Set<String> ids = new HashSet<>();
        for (Peer peer : peers) {
            if (!ids.add(peer.id())) {
                throw new IllegalArgumentException("peer " + peer.id() + " is named twice in " + peers);
            }
        }
        if (!ids.contains(id)) {
            throw new IllegalArgumentException("peer " + id + " is not among " + peers + ": add it");
        }
        if (peers.size() > PEERS_MAX || peers.size() % 2 == 0) {
            throw new IllegalArgumentException(
                    peers.size() + " peers found, an odd number of at most " + PEERS_MAX + " expected");
        }
        if (joins && peers.size() != 1) {
            throw new IllegalArgumentException("peer " + id + " joins, and " + peers.size()
                    + " peers are named: name it alone, the others tell it of themselves");
        }
        if (security instanceof Security.MutualTls(var credentials)) {
            Identity expected = new Identity(cluster, Role.PEER, id);
            if (!credentials.self().equals(expected)) {
                throw new IllegalArgumentException(
                        "certificate of " + credentials.self().urn() + " found, one of " + expected.urn()
                                + " expected: issue it with quoin dlm certs");
            }
        }
        if (electionMin.toMillis() < 50 || electionMax.compareTo(electionMin) < 0) {
            throw new IllegalArgumentException("election timeouts of " + electionMin + " to " + electionMax
                    + " found, at least 50 ms and the second not below the first expected");
        }
        if (deadlockWait.isNegative()) {
            throw new IllegalArgumentException("deadlock wait of " + deadlockWait + " found, 0 or more expected");
        }
    }

    /** The defaults: elections after 0.5 to 1 s, snapshots by {@link SnapshotPolicy#DEFAULT}. */
    public static DlmPeerConfig of(String cluster, String id, List<Peer> peers, Path dir, Security security) {
        return new DlmPeerConfig(
                cluster,
                id,
                peers,
                false,
                dir,
                security,
                AccessList.EVERYTHING,
                RaftTransport.DEFAULT,
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                SnapshotPolicy.DEFAULT,
                Duration.ofSeconds(1),
                List.of(),
                Duration.ofMinutes(2),
                Limits.DEFAULT);
    }

    /** A peer that waits to be added to a group that runs. */
    public static DlmPeerConfig joining(String cluster, Peer self, Path dir, Security security) {
        DlmPeerConfig alone = of(cluster, self.id(), List.of(self), dir, security);
        return alone.with(
                true,
                alone.access,
                alone.transport,
                alone.electionMin,
                alone.electionMax,
                alone.deadlockWait,
                alone.fenceAgents);
    }

    /** The same with another access list. */
    public DlmPeerConfig access(AccessList list) {
        return with(joins, list, transport, electionMin, electionMax, deadlockWait, fenceAgents);
    }

    /** The same with another transport of the log. */
    public DlmPeerConfig transport(RaftTransport other) {
        return with(joins, access, other, electionMin, electionMax, deadlockWait, fenceAgents);
    }

    /** The same with other election timeouts. */
    public DlmPeerConfig elections(Duration min, Duration max) {
        return with(joins, access, transport, min, max, deadlockWait, fenceAgents);
    }

    /** The same with another wait before the search for deadlocks. */
    public DlmPeerConfig deadlockWait(Duration wait) {
        return with(joins, access, transport, electionMin, electionMax, wait, fenceAgents);
    }

    /** The same with these fence agents, tried in order. */
    public DlmPeerConfig fenceAgents(FenceAgent... agents) {
        return with(joins, access, transport, electionMin, electionMax, deadlockWait, List.of(agents));
    }

    private DlmPeerConfig with(
            boolean newJoins,
            AccessList newAccess,
            RaftTransport newTransport,
            Duration min,
            Duration max,
            Duration newDeadlockWait,
            List<FenceAgent> agents) {
        return new DlmPeerConfig(
                cluster,
                id,
                peers,
                newJoins,
                dir,
                security,
                newAccess,
                newTransport,
                min,
                max,
                snapshots,
                newDeadlockWait,
                agents,
                fenceLimit,
                limits);
    }

    /** The same with other snapshots. */
    public DlmPeerConfig snapshots(SnapshotPolicy policy) {
        return new DlmPeerConfig(
                cluster,
                id,
                peers,
                joins,
                dir,
                security,
                access,
                transport,
                electionMin,
                electionMax,
                policy,
                deadlockWait,
                fenceAgents,
                fenceLimit,
                limits);
    }

    Peer self() {
        return peers.stream()
                .filter(peer -> peer.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("peer " + id + " is not among " + peers));
    }
}
