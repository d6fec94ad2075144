package dev.quoin.blockstore;

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
import org.jspecify.annotations.Nullable;

/**
 * The session of a node that was paused past its lease and does not know: it believes that its locks are held, and its
 * transactions reach the registry over a connection that lives. What stops it is the token alone.
 */
final class PausedLocks implements LockClient {

    private final LockClient real;
    private final LockClient carrier;

    /**
     * A session that will not notice its end.
     *
     * @param carrier a session that lives on and carries the transactions
     */
    PausedLocks(LockClient real, LockClient carrier) {
        this.real = real;
        this.carrier = carrier;
    }

    private record UnawareHeld(Held real) implements Held {

        @Override
        public String lockspace() {
            return real.lockspace();
        }

        @Override
        public ResourceName resource() {
            return real.resource();
        }

        @Override
        public LockMode mode() {
            return real.mode();
        }

        @Override
        public FencingToken token() {
            return real.token();
        }

        @Override
        public ValueBlock value() {
            return real.value();
        }

        @Override
        public boolean isValidFor(Duration time) {
            return true;
        }

        @Override
        public LockOutcome convert(LockRequest request) {
            return real.convert(request);
        }

        @Override
        public CompletableFuture<LockOutcome> convertAsync(LockRequest request) {
            return real.convertAsync(request);
        }

        @Override
        public CompletableFuture<Void> releaseAsync(@Nullable ValueBlock value) {
            return real.releaseAsync(value);
        }

        @Override
        public void close() {
            real.close();
        }
    }

    @Override
    public Lockspace lockspace(String name, SessionEndPolicy policy) throws DlmException {
        Lockspace under = real.lockspace(name, policy);
        return new Lockspace() {
            @Override
            public String name() {
                return under.name();
            }

            @Override
            public SessionEndPolicy policy() {
                return under.policy();
            }

            @Override
            public LockOutcome acquire(ResourceName resource, LockRequest request) {
                LockOutcome outcome = under.acquire(resource, request);
                return outcome instanceof LockOutcome.Granted(Held held)
                        ? new LockOutcome.Granted(new UnawareHeld(held))
                        : outcome;
            }

            @Override
            public CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request) {
                return under.acquireAsync(resource, request);
            }

            @Override
            public List<LockInfo> locks(byte[] prefix) throws DlmException {
                return under.locks(prefix);
            }
        };
    }

    @Override
    public Registry registry() {
        return carrier.registry();
    }

    @Override
    public boolean isValidFor(Duration time) {
        return true;
    }

    @Override
    public void onLost(Runnable listener) {
        // It never learns.
    }

    @Override
    public SessionId session() {
        return real.session();
    }

    @Override
    public String node() {
        return real.node();
    }

    @Override
    public List<SessionInfo> sessions() throws DlmException {
        return carrier.sessions();
    }

    @Override
    public void declareFenced(SessionId ended) throws DlmException {
        carrier.declareFenced(ended);
    }

    @Override
    public void close() {
        real.close();
    }
}
