package dev.quoin.clusterfs;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.ForwardingHeld;
import dev.quoin.dlm.api.ForwardingLockClient;
import dev.quoin.dlm.api.ForwardingLockspace;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Test support: a lock client whose answers take as long as a majority of lock servers would. */
final class SlowLocks extends ForwardingLockClient {

    private final LockClient client;
    private final Executor later;
    final AtomicInteger requests = new AtomicInteger();

    SlowLocks(LockClient client, Duration latency) {
        super(client);
        this.client = client;
        this.later = CompletableFuture.delayedExecutor(latency.toNanos(), TimeUnit.NANOSECONDS);
    }

    private <T> CompletableFuture<T> delay(CompletableFuture<T> answer) {
        requests.incrementAndGet();
        return answer.thenApplyAsync(value -> value, later);
    }

    @Override
    public Lockspace lockspace(String name, SessionEndPolicy policy) throws DlmException {
        return new Slow(client.lockspace(name, policy));
    }

    private LockOutcome wrap(LockOutcome outcome) {
        return outcome instanceof LockOutcome.Granted(Held held)
                ? new LockOutcome.Granted(held instanceof SlowHeld ? held : new SlowHeld(held))
                : outcome;
    }

    private final class Slow extends ForwardingLockspace {
        private final Lockspace lockspace;

        Slow(Lockspace lockspace) {
            super(lockspace);
            this.lockspace = lockspace;
        }

        @Override
        public LockOutcome acquire(ResourceName resource, LockRequest request) {
            return acquireAsync(resource, request).join();
        }

        @Override
        public CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request) {
            return delay(lockspace.acquireAsync(resource, request)).thenApply(SlowLocks.this::wrap);
        }
    }

    private final class SlowHeld extends ForwardingHeld {
        private final Held held;

        SlowHeld(Held held) {
            super(held);
            this.held = held;
        }

        @Override
        public LockOutcome convert(LockRequest request) {
            return convertAsync(request).join();
        }

        @Override
        public CompletableFuture<LockOutcome> convertAsync(LockRequest request) {
            return delay(held.convertAsync(request))
                    .thenApply(outcome ->
                            outcome instanceof LockOutcome.Granted ? new LockOutcome.Granted(this) : outcome);
        }

        @Override
        public CompletableFuture<Void> releaseAsync(@Nullable ValueBlock value) {
            return delay(held.releaseAsync(value));
        }
    }
}
