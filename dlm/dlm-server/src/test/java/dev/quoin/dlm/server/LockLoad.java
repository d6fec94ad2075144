package dev.quoin.dlm.server;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A load to look at, not a test: three peers and a number of clients in this process, each taking and releasing its own lock as
 * fast as it can. Arguments: clients, seconds for each of the rounds, rounds. Prints acquire + release pairs for each second.
 */
public final class LockLoad {

    private LockLoad() {}

    /** Runs the load. */
    public static void main(String[] args) throws Exception {
        int clients = Integer.parseInt(args[0]);
        long seconds = Long.parseLong(args[1]);
        int rounds = Integer.parseInt(args[2]);
        Path dir = Files.createTempDirectory("lock-load");
        try (Cluster cluster = new Cluster(dir, 3).startAll()) {
            cluster.awaitLeader();
            AtomicLong pairs = new AtomicLong();
            List<LockClient> sessions = new ArrayList<>();
            for (int c = 0; c < clients; c++) {
                LockClient client = cluster.connect("load" + c);
                sessions.add(client);
                Lockspace space = client.lockspace("load", SessionEndPolicy.RELEASE);
                ResourceName resource = ResourceName.of("lock " + c);
                Thread.ofVirtual().start(() -> {
                    try {
                        while (true) {
                            Held held = space.acquire(resource, LockRequest.of(LockMode.EX))
                                    .orThrow();
                            held.releaseAsync(null).join();
                            pairs.incrementAndGet();
                        }
                    } catch (Exception over) {
                        // The session is closed at the end.
                    }
                });
            }
            for (int r = 0; r < rounds; r++) {
                long before = pairs.get();
                long start = System.nanoTime();
                TimeUnit.SECONDS.sleep(seconds);
                System.out.printf(
                        "clients=%d pairs/s=%.0f%n",
                        clients, (pairs.get() - before) * 1e9 / (System.nanoTime() - start));
            }
            sessions.forEach(LockClient::close);
        }
    }
}
