package dev.quoin.dlm.raft.socket;

import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/** The transport as Ratis finds it. All peers of a group must use it, or none. */
public final class SocketTransport implements RpcType {

    private static final String SETTINGS = "quoin.dlm.socket.settings";

    /** Makes a server that is built with these use this transport. */
    public static void select(RaftProperties properties, Parameters parameters, SocketSettings settings) {
        RaftConfigKeys.Rpc.setType(properties, new SocketTransport());
        parameters.put(SETTINGS, settings, SocketSettings.class);
    }

    @Override
    public String name() {
        // The name by which Ratis finds the class.
        return SocketTransport.class.getName();
    }

    @Override
    public ServerFactory newFactory(Parameters parameters) {
        SocketSettings settings = parameters.getNonNull(SETTINGS, SocketSettings.class);
        return new ServerFactory() {
            @Override
            public RpcType getRpcType() {
                return SocketTransport.this;
            }

            @Override
            public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
                return new SocketLogAppender(server, state, follower, settings.answerMillis());
            }

            @Override
            public RaftServerRpc newRaftServerRpc(RaftServer server) {
                return new SocketServerRpc(server, SocketTransport.this, settings);
            }
        };
    }
}
