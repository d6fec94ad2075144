package dev.quoin.bench.locks;

import dev.quoin.bench.Child;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.server.DlmPeer;
import dev.quoin.dlm.server.DlmPeerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** A peer of the lock manager until its standard input ends: {@code INDEX DIRECTORY TRANSPORT PORT...}, two ports for each peer. */
public final class LockPeerMain {

    private static final String CLUSTER = "bench";

    /** How long the peers may take to elect a leader. */
    private static final Duration ELECTION_MAX = Duration.ofSeconds(50);

    private LockPeerMain() {}

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws IOException, TimeoutException, InterruptedException {
        List<DlmPeerConfig.Peer> peers = new ArrayList<>();
        for (int at = 3; at + 1 < arguments.length; at += 2) {
            peers.add(new DlmPeerConfig.Peer(
                    "p" + peers.size(), "127.0.0.1:" + arguments[at], "127.0.0.1:" + arguments[at + 1]));
        }
        DlmPeerConfig config = DlmPeerConfig.of(
                        CLUSTER, "p" + arguments[0], peers, Path.of(arguments[1]), Security.off())
                .transport(RaftTransport.parse(arguments[2]));
        try (DlmPeer peer = DlmPeer.start(config)) {
            peer.awaitLeader(ELECTION_MAX);
            Child.ready("peer " + peer.id());
            Child.awaitEnd();
        }
    }
}
