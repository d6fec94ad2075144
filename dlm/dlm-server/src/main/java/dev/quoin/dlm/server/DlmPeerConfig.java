package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Limits;
import java.net.InetSocketAddress;
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
 * @param peers all peers, this one included; an odd number, at most 7
 * @param dir where this peer keeps its log and state; nobody else may use it
 * @param electionMin after at least this long without a leader a peer stands for election
 * @param electionMax after at most this long without a leader a peer stands for election
 * @param snapshotEntries after so many log entries the state is written to disk
 * @param keptEntries so many log entries before the last snapshot are kept for peers that lag behind
 * @param limits of the state; must be the same at all peers
 */
public record DlmPeerConfig(
        String cluster,
        String id,
        List<Peer> peers,
        Path dir,
        Duration electionMin,
        Duration electionMax,
        int snapshotEntries,
        int keptEntries,
        Limits limits) {

    /** The most peers. */
    public static final int PEERS_MAX = 7;

    /**
     * One peer and its two addresses, each {@code host:port}.
     *
     * @param raftAddress where the other peers reach it
     * @param clientAddress where clients reach it
     */
    public record Peer(String id, String raftAddress, String clientAddress) {
        public Peer {
            Addresses.parse(raftAddress);
            Addresses.parse(clientAddress);
        }
    }

    public DlmPeerConfig {
        peers = List.copyOf(peers);
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
        if (electionMin.toMillis() < 50 || electionMax.compareTo(electionMin) < 0) {
            throw new IllegalArgumentException("election timeouts of " + electionMin + " to " + electionMax
                    + " found, at least 50 ms and the second not below the first expected");
        }
        if (snapshotEntries < 1 || keptEntries < 0) {
            throw new IllegalArgumentException("a snapshot each " + snapshotEntries + " entries with " + keptEntries
                    + " kept found, at least 1 and 0 expected");
        }
    }

    /** The defaults: elections after 0.5 to 1 s, a snapshot each 20,000 entries with 20,000 kept. */
    public static DlmPeerConfig of(String cluster, String id, List<Peer> peers, Path dir) {
        return new DlmPeerConfig(
                cluster, id, peers, dir, Duration.ofMillis(500), Duration.ofSeconds(1), 20_000, 20_000, Limits.DEFAULT);
    }

    /** The same with other election timeouts. */
    public DlmPeerConfig elections(Duration min, Duration max) {
        return new DlmPeerConfig(cluster, id, peers, dir, min, max, snapshotEntries, keptEntries, limits);
    }

    /** The same with other snapshots. */
    public DlmPeerConfig snapshots(int entries, int kept) {
        return new DlmPeerConfig(cluster, id, peers, dir, electionMin, electionMax, entries, kept, limits);
    }

    Peer self() {
        return peer(id);
    }

    Peer peer(String peerId) {
        return peers.stream()
                .filter(peer -> peer.id().equals(peerId))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("peer " + peerId + " is not among " + peers));
    }

    InetSocketAddress raftAddress(Peer peer) {
        return Addresses.parse(peer.raftAddress());
    }
}
