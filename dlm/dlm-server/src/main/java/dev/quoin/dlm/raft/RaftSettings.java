package dev.quoin.dlm.raft;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * What a peer of the log needs to know.
 *
 * @param group names the group of peers; the same at all of them
 * @param id of this peer
 * @param peers all peers, this one included
 * @param dir where the log is kept
 * @param electionMillisMin after at least this long without a leader a peer stands for election
 * @param electionMillisMax after at most this long without a leader a peer stands for election
 * @param snapshotEntries after so many entries a snapshot is taken
 * @param keptEntries so many entries before the last snapshot stay in the log, for peers that lag behind
 */
public record RaftSettings(
        UUID group,
        String id,
        List<Member> peers,
        Path dir,
        int electionMillisMin,
        int electionMillisMax,
        int snapshotEntries,
        int keptEntries) {

    public RaftSettings {
        peers = List.copyOf(peers);
    }

    /** A peer and where its log listens. */
    public record Member(String id, InetSocketAddress address) {}

    Member self() {
        return peers.stream()
                .filter(peer -> peer.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("peer " + id + " is not among " + peers));
    }
}
