package dev.quoin.dlm.server;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Threads of one client that count in the registry under locks: each round takes a lock in EX, adds 1 to the lock's counter with
 * the token as guard, converts down and releases. Whatever is not a success ends the work and is kept as the failure.
 */
final class Worker {

    private static final int COUNTERS = 3;

    private final LockClient client;
    private final Lockspace space;
    private final AtomicLong rounds = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    Worker(LockClient client, int count) throws Exception {
        this.client = client;
        space = client.lockspace("s", SessionEndPolicy.HOLD_UNTIL_FENCED);
        for (int t = 0; t < count; t++) {
            int number = t % COUNTERS;
            threads.add(Thread.ofVirtual().start(() -> run(number)));
        }
    }

    private void run(int number) {
        try {
            while (!stopping && failure.get() == null) {
                round(ResourceName.of("counter " + number), "count/" + number);
            }
        } catch (Exception | AssertionError unexpected) {
            failure.compareAndSet(null, unexpected);
        }
    }

    private void round(ResourceName resource, String key) throws Exception {
        Held held = space.acquire(resource, LockRequest.of(LockMode.EX)).orThrow();
        long before = client.registry()
                .get(key)
                .map(entry -> ByteBuffer.wrap(entry.value()).getLong())
                .orElse(0L);
        byte[] after = ByteBuffer.allocate(Long.BYTES).putLong(before + 1).array();
        TransactionOutcome outcome = client.registry()
                .commit(Transaction.builder().ifHeld(held).put(key, after).build());
        if (!(outcome instanceof TransactionOutcome.Committed)) {
            throw new AssertionError("transaction ended in " + outcome);
        }
        held.convert(LockRequest.of(LockMode.PR)).orThrow();
        held.releaseAsync(null).join();
        rounds.incrementAndGet();
    }

    long rounds() {
        return rounds.get();
    }

    @Nullable Throwable failure() {
        return failure.get();
    }

    void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
