package dev.quoin.dlm.client;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.security.Security;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Opens sessions at a lock manager over gRPC.
 *
 * <p>All sessions of a process to the same servers, with the same credentials, share one connection, so that what they ask for at the same time goes
 * over in one frame. The connection follows the leader; it ends with the last session.
 */
public final class DlmClient {

    private static final Map<To, Connection> CONNECTIONS = new HashMap<>();

    /** Where a connection leads, and as whom. */
    record To(Set<DlmClientConfig.Server> servers, Security security) {}

    private DlmClient() {}

    /**
     * Opens a session. Blocking.
     *
     * @throws DlmException with {@link DlmException.Code#NO_QUORUM} if no leader could be reached in time, with {@link
     *     DlmException.Code#LIMIT_EXCEEDED} if the servers refuse it for its size, with
     *     {@link DlmException.Code#NOT_ALLOWED} if the certificate is not for that node
     */
    public static LockClient connect(DlmClientConfig config) throws DlmException {
        Connection connection;
        synchronized (CONNECTIONS) {
            connection = CONNECTIONS.computeIfAbsent(
                    new To(Set.copyOf(config.servers()), config.security()),
                    to -> new Connection(to.servers(), Means.system(to.security())));
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
                CONNECTIONS.values().remove(connection);
            }
        }
        if (last) {
            connection.shutDown();
        }
    }
}
