package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A session that passes everything on to another; to be extended where something is to be otherwise. */
public abstract class ForwardingLockClient implements LockClient {

    private final LockClient real;

    /** Passes everything on to {@code real}. */
    protected ForwardingLockClient(LockClient real) {
        this.real = real;
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
    public Lockspace lockspace(String name, SessionEndPolicy policy) throws DlmException {
        return real.lockspace(name, policy);
    }

    @Override
    public Registry registry() {
        return real.registry();
    }

    @Override
    public boolean isValidFor(Duration time) {
        return real.isValidFor(time);
    }

    @Override
    public void onLost(Runnable listener) {
        real.onLost(listener);
    }

    @Override
    public List<SessionInfo> sessions() throws DlmException {
        return real.sessions();
    }

    @Override
    public Map<String, SessionEndPolicy> lockspaces() throws DlmException {
        return real.lockspaces();
    }

    @Override
    public List<LockWait> waits(@Nullable String lockspace) throws DlmException {
        return real.waits(lockspace);
    }

    @Override
    public List<List<LockWait>> deadlocks() throws DlmException {
        return real.deadlocks();
    }

    @Override
    public void breakLock(long lock, FencingToken token) throws DlmException {
        real.breakLock(lock, token);
    }

    @Override
    public void declareFenced(SessionId ended) throws DlmException {
        real.declareFenced(ended);
    }

    @Override
    public void declareRecovered(SessionId ended, String lockspace) throws DlmException {
        real.declareRecovered(ended, lockspace);
    }

    @Override
    public void close() {
        real.close();
    }
}
