package dev.quoin.clusterfs;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.api.ValueBlock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Test support: a lock client whose answers take as long as a majority of lock servers would. */
final class SlowLocks implements LockClient {

    private final LockClient client;
    private final Executor later;
    final AtomicInteger requests = new AtomicInteger();

    SlowLocks(LockClient client, Duration latency) {
        this.client = client;
        this.later = CompletableFuture.delayedExecutor(latency.toNanos(), TimeUnit.NANOSECONDS);
    }

    private <T> CompletableFuture<T> delay(CompletableFuture<T> answer) {
        requests.incrementAndGet();
        return answer.thenApplyAsync(value -> value, later);
    }

    @Override
    public SessionId session() {
        return client.session();
    }

    @Override
    public String node() {
        return client.node();
    }

    @Override
    public Lockspace lockspace(String name, SessionEndPolicy policy) throws DlmException {
        return new Slow(client.lockspace(name, policy));
    }

    @Override
    public Registry registry() {
        return client.registry();
    }

    @Override
    public boolean isValidFor(Duration time) {
        return client.isValidFor(time);
    }

    @Override
    public void onLost(Runnable listener) {
        client.onLost(listener);
    }

    @Override
    public List<SessionInfo> sessions() throws DlmException {
        return client.sessions();
    }

    @Override
    public void declareFenced(SessionId ended) throws DlmException {
        client.declareFenced(ended);
    }

    @Override
    public void close() {
        client.close();
    }

    private LockOutcome wrap(LockOutcome outcome) {
        return outcome instanceof LockOutcome.Granted(Held held)
                ? new LockOutcome.Granted(held instanceof SlowHeld ? held : new SlowHeld(held))
                : outcome;
    }

    private final class Slow implements Lockspace {
        private final Lockspace lockspace;

        Slow(Lockspace lockspace) {
            this.lockspace = lockspace;
        }

        @Override
        public String name() {
            return lockspace.name();
        }

        @Override
        public SessionEndPolicy policy() {
            return lockspace.policy();
        }

        @Override
        public LockOutcome acquire(ResourceName resource, LockRequest request) {
            return acquireAsync(resource, request).join();
        }

        @Override
        public CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request) {
            return delay(lockspace.acquireAsync(resource, request)).thenApply(SlowLocks.this::wrap);
        }

        @Override
        public List<LockInfo> locks(byte[] prefix) throws DlmException {
            return lockspace.locks(prefix);
        }
    }

    private final class SlowHeld implements Held {
        private final Held held;

        SlowHeld(Held held) {
            this.held = held;
        }

        @Override
        public String lockspace() {
            return held.lockspace();
        }

        @Override
        public ResourceName resource() {
            return held.resource();
        }

        @Override
        public LockMode mode() {
            return held.mode();
        }

        @Override
        public FencingToken token() {
            return held.token();
        }

        @Override
        public ValueBlock value() {
            return held.value();
        }

        @Override
        public boolean isValidFor(Duration time) {
            return held.isValidFor(time);
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

        @Override
        public void close() {
            held.close();
        }
    }
}
