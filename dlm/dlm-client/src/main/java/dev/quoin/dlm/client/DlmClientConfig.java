package dev.quoin.dlm.client;

import dev.quoin.dlm.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How to reach the lock manager and what to ask of it.
 *
 * @param node the name that this client gives itself, 1 to 128 bytes of UTF-8
 * @param servers the lock manager's peers; not all of them need to run
 * @param security of the connections; a node's certificate must be for {@code node}
 * @param supersede whether earlier sessions of the same node name end at once: right for a node that restarts, wrong where
 *     several clients share a name
 * @param lease how long the servers keep the session when they do not hear of it; 500 ms to 10 minutes
 * @param connectTimeout how long to try to open the session
 * @param answerTimeout how long a request may wait to be sent, and for an answer that does not depend on other locks; one that waits for other locks is
 *     given up when the leader was not heard of for so long
 * @param onRing told, on a client thread, of the loss of one of several addresses of the leader, and of its return
 */
public record DlmClientConfig(
        String node,
        List<Server> servers,
        Security security,
        boolean supersede,
        Duration lease,
        Duration connectTimeout,
        Duration answerTimeout,
        Consumer<RingEvent> onRing) {

    /**
     * One peer.
     *
     * @param addresses where it serves clients, each {@code host:port}; more than one for networks that fail apart from each other
     */
    public record Server(List<String> addresses) {

        public Server {
            addresses = List.copyOf(addresses);
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("no address of a server found, at least one host:port expected");
            }
            addresses.forEach(Addresses::parse);
        }

        /** A peer with these addresses. */
        public static Server at(String... addresses) {
            return new Server(List.of(addresses));
        }

        /** All addresses: the first ones of all servers, then the second ones, and so on. */
        static List<String> inRounds(Set<Server> servers) {
            List<String> all = new ArrayList<>();
            int most = servers.stream()
                    .mapToInt(server -> server.addresses.size())
                    .max()
                    .orElse(0);
            for (int i = 0; i < most; i++) {
                for (Server server : servers) {
                    if (i < server.addresses.size()) {
                        all.add(server.addresses.get(i));
                    }
                }
            }
            return List.copyOf(all);
        }

        @Override
        public String toString() {
            return String.join("|", addresses);
        }
    }

    /** Half a second less than the 5 s after which nobody should wait for a lock manager that cannot serve: room for a busy machine. */
    private static final Duration PATIENCE = Duration.ofMillis(4_500);

    private static final Duration LEASE_DEFAULT = Duration.ofSeconds(10);
    private static final Duration LEASE_MIN = Duration.ofMillis(500);
    private static final Duration LEASE_MAX = Duration.ofMinutes(10);

    public DlmClientConfig {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no servers found, at least one address host:port expected");
        }
        if (lease.compareTo(LEASE_MIN) < 0 || lease.compareTo(LEASE_MAX) > 0) {
            throw new IllegalArgumentException(
                    "lease of " + lease + " found, " + LEASE_MIN + " to " + LEASE_MAX + " expected");
        }
    }

    /** The defaults: superseding, a lease of 10 s, 4.5 s to connect and as long for answers; each server has one address. */
    public static DlmClientConfig of(String node, List<String> servers, Security security) {
        return ofServers(node, servers.stream().map(Server::at).toList(), security);
    }

    /** The defaults. */
    public static DlmClientConfig ofServers(String node, List<Server> servers, Security security) {
        return new DlmClientConfig(node, servers, security, true, LEASE_DEFAULT, PATIENCE, PATIENCE, event -> {});
    }

    /** The same with another lease. */
    public DlmClientConfig lease(Duration newLease) {
        return new DlmClientConfig(node, servers, security, supersede, newLease, connectTimeout, answerTimeout, onRing);
    }

    /** The same, ending earlier sessions of the name or leaving them alone. */
    public DlmClientConfig supersede(boolean newSupersede) {
        return new DlmClientConfig(node, servers, security, newSupersede, lease, connectTimeout, answerTimeout, onRing);
    }

    /** The same with other limits of patience. */
    public DlmClientConfig timeouts(Duration connect, Duration answer) {
        return new DlmClientConfig(node, servers, security, supersede, lease, connect, answer, onRing);
    }

    /** The same with a listener for the loss and return of addresses. */
    public DlmClientConfig onRing(Consumer<RingEvent> listener) {
        return new DlmClientConfig(node, servers, security, supersede, lease, connectTimeout, answerTimeout, listener);
    }
}
