package dev.quoin.dlm.raft.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A peer's end of the transport: it listens, and it opens connections. Any thread may use it. Reads by followers are not served: all that
 * clients ask goes through the log.
 */
final class SocketServerRpc implements RaftServerRpc {

    private static final Logger LOG = LoggerFactory.getLogger(SocketServerRpc.class);

    /** The most connections from elsewhere; each of at most six other peers needs two. */
    static final int INBOUND_MAX = 64;

    private static final int CONNECT_MILLIS = 1_000;
    private static final int BACKLOG = 64;
    private static final int SEND_BYTES = 1 << 20;
    private static final long ACCEPT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final RaftServer server;
    private final RpcType type;
    private final SocketSettings settings;
    private final RaftGroupId group;
    private final Handshake handshake;
    private final Watch watch;
    private final Complaints complaints = new Complaints();
    private final Map<RaftPeerId, InetSocketAddress> addresses = new ConcurrentHashMap<>();

    /** For votes and the like; the appenders have connections of their own. */
    private final Map<RaftPeerId, CallLink> callLinks = new ConcurrentHashMap<>();

    private final Set<Inbound> inbound = ConcurrentHashMap.newKeySet();
    private final ServerSocket door;
    private volatile boolean closed;

    SocketServerRpc(RaftServer server, RpcType type, SocketSettings settings) {
        this.server = server;
        this.type = type;
        this.settings = settings;
        group = RaftGroupId.valueOf(settings.group());
        handshake = new Handshake(settings);
        watch = new Watch(settings.self());
        try {
            door = new ServerSocket();
        } catch (IOException failure) {
            throw new IllegalStateException("no socket can be made", failure);
        }
    }

    @Override
    public RpcType getRpcType() {
        return type;
    }

    @Override
    public void start() throws IOException {
        try {
            door.setReuseAddress(true);
            door.bind(settings.listen(), BACKLOG);
        } catch (IOException failure) {
            throw new IOException(
                    "the log cannot listen for other peers at " + settings.listen() + " (" + failure.getMessage()
                            + "): give it a free address of this machine",
                    failure);
        }
        Thread.ofPlatform().daemon().name("dlm-raft-accept-" + settings.self()).start(this::accept);
    }

    private void accept() {
        while (!closed) {
            try {
                admit(door.accept());
            } catch (IOException failure) {
                if (!closed) {
                    if (complaints.isDue("accept", System.nanoTime())) {
                        LOG.warn("no connection can be accepted address={}", settings.listen(), failure);
                    }
                    LockSupport.parkNanos(ACCEPT_PAUSE_NANOS);
                }
            }
        }
    }

    private void admit(Socket socket) throws IOException {
        if (closed || inbound.size() >= INBOUND_MAX) {
            if (complaints.isDue("full", System.nanoTime())) {
                LOG.warn(
                        "connection turned away, there are {} already address={}",
                        INBOUND_MAX,
                        socket.getRemoteSocketAddress());
            }
            socket.close();
            return;
        }
        Inbound connection;
        try {
            tune(socket);
            connection = new Inbound(server, group, handshake, socket, complaints);
        } catch (IOException gone) {
            socket.close();
            LOG.debug("connection ended at once", gone);
            return;
        }
        inbound.add(connection);
        watch.add(connection.link());
        Thread.ofPlatform()
                .daemon()
                .name("dlm-raft-requests-" + settings.self())
                .start(() -> {
                    try {
                        connection.run();
                    } finally {
                        inbound.remove(connection);
                    }
                });
    }

    private static void tune(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        socket.setSendBufferSize(SEND_BYTES);
    }

    @Override
    public InetSocketAddress getInetSocketAddress() {
        return settings.listen();
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {
        for (RaftPeer peer : peers) {
            if (!peer.getId().toString().equals(settings.self())) {
                InetSocketAddress address = address(peer.getAddress());
                if (!address.equals(addresses.put(peer.getId(), address))) {
                    CallLink old = callLinks.remove(peer.getId());
                    if (old != null) {
                        old.close();
                    }
                }
            }
        }
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return InetSocketAddress.createUnresolved(
                text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    /**
     * Opens a connection to a peer. Blocking, for some seconds at most.
     *
     * @param underWay holds the socket meanwhile: who closes it ends the waiting
     */
    CallLink connect(RaftPeerId peer, AtomicReference<@Nullable Socket> underWay) throws IOException {
        InetSocketAddress address = addresses.get(peer);
        if (address == null) {
            throw new IOException("the address of peer " + peer + " is not known");
        }
        String place = address.getHostString() + ":" + address.getPort();
        Socket socket = new Socket();
        underWay.set(socket);
        try {
            tune(socket);
            // The name is looked up each time: it may have moved.
            socket.connect(new InetSocketAddress(address.getHostString(), address.getPort()), CONNECT_MILLIS);
            CallLink link = new CallLink(handshake.open(socket, peer.toString(), watch), peer.toString());
            watch.add(link);
            complaints.settled(peer.toString());
            return link;
        } catch (IOException | RuntimeException failure) {
            socket.close();
            String reason = String.valueOf(failure.getMessage());
            if (!closed && complaints.isDue(peer.toString(), reason, System.nanoTime())) {
                LOG.warn("peer cannot be reached peer={} address={} reason={}", peer, place, reason);
            }
            throw new IOException("peer " + peer + " at " + place + ": " + reason, failure);
        } finally {
            underWay.set(null);
        }
    }

    private CallLink callLink(RaftPeerId peer) throws IOException {
        CallLink known = callLinks.get(peer);
        if (known != null && known.isOpen()) {
            return known;
        }
        CallLink fresh = connect(peer, new AtomicReference<>());
        CallLink old = callLinks.put(peer, fresh);
        if (old != null) {
            old.close();
        }
        if (closed) {
            fresh.close();
        }
        return fresh;
    }

    private byte[] call(Kind kind, RaftRpcRequestProto head, MessageLite request) throws IOException {
        return callLink(RaftPeerId.valueOf(head.getReplyId())).callAndWait(kind, request, settings.answerMillis());
    }

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        return Messages.parse(RequestVoteReplyProto.parser(), call(Kind.VOTE, request.getServerRequest(), request));
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
        return Messages.parse(AppendEntriesReplyProto.parser(), call(Kind.APPEND, request.getServerRequest(), request));
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        return Messages.parse(
                InstallSnapshotReplyProto.parser(), call(Kind.SNAPSHOT, request.getServerRequest(), request));
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
            throws IOException {
        return Messages.parse(
                StartLeaderElectionReplyProto.parser(), call(Kind.ELECT, request.getServerRequest(), request));
    }

    @Override
    public void handleException(RaftPeerId peer, Exception failure, boolean reconnect) {
        // A connection that fails ends by itself.
    }

    /** Ends all connections. Does not block; idempotent. */
    @Override
    public void close() throws IOException {
        closed = true;
        watch.close();
        door.close();
        inbound.forEach(connection -> connection.link().close());
        callLinks.values().forEach(CallLink::close);
    }
}
