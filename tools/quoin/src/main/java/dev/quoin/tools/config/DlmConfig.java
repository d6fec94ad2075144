package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.AccessList;
import java.time.Duration;
import java.util.List;

/**
 * The lock manager.
 *
 * @param cluster names the cluster, the same on every node and other than that of any cluster that might be reached by mistake;
 *     {@code quoin} if it is not given
 * @param tls the directory with the certificates of this process's peers, or of the node if it runs none; or {@code off}
 * @param access which lockspaces nodes may touch by their certificates; all if it is not given. Peers and operators may touch all.
 * @param transport what carries the log between the peers, the same at all of them: {@code grpc} or {@code socket}
 * @param electionTimeout how long a peer hears nothing of a leader before it stands for election itself, at least; at most twice
 *     that; 500 ms if it is not given
 * @param deadlockWait how long a request waits before it is looked at for deadlocks; 1 s if it is not given
 * @param peers all its peers at the first start, the same list on every node; an odd number. Later starts know the members from
 *     the peers' logs.
 * @param fence programs that cut a dead node off, tried in order after this node's own target
 */
public record DlmConfig(
        String cluster,
        @JsonProperty(required = true) TlsConfig tls,
        List<Access> access,
        RaftTransport transport,
        Duration electionTimeout,
        Duration deadlockWait,
        @JsonProperty(required = true) List<Peer> peers,
        List<FenceProgram> fence) {

    private static final Duration ELECTION = Duration.ofMillis(500);
    private static final Duration ELECTION_MIN = Duration.ofMillis(100);
    private static final Duration ELECTION_MAX = Duration.ofSeconds(30);

    private static final Duration DEADLOCK_WAIT = Duration.ofSeconds(1);
    private static final Duration DEADLOCK_WAIT_MAX = Duration.ofMinutes(10);

    private static final String CLUSTER = "quoin";

    private static final int PEERS_MAX = 7;

    public DlmConfig {
        cluster = Defaults.or(cluster, CLUSTER);
        Names.check("cluster", cluster);
        Defaults.required("tls", tls);
        access = Defaults.list(access);
        transport = Defaults.or(transport, RaftTransport.DEFAULT);
        electionTimeout = Defaults.or(electionTimeout, ELECTION);
        if (electionTimeout.compareTo(ELECTION_MIN) < 0 || electionTimeout.compareTo(ELECTION_MAX) > 0) {
            throw new IllegalArgumentException("election timeout " + electionTimeout.toMillis() + " ms found, "
                    + ELECTION_MIN.toMillis() + " to " + ELECTION_MAX.toMillis() + " ms expected");
        }
        deadlockWait = Defaults.or(deadlockWait, DEADLOCK_WAIT);
        if (deadlockWait.isNegative() || deadlockWait.compareTo(DEADLOCK_WAIT_MAX) > 0) {
            throw new IllegalArgumentException("deadlock wait " + deadlockWait.toMillis() + " ms found, 0 to "
                    + DEADLOCK_WAIT_MAX.toMillis() + " ms expected");
        }
        fence = Defaults.list(fence);
        peers = Defaults.list(peers);
        if (peers.size() % 2 == 0 || peers.size() > PEERS_MAX) {
            throw new IllegalArgumentException(peers.size() + " lock manager peers found, 1, 3, 5 or 7 expected");
        }
        Names.checkUnique("lock manager peer", peers.stream().map(Peer::id).toList());
    }

    /**
     * What some nodes may touch. A name that ends with {@code *} stands for all that begin so.
     *
     * @param node the name in the certificate
     * @param lockspaces that it may touch
     */
    public record Access(
            @JsonProperty(required = true) String node,
            @JsonProperty(required = true) List<String> lockspaces) {
        public Access {
            Defaults.required("node", node);
            lockspaces = Defaults.list(lockspaces);
            new AccessList.Entry(node, lockspaces);
        }
    }

    /**
     * A peer.
     *
     * @param id unique, short
     * @param raft where the peers talk to each other
     * @param clients where clients talk to it
     * @param moreClients where clients talk to it besides, on networks that fail apart from the first
     * @param here whether this process runs it
     * @param witness votes, but serves no clients
     * @param join waits to be added to a group that runs; the only peer of this list then
     */
    public record Peer(
            @JsonProperty(required = true) String id,
            @JsonProperty(required = true) HostPort raft,
            @JsonProperty(required = true) HostPort clients,
            List<HostPort> moreClients,
            boolean here,
            boolean witness,
            boolean join) {

        public Peer {
            Names.check("lock manager peer", Defaults.required("id", id));
            Defaults.required("raft", raft);
            Defaults.required("clients", clients);
            moreClients = Defaults.list(moreClients);
        }

        /** A peer that this process runs. */
        public static Peer here(String id, HostPort raft, HostPort clients) {
            return new Peer(id, raft, clients, List.of(), true, false, false);
        }
    }

    /**
     * A program that cuts a node off: {@code PROGRAM off NODE SESSION}, exit status 0 if it is cut off.
     *
     * @param timeout after which it is killed and counts as failed; 60 s if it is not given
     */
    public record FenceProgram(
            @JsonProperty(required = true) String program, Duration timeout) {

        private static final Duration TIMEOUT = Duration.ofSeconds(60);

        public FenceProgram {
            Defaults.required("program", program);
            timeout = Defaults.or(timeout, TIMEOUT);
        }
    }
}
