package dev.quoin.dlm.server;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A process of careless holders: {@code STORE-PORT LEASE-MILLIS COUNT SERVER...}. Each takes a lock of its own and writes to a store under
 * its token again and again, without ever asking whether it still holds the lock; it takes the lock again only when a write is
 * refused. Its only protection is the store.
 */
final class HolderProcess {

    /** Where a token goes that guarded a commit after a store had refused it. */
    static final String VIOLATION = "committed under an old token";

    /** Leaves the machine time for others. */
    private static final long PAUSE_NANOS = 1_000_000;

    private HolderProcess() {}

    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        Duration lease = Duration.ofMillis(Long.parseLong(arguments[1]));
        List<String> servers = List.of(arguments).subList(3, arguments.length);
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
            String resource = "r" + i;
            Thread.ofPlatform().start(() -> {
                try {
                    hold(port, lease, servers, resource);
                } catch (IOException over) {
                    throw new UncheckedIOException(over);
                }
            });
        }
    }

    /** Whether the registry takes what the lock is to guard. */
    private static boolean commits(LockClient client, Held held) {
        return client.registry()
                        .commit(new Transaction(
                                List.of(new Transaction.Guard.TokenHeld(
                                        held.lockspace(), held.resource(), held.token())),
                                List.of(new Transaction.Operation.Put("late", new byte[1]))))
                instanceof TransactionOutcome.Committed;
    }

    private static void hold(int port, Duration lease, List<String> servers, String resource) throws IOException {
        try (TokenStore.Writer store = new TokenStore.Writer(port)) {
            while (true) {
                LockClient client = DlmClient.connect(DlmClientConfig.of("holder-" + resource, servers, Security.off())
                        .supersede(false)
                        .lease(lease));
                Lockspace space = client.lockspace("promise", SessionEndPolicy.RELEASE);
                while (space.acquire(ResourceName.of(resource), LockRequest.of(LockMode.EX))
                        instanceof LockOutcome.Granted(Held held)) {
                    while (store.write(resource, held.token().value())) {
                        LockSupport.parkNanos(PAUSE_NANOS);
                    }
                    if (commits(client, held)) {
                        store.write(VIOLATION, held.token().value());
                    }
                    held.close();
                }
                client.close();
            }
        }
    }
}
