package dev.quoin.dlm.raft;

import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.util.Set;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.util.SizeInBytes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ratis' own transport, with an appender that stays at its work.
 *
 * <p>A late answer of a follower that is fetching the state can send the appender back to entries that are purged. Ratis ends the appender
 * then and starts another, but for a member that is just being added it finds nobody to start it for, and the member is never spoken to
 * again under this leader. Here the same appender goes on, and tells the follower once more to fetch the state.
 */
public final class SteadyGrpc implements RpcType {

    /** What may be under way to a follower before it is read. */
    private static final String WINDOW_BYTES = "4MB";

    private static final Logger LOG = LoggerFactory.getLogger(SteadyGrpc.class);

    /** Makes a server that is built with these use this transport. */
    static void select(RaftProperties properties, Parameters parameters, RaftSettings settings) {
        RaftConfigKeys.Rpc.setType(properties, new SteadyGrpc());
        GrpcConfigKeys.Server.setHost(properties, settings.listen().getHostString());
        GrpcConfigKeys.Server.setPort(properties, settings.listen().getPort());
        // One thread for all connections: more of them only hand over to each other.
        GrpcConfigKeys.Server.setBossGroupSize(properties, 1);
        GrpcConfigKeys.Server.setWorkerGroupSize(properties, 1);
        GrpcConfigKeys.Client.setWorkerGroupSize(properties, 1);
        GrpcConfigKeys.setFlowControlWindow(properties, SizeInBytes.valueOf(WINDOW_BYTES));
        if (settings.security() instanceof Security.MutualTls(var own)) {
            // Only peers talk to the log: a node's certificate of the same authority is turned away.
            GrpcConfigKeys.TLS.setConf(parameters, new GrpcTlsConfig(own.keys(), own.trust(Set.of(Role.PEER)), true));
        }
    }

    @Override
    public String name() {
        // The name by which Ratis finds the class.
        return SteadyGrpc.class.getName();
    }

    @Override
    public GrpcFactory newFactory(Parameters parameters) {
        return new Factory(parameters);
    }

    private static final class Factory extends GrpcFactory {

        Factory(Parameters parameters) {
            super(parameters);
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            return new Appender(server, state, follower);
        }
    }

    private static final class Appender extends GrpcLogAppender {

        Appender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            super(server, state, follower);
        }

        @Override
        public @Nullable TermIndex shouldNotifyToInstallSnapshot() {
            return FetchedState.toFetch(
                    super.shouldNotifyToInstallSnapshot(),
                    getFollower().getSnapshotIndex(),
                    getFollower().getNextIndex());
        }

        @Override
        public void run() throws IOException {
            while (true) {
                try {
                    super.run();
                    return;
                } catch (RaftLogIOException purged) {
                    if (!isRunning()) {
                        throw purged;
                    }
                    SteadyGrpc.LOG.info(
                            "follower needs purged entries, it has to fetch the state follower={}",
                            getFollowerId(),
                            purged);
                }
            }
        }
    }
}
