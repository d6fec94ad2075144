package dev.quoin.dlm.raft;

import java.io.IOException;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.raftlog.RaftLogIOException;
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

    private static final Logger LOG = LoggerFactory.getLogger(SteadyGrpc.class);

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
