package dev.quoin.dlm.client;

import java.time.Duration;
import java.util.List;

/**
 * How to reach the lock manager and what to ask of it.
 *
 * @param node the name that this client gives itself, 1 to 128 bytes of UTF-8
 * @param servers the addresses, each {@code host:port}, of the lock manager's peers; not all of them need to run
 * @param supersede whether earlier sessions of the same node name end at once: right for a node that restarts, wrong where
 *     several clients share a name
 * @param lease how long the servers keep the session when they do not hear of it; 500 ms to 10 minutes
 * @param connectTimeout how long to try to open the session
 * @param answerTimeout how long a request may wait to be sent, and for an answer that does not depend on other locks
 */
public record DlmClientConfig(
        String node,
        List<String> servers,
        boolean supersede,
        Duration lease,
        Duration connectTimeout,
        Duration answerTimeout) {

    private static final Duration LEASE_MIN = Duration.ofMillis(500);
    private static final Duration LEASE_MAX = Duration.ofMinutes(10);

    public DlmClientConfig {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no servers found, at least one address host:port expected");
        }
        servers.forEach(Addresses::parse);
        if (lease.compareTo(LEASE_MIN) < 0 || lease.compareTo(LEASE_MAX) > 0) {
            throw new IllegalArgumentException(
                    "lease of " + lease + " found, " + LEASE_MIN + " to " + LEASE_MAX + " expected");
        }
    }

    /** The defaults: superseding, a lease of 10 s, 10 s to connect and 10 s for answers. */
    public static DlmClientConfig of(String node, List<String> servers) {
        Duration ten = Duration.ofSeconds(10);
        return new DlmClientConfig(node, servers, true, ten, ten, ten);
    }

    /** The same with another lease. */
    public DlmClientConfig lease(Duration newLease) {
        return new DlmClientConfig(node, servers, supersede, newLease, connectTimeout, answerTimeout);
    }

    /** The same, ending earlier sessions of the name or leaving them alone. */
    public DlmClientConfig supersede(boolean newSupersede) {
        return new DlmClientConfig(node, servers, newSupersede, lease, connectTimeout, answerTimeout);
    }

    /** The same with other limits of patience. */
    public DlmClientConfig timeouts(Duration connect, Duration answer) {
        return new DlmClientConfig(node, servers, supersede, lease, connect, answer);
    }
}
