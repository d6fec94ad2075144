package dev.quoin.blockstore;

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
import dev.quoin.dlm.api.SessionId;
import java.time.Duration;

/**
 * The session of a node that was paused past its lease and does not know: it believes that its locks are held, and its
 * transactions reach the registry over a connection that lives. What stops it is the token alone.
 */
final class PausedLocks extends ForwardingLockClient {

    private final LockClient real;

    /**
     * A session that will not notice its end.
     *
     * @param carrier a session that lives on and carries the transactions
     */
    PausedLocks(LockClient real, LockClient carrier) {
        super(carrier);
        this.real = real;
    }

    private static final class UnawareHeld extends ForwardingHeld {

        UnawareHeld(Held real) {
            super(real);
        }

        @Override
        public boolean isValidFor(Duration time) {
            return true;
        }
    }

    @Override
    public Lockspace lockspace(String name, SessionEndPolicy policy) throws DlmException {
        Lockspace under = real.lockspace(name, policy);
        return new ForwardingLockspace(under) {
            @Override
            public LockOutcome acquire(ResourceName resource, LockRequest request) {
                LockOutcome outcome = under.acquire(resource, request);
                return outcome instanceof LockOutcome.Granted(Held held)
                        ? new LockOutcome.Granted(new UnawareHeld(held))
                        : outcome;
            }
        };
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
    public void close() {
        real.close();
    }
}
