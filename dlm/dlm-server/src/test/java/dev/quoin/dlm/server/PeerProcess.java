package dev.quoin.dlm.server;

import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A peer in a process of its own, which a test can kill. */
final class PeerProcess implements AutoCloseable {

    private final Process process;

    PeerProcess(Path dir, String id, List<DlmPeerConfig.Peer> members) throws IOException {
        this(List.of(), dir, id, members);
    }

    PeerProcess(Path dir, String id, List<DlmPeerConfig.Peer> members, RaftTransport transport) throws IOException {
        this(List.of(), dir, id, members, transport);
    }

    /** One that is started by another program, such as in a namespace of its own. */
    PeerProcess(List<String> by, Path dir, String id, List<DlmPeerConfig.Peer> members) throws IOException {
        this(by, dir, id, members, RaftTransport.DEFAULT);
    }

    private PeerProcess(List<String> by, Path dir, String id, List<DlmPeerConfig.Peer> members, RaftTransport transport)
            throws IOException {
        List<String> command = new ArrayList<>(by);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName(),
                dir.toString(),
                id,
                transport.name()));
        for (DlmPeerConfig.Peer member : members) {
            command.add(member.id());
            command.add(member.raftAddress());
            command.add(member.clientAddress());
        }
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        dir.resolveSibling(id + ".log").toFile()))
                .start();
    }

    /** Kills it without a chance to save anything (SIGKILL). */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Stops it where it is, or lets it go on (SIGSTOP, SIGCONT). */
    void signal(String name) throws IOException {
        Signals.send(name, process);
    }

    @Override
    public void close() {
        kill();
    }

    /** What runs in the process. */
    static final class Main {
        private Main() {}

        /** Arguments: directory, id, transport, then for each peer its id and addresses. */
        public static void main(String[] args) throws Exception {
            List<DlmPeerConfig.Peer> members = new ArrayList<>();
            for (int i = 3; i < args.length; i += 3) {
                members.add(new DlmPeerConfig.Peer(args[i], args[i + 1], args[i + 2]));
            }
            DlmPeer peer = DlmPeer.start(DlmPeerConfig.of("test", args[1], members, Path.of(args[0]), Security.off())
                    .snapshots(SnapshotPolicy.DEFAULT.entries(40, 10))
                    .transport(RaftTransport.valueOf(args[2])));
            peer.stopped().join();
        }
    }
}
