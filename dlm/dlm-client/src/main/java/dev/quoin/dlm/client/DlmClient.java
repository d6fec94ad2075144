package dev.quoin.dlm.client;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockClient;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Opens sessions at a lock manager over gRPC.
 *
 * <p>All sessions of a process to the same servers share one connection, so that what they ask for at the same time goes
 * over in one frame. The connection follows the leader; it ends with the last session.
 */
public final class DlmClient {

    private static final Map<Set<DlmClientConfig.Server>, Connection> CONNECTIONS = new HashMap<>();

    private DlmClient() {}

    /**
     * Opens a session. Blocking.
     *
     * @throws DlmException with {@link DlmException.Code#NO_QUORUM} if no leader could be reached in time, with {@link
     *     DlmException.Code#LIMIT_EXCEEDED} if the servers refuse it
     */
    public static LockClient connect(DlmClientConfig config) throws DlmException {
        Connection connection;
        synchronized (CONNECTIONS) {
            connection = CONNECTIONS.computeIfAbsent(
                    Set.copyOf(config.servers()), servers -> new Connection(servers, Means.system()));
            connection.retain();
        }
        return connection.open(config);
    }

    /** Ends the connection if nobody uses it any more. */
    static void release(Connection connection) {
        boolean last;
        synchronized (CONNECTIONS) {
            last = connection.releaseOne();
            if (last) {
                CONNECTIONS.remove(connection.servers(), connection);
            }
        }
        if (last) {
            connection.shutDown();
        }
    }
}
