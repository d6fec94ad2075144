package dev.quoin.dlm.raft;

import dev.quoin.dlm.security.Security;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * What a peer of the log needs to know.
 *
 * @param group names the group of peers; the same at all of them
 * @param self this peer
 * @param listen where its log listens
 * @param members of the first start, this one included; none if it is to be added to a group that runs. Later starts know the
 *     members from the log.
 * @param dir where the log is kept
 * @param electionMillisMin after at least this long without a leader a peer stands for election
 * @param electionMillisMax after at most this long without a leader a peer stands for election
 * @param security of the connections between peers
 * @param transport what carries the log between peers; the same at all of them
 */
public record RaftSettings(
        UUID group,
        RaftMember self,
        InetSocketAddress listen,
        List<RaftMember> members,
        Path dir,
        int electionMillisMin,
        int electionMillisMax,
        Security security,
        RaftTransport transport) {

    public RaftSettings {
        members = List.copyOf(members);
    }
}
