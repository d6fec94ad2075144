package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;

/**
 * The lock manager.
 *
 * @param cluster names the cluster, the same on every node and other than that of any cluster that might be reached by mistake;
 *     {@code quoin} if it is not given
 * @param electionTimeout how long a peer hears nothing of a leader before it stands for election itself, at least; at most twice
 *     that; 500 ms if it is not given
 * @param peers all its peers, the same list on every node; an odd number
 */
public record DlmConfig(
        String cluster,
        Duration electionTimeout,
        @JsonProperty(required = true) List<Peer> peers) {

    private static final Duration ELECTION = Duration.ofMillis(500);
    private static final Duration ELECTION_MIN = Duration.ofMillis(100);
    private static final Duration ELECTION_MAX = Duration.ofSeconds(30);

    private static final String CLUSTER = "quoin";

    private static final int PEERS_MAX = 7;

    public DlmConfig {
        cluster = Defaults.or(cluster, CLUSTER);
        Names.check("cluster", cluster);
        electionTimeout = Defaults.or(electionTimeout, ELECTION);
        if (electionTimeout.compareTo(ELECTION_MIN) < 0 || electionTimeout.compareTo(ELECTION_MAX) > 0) {
            throw new IllegalArgumentException("election timeout " + electionTimeout.toMillis() + " ms found, "
                    + ELECTION_MIN.toMillis() + " to " + ELECTION_MAX.toMillis() + " ms expected");
        }
        peers = Defaults.list(peers);
        if (peers.size() % 2 == 0 || peers.size() > PEERS_MAX) {
            throw new IllegalArgumentException(peers.size() + " lock manager peers found, 1, 3, 5 or 7 expected");
        }
        Names.checkUnique("lock manager peer", peers.stream().map(Peer::id).toList());
    }

    /**
     * A peer.
     *
     * @param id unique, short
     * @param raft where the peers talk to each other
     * @param clients where clients talk to it
     * @param here whether this process runs it
     */
    public record Peer(
            @JsonProperty(required = true) String id,
            @JsonProperty(required = true) HostPort raft,
            @JsonProperty(required = true) HostPort clients,
            boolean here) {

        public Peer {
            Names.check("lock manager peer", Defaults.required("id", id));
            Defaults.required("raft", raft);
            Defaults.required("clients", clients);
        }
    }
}
